"""What answers in dynamically typed languages commonly do, and what is told of their values."""

from __future__ import annotations

import math
from typing import NamedTuple

import pytest

from pytest_llmbench.grading import Judge
from pytest_llmbench.languages import Language
from pytest_llmbench.signature import parse_signature
from pytest_llmbench.vocabulary import Answer, ByValue, Case, Limits, Outcome, Problem, Verdict

NUMBER = "f(n: int) -> int"
TEXT = "f(s: str) -> str"
NUMBERS = "f(n: int) -> list[int]"


class Habit(NamedTuple):
    """An answer that does something usual, and right."""

    language: str
    name: str
    code: str
    args: tuple[object, ...] = (3,)
    returns: object = 3
    signature: str = NUMBER


HABITS = (
    Habit("php", "namespace", "<?php\nnamespace A\\B;\nfunction f(int $n): int { return $n; }"),
    Habit("php", "globals", "<?php $m = [3 => 3]; function f($n) { global $m; return $m[$n]; }"),
    Habit(
        "php",
        "shebang",
        "#!/usr/bin/env php\n<?php declare(strict_types=1);\nfunction f($n) { return $n; }",
    ),
    Habit("php", "no tag, but a closing one", "function f($n) { echo 'hi'; return $n; }\n?>"),
    Habit(
        "php",
        "keys that read like numbers",
        "<?php function f($s) { return [$s => 1]; }",
        ("05",),
        {"05": 1},
        "f(s: str) -> dict[str, int]",
    ),
    Habit(
        "php",
        "an extension",
        "<?php function f($s) { return ctype_alpha($s) ? strtoupper($s) : ''; }",
        ("a",),
        "A",
        TEXT,
    ),
    Habit("perl", "a package", "package Solution;\nuse strict;\nsub f { return shift }\n1;"),
    Habit(
        "perl",
        "context",
        "sub f { my @r = (1, 2); return wantarray ? @r : \\@r }",
        (3,),
        [1, 2],
        NUMBERS,
    ),
    Habit(
        "perl",
        "characters",
        "sub f { my $s = shift; return $s eq 'é' ? length $s : 'bytes' }",
        ("é",),
        "1",
        TEXT,
    ),
    Habit(
        "perl",
        "no value is false",
        "sub f { return unless $_[0] > 3; 1 }",
        (3,),
        False,
        "f(n: int) -> bool",
    ),
    Habit("perl", "data", "sub f { my $x = <DATA>; chomp $x; $x }\n__DATA__\n3\n"),
    Habit(
        "perl", "its own variables", "$/ = undef; $, = '-'; $\\ = '!';\nsub f { print 1, 2; shift }"
    ),
    Habit("lua", "a local function", "local function f(n) return n end -- the end"),
    Habit("lua", "a module", "local M = {}\nfunction M.f(n) return n end\nreturn M"),
    Habit(
        "lua",
        "several values",
        "function f(n) return n, 'x' end",
        (3,),
        (3, "x"),
        "f(n: int) -> tuple[int, str]",
    ),
    Habit(
        "lua",
        "a list for a set",
        "function f(n) return {n, 5} end",
        (3,),
        {3, 5},
        "f(n: int) -> set[int]",
    ),
    Habit("r", "a default package", "f <- function(n) median(c(n, n)) + sum(head(integer(9), 2))"),
    Habit("r", "a default package by name", "f <- function(n) do.call('median', list(n))"),
    Habit(
        "r",
        "classes",
        "setClass('P', representation(x = 'numeric'))\n"
        "setGeneric('g', function(o) standardGeneric('g'))\n"
        "setMethod('g', 'P', function(o) o@x)\n"
        "f <- function(n) g(new('P', x = n))",
    ),
    Habit(
        "r",
        "rows of a matrix",
        "f <- function(n) matrix(1:4, 2, byrow = TRUE)",
        (3,),
        [[1, 2], [3, 4]],
        "f(n: int) -> list[list[int]]",
    ),
    Habit("r", "NA for nothing", "f <- function(n) NA", (3,), None, "f(n: int) -> int | None"),
    Habit("r", "NULL for nothing at all", "f <- function(n) c()", (3,), [], NUMBERS),
    Habit("r", "large integers", "f <- function(n) n * 2", (2**40,), 2**41),
    Habit(
        "r", "warnings and messages", "f <- function(n) { message('m'); warning('w'); print(n); n }"
    ),
    Habit(
        "bash",
        "strict mode",
        "set -Eeuo pipefail\nIFS=$'\\n'\ntrap 'echo bad' ERR\n"
        'f() { echo "$1"; }\n[[ $0 == x ]] && f',
    ),
    Habit(
        "bash",
        "the status of a loop's test",
        "f() { for x in $1; do [[ $x -gt 3 ]] && echo $x; done; }",
        (3,),
        [],
        NUMBERS,
    ),
    Habit(
        "bash",
        "an empty array",
        "f() { local a=(); printf '%s\\n' \"${a[@]}\"; }",
        (["x"],),
        [],
        "f(a: list[str]) -> list[str]",
    ),
    Habit("bash", "a warning beside the value", "f() { echo careful >&2; echo $1; return 1; }"),
    Habit("ruby", "a gem", "require 'prime'\ndef f(n) = Prime.first(2).last"),
    Habit("ruby", "bytes", "def f(s) = s.b", ("é",), "é", TEXT),
    Habit("racket", "no language", "(define (f n) n)"),
    Habit("racket", "another language", "(module m racket/base\n  (define (f n) n))"),
    Habit(
        "racket",
        "larger parts",
        "#lang racket\n(define (f n) (match n [3 (set-count (set 1 2 (exact-round pi)))]))",
    ),
    Habit(
        "racket", "names of its own", "#lang racket\n(define (range n) n)\n(define (f n) (range n))"
    ),
    Habit(
        "racket",
        "contracts",
        "#lang racket\n(provide (contract-out [f (-> any/c any/c)]))\n(define (f n) n)",
    ),
    Habit(
        "racket",
        "macros",
        "#lang racket\n(define-syntax (m s) (syntax-case s () [(_ x) #'x]))\n(define (f n) (m n))",
    ),
    Habit("racket", "tests", "#lang racket\n(define (f n) n)\n(module+ test (require nothing))"),
    Habit(
        "racket",
        "several values",
        '(define (f n) (values n "x"))',
        (3,),
        (3, "x"),
        "f(n: int) -> tuple[int, str]",
    ),
    Habit(
        "elixir",
        "atoms for floats that are no numbers",
        "def f(xs), do: Enum.map(xs, &inspect/1)",
        ([math.nan, math.inf, -math.inf, 0.5],),
        [":nan", ":infinity", ":neg_infinity", "0.5"],
        "f(xs: list[float]) -> list[str]",
    ),
    Habit(
        "elixir",
        "two modules",
        "defmodule A do\n def g(n), do: n\nend\ndefmodule B do\n def f(n), do: A.g(n)\nend",
    ),
    Habit("elixir", "no module", "@doc false\ndef f(n), do: n"),
    Habit("elixir", "processes", "def f(n), do: Task.await(Task.async(fn -> IO.puts(n); n end))"),
)


def grade(judge: Judge, habit: Habit) -> Verdict:
    signature = parse_signature(habit.signature)
    case = Case(args=habit.args, returns=habit.returns)
    judging = ByValue(entry_point=signature.name, cases=(case,), signature=signature)
    problem = Problem(
        suite="languages",
        id=habit.name,
        task_id=habit.name,
        language=habit.language,
        prompt="",
        judging=judging,
        limits=Limits(time_s=10),
    )
    return judge.grade(problem, Answer(code=habit.code, language=habit.language, how="test"))


@pytest.mark.parametrize(
    ("language", "habit"),
    [pytest.param(habit.language, habit, id=f"{habit.language}-{habit.name}") for habit in HABITS],
    indirect=["language"],
)
@pytest.mark.usefixtures("language")
def test_what_answers_commonly_do_is_no_mistake(judge: Judge, habit: Habit) -> None:
    verdict = grade(judge, habit)

    assert (Outcome.PASSED, "") == (verdict.outcome, verdict.evidence)


EVERYTHING = {
    "list[list[list[int]]]": [[[1], []], [], [[2, -3]]],
    "list[str]": ["", "1", "x y", "ü\n"],
    "list[bool]": [True, False],
    "list[float]": [1.0, -2.5, 1e300],
    "list[tuple[int, str]]": [(1, "a"), (2, "")],
    "list[dict[str, int]]": [{}, {"1": 1}],
    "list[set[int]]": [set(), {1, 2}],
    "list[int | None]": [None, 1, None],
    "tuple[int, ...]": (1, 2, 3),
    "tuple[int, int]": (100000, 2),
    "tuple[int | None, str]": (None, "a"),
    "tuple[tuple[bool, str], float]": ((True, "a"), 0.5),
    "dict[int, str]": {1: "a", -20: ""},
    "dict[str, list[bool]]": {"a": [], "": [True]},
    "dict[str, dict[str, int]]": {"a": {}, "b": {"c": 1}},
    "dict[str, int | None]": {"a": None, "b": 2},
    "dict[tuple[int, int], int]": {(1, 2): 3},
    "set[tuple[int, int]]": {(1, 2), (3, 4)},
    "set[float]": {0.5, 2.0},
    "int | None": None,
    "str | None": "",
    "list[int] | None": [],
}
NO_KEYS = {"dict[tuple[int, int], int]"}
NO_NIL = {"list[int | None]", "dict[str, int | None]"}
NAMES = [f"v{number}" for number in range(len(EVERYTHING))]
GIVING_BACK = {
    "php": ("<?php function f(...$v) { return $v; }", NO_KEYS),
    "perl": ("sub f { return [@_] }", NO_KEYS),
    "lua": ("function f(...) return {...} end", NO_KEYS | NO_NIL | {"set[tuple[int, int]]"}),
    "r": ("f <- function(...) list(...)", NO_KEYS),
    "ruby": ("def f(*v) = v", set()),
    "racket": ("(define (f . v) v)", set()),
    "elixir": ("def f(PARAMS), do: {PARAMS}", set()),
}


@pytest.mark.parametrize("language", GIVING_BACK, indirect=True)
def test_values_of_every_type_come_back_as_they_were(judge: Judge, language: Language) -> None:
    code, missing = GIVING_BACK[language.name]
    had = {name: value for name, value in EVERYTHING.items() if name not in missing}
    names = NAMES[: len(had)]
    params = ", ".join(f"{name}: {type_}" for name, type_ in zip(names, had, strict=True))
    habit = Habit(
        language.name,
        "everything",
        code.replace("PARAMS", ", ".join(names)),
        tuple(had.values()),
        tuple(had.values()),
        f"f({params}) -> tuple[{', '.join(had)}]",
    )

    verdict = grade(judge, habit)

    assert (Outcome.PASSED, "") == (verdict.outcome, verdict.evidence)


@pytest.mark.parametrize("language", ["php", "perl", "lua", "r", "ruby", "racket"], indirect=True)
def test_without_a_signature_values_are_what_they_look_like(
    judge: Judge, language: Language
) -> None:
    code, _ = GIVING_BACK[language.name]
    given = [1, 2.5, "x", [1, 2], [["a"], []], {"k": [True]}]

    candidate = judge.open(language.name, code, Limits(time_s=10))
    try:
        back = candidate.call("f", given)
    finally:
        candidate.close()

    assert isinstance(back, list)
    assert [1, 2.5, "x", [1, 2]] == back[:4]


FAILURES = (
    Habit("php", "memory", "<?php function f($n) { for (;;) $a[] = str_repeat('x', 1 << 20); }"),
    Habit("lua", "memory", "function f(n) local s = 'x' while true do s = s .. s end end"),
    Habit("r", "memory", "f <- function(n) { x <- c(); while (TRUE) x <- c(x, numeric(1e7)) }"),
    Habit("ruby", "memory", "def f(n)\n  a = []\n  loop { a << 'x' * 10_000_000 }\nend"),
    Habit("perl", "memory", "sub f { my @a; push @a, 'x' x 10_000_000 while 1 }"),
    Habit("racket", "memory", "(define (f n) (cons (make-bytes 10000000 1) (f n)))"),
    Habit("elixir", "memory", "def f(n), do: f([n | List.duplicate(n, 10_000_000)])"),
    Habit("bash", "memory", "f() { local x=xxxxxxxx; while :; do x=$x$x; done; }"),
)


@pytest.mark.parametrize(
    ("language", "habit"),
    [pytest.param(habit.language, habit, id=habit.language) for habit in FAILURES],
    indirect=["language"],
)
@pytest.mark.usefixtures("language")
def test_running_out_of_memory_is_told(judge: Judge, habit: Habit) -> None:
    assert Outcome.MEMORY_LIMIT is grade(judge, habit).outcome
