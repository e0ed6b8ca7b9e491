"""PHP, Perl, Lua, R, Bash, Racket, Elixir, Julia, Ruby: what their definitions make."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pytest_llmbench.answers.extract import extract
from pytest_llmbench.languages import find_language
from pytest_llmbench.signature import parse_signature
from pytest_llmbench.vocabulary import ByCheck, Problem

NAMES = ("php", "perl", "lua", "r", "bash", "racket", "elixir", "julia", "ruby")

each_language = pytest.mark.parametrize("name", NAMES)


def declared(name: str, signature: str) -> str:
    return find_language(name).declaration(parse_signature(signature))


def driver_files(name: str, code: str, signature: str | None = None) -> dict[str, str]:
    driver = find_language(name).driver
    assert driver is not None
    parsed = parse_signature(signature) if signature else None
    return dict(driver.files(code, "f", parsed))


def with_tests(name: str, code: str, tests: str, prelude: str = "") -> str:
    language = find_language(name)
    return language.runners["program"].files(prelude, code, tests)[language.file]


DECLARATIONS = {
    "php": """\
<?php
/**
 * @param list<int> $xs
 * @param array<string, float>|null $m
 * @return array{string, bool}
 */
function f(array $xs, ?array $m): array""",
    "perl": """\
# $xs: a reference to an array of integers
# $m: a reference to a hash from strings to numbers or undef
# returns a reference to an array (a string, a boolean (1 or ''))
sub f {
    my ($xs, $m) = @_;""",
    "lua": """\
---@param xs integer[]
---@param m table<string, number>|nil
---@return { [1]: string, [2]: boolean }
function f(xs, m)""",
    "r": """\
#' @param xs integer vector
#' @param m named list of: numeric or NULL
#' @return list(character string, logical)
f <- function(xs, m)""",
    "racket": """\
#lang racket

; xs : (listof exact-integer?)
; m : (or/c (hash/c string? real?) #f)
; returns (list/c string? boolean?)
(define (f xs m)""",
    "elixir": """\
defmodule Solution do
  @spec f([integer()], %{String.t() => float()} | nil) :: {String.t(), boolean()}
  def f(xs, m) do""",
    "julia": (
        "function f(xs::Vector{Int64}, m::Union{Dict{String, Float64}, Nothing})"
        "::Tuple{String, Bool}"
    ),
}


@pytest.mark.parametrize("name", DECLARATIONS)
def test_a_declaration_is_what_a_native_speaker_would_write(name: str) -> None:
    signature = "f(xs: list[int], m: dict[str, float] | None) -> tuple[str, bool]"

    assert DECLARATIONS[name] == declared(name, signature)


def test_a_declaration_in_bash_says_how_values_are_text() -> None:
    signature = "f(xs: list[int], names: set[str], k: int | None) -> dict[str, int]"

    assert declared("bash", signature) == (
        "# $1: integers, separated by spaces\n"
        "# $2: distinct strings, one per line\n"
        "# $3: an integer, or an empty string for none\n"
        "# prints lines of a string, a tab, and an integer\n"
        "f() {\n    local xs=$1\n    local names=$2\n    local k=$3"
    )


@pytest.mark.parametrize(
    ("name", "signature", "words"),
    [
        ("php", "f(a: set[str]) -> None", "list<string> $a  distinct values, in any order"),
        ("php", "f(a: set[str]) -> None", "function f(array $a): void"),
        ("perl", "f(a: set[str]) -> None", "$a: a reference to an array of distinct strings"),
        ("perl", "f(a: list[list[int]]) -> None", "array of references to arrays of integers"),
        ("lua", "f(a: set[str]) -> None", "---@param a table<string, true>"),
        ("r", "f(a: set[str]) -> None", "@param a character vector, distinct, any order"),
        ("r", "f(a: tuple[int, int]) -> list[int | None]", "integer vector of length 2"),
        ("r", "f(a: tuple[int, int]) -> list[int | None]", "@return integer vector with NA"),
        ("r", "f(a: list[list[str]]) -> None", "@param a list of: character vector"),
        ("bash", "f() -> tuple[int, str]", "# prints an integer, a string: one per line"),
        ("racket", "f(a: set[int]) -> None", "a : (set/c exact-integer?)"),
        ("elixir", "f(a: set[int]) -> None", "@spec f(MapSet.t(integer())) :: nil"),
        ("julia", "f(a: set[int]) -> None", "f(a::Set{Int64})::Nothing"),
    ],
)
def test_sets_tuples_and_nothing_have_a_form(name: str, signature: str, words: str) -> None:
    assert words in declared(name, signature)


@pytest.mark.parametrize(
    ("name", "signature"),
    [
        ("php", "f(a: dict[float, int]) -> int"),
        ("perl", "f() -> list[dict[tuple[int, int], int]]"),
        ("lua", "f() -> list[int | None]"),
        ("lua", "f(a: set[tuple[int, int]]) -> int"),
        ("r", "f() -> dict[bool, int]"),
        ("bash", "f(a: list[list[int]]) -> int"),
        ("bash", "f() -> str | None"),
        ("bash", "f() -> any"),
        ("racket", "f() -> bool | None"),
    ],
)
def test_what_a_language_cannot_tell_apart_is_refused(name: str, signature: str) -> None:
    with pytest.raises(ValueError, match="there is no type for"):
        declared(name, signature)
    with pytest.raises(ValueError, match="there is no type for"):
        driver_files(name, "", signature)


@each_language
def test_words_of_the_language_are_no_names_of_parameters(name: str) -> None:
    reserved = find_language(name).reserved

    assert {"case", "else", "for"} & reserved
    assert all(word.isidentifier() for word in reserved)


FENCES = {
    "php": "<?php\n/** Doc. */\nfunction has_it(array $xs, int $k): bool\n{\n    return true;\n}",
    "perl": "use strict;\n\nsub has_it {\n    my ($xs, $k) = @_;\n    return 1;\n}",
    "lua": "local function has_it(xs, k)\n  return true\nend",
    "r": "has_it <- function(xs, k) {\n  TRUE\n}",
    "bash": "#!/bin/bash\nhas_it() {\n    local xs=$1\n    echo true\n}",
    "racket": "#lang racket\n\n(define (has_it xs k)\n  #t)",
    "elixir": "defmodule Solution do\n  def has_it(xs, k) do\n    true\n  end\nend",
    "julia": "function has_it(xs::Vector{Int64}, k::Int64)::Bool\n    return true\nend",
    "ruby": "def has_it(xs, k)\n  true\nend",
}
USES = {
    "php": "<?php\necho has_it([1], 1);",
    "perl": "print has_it([1], 1);",
    "lua": "print(has_it({1}, 1))\nhas_it({}, 2)",
    "r": "has_it(c(1), 1)\nprint(has_it(c(1), 1))",
    "bash": 'has_it "1 2" 1',
    "racket": "(has_it '(1) 1)",
    "elixir": "Solution.has_it([1], 1)",
    "julia": "has_it([1], 1) == true",
    "ruby": "puts has_it([1], 1)",
}


def answer(name: str, text: str) -> str | None:
    problem = Problem(
        suite="s",
        id="p",
        task_id="p",
        language=name,
        prompt="",
        judging=ByCheck(entry_point="has_it", check_code=""),
    )
    return extract(text, problem).code


@each_language
def test_the_block_that_defines_the_function_is_found(name: str) -> None:
    text = (
        f"Sure! Here it is:\n\n```{name}\n{FENCES[name]}\n```\n\n"
        f"Use it like this:\n\n```{name}\n{USES[name]}\n```\n\nIt is quick."
    )

    assert f"{FENCES[name]}\n" == answer(name, text)


@each_language
def test_code_without_a_fence_is_found_between_prose(name: str) -> None:
    text = f"Here is the function.\n\n{FENCES[name]}\n\nIt looks at every item."

    assert f"{FENCES[name]}\n" == answer(name, text)


def test_a_block_of_shell_is_an_answer_in_bash_alone() -> None:
    text = f"```sh\n{FENCES['bash']}\n```"

    assert f"{FENCES['bash']}\n" == answer("bash", text)
    assert answer("perl", text) is None


@pytest.mark.parametrize(
    ("name", "file", "content"),
    [
        ("php", "returns.php", "<?php return ['set', ['int']];\n"),
        ("perl", "returns.pl", "['set', ['int']];\n"),
        ("lua", "wanted.lua", "return 'f', {'set', {'int'}}\n"),
        ("r", "types.R", "list(list('set', list('int')), list('str'))\n"),
        ("bash", "wanted.sh", "llmbench_wanted=(set int)\n"),
        ("racket", "returns.rktd", "(set (int))"),
        ("julia", "types.jl", "Any[String]\n"),
    ],
)
def test_a_driver_knows_the_declared_types(name: str, file: str, content: str) -> None:
    files = driver_files(name, "code", "f(s: str) -> set[int]")

    assert content == files[file]


@each_language
def test_a_driver_is_made_without_a_signature_too(name: str) -> None:
    files = driver_files(name, "code")

    assert "code" in files[find_language(name).file]


@pytest.mark.parametrize(
    ("code", "opened"),
    [
        ("function f() {}", "<?php function f() {}"),
        ("\n<?php\nfunction f() {}\n", "<?php\nfunction f() {}\n"),
        ("<?= 1 ?>", "<?= 1 ?>"),
    ],
)
def test_php_gets_the_tag_that_it_lacks(code: str, opened: str) -> None:
    assert opened == driver_files("php", code)["solution.php"]


def test_elixir_gets_the_module_that_it_lacks_on_the_same_line() -> None:
    made = driver_files("elixir", "def f(n), do: n")["solution.exs"]

    assert "defmodule Solution do def f(n), do: n\nend\n" == made
    assert "defmodule A do\nend" == driver_files("elixir", "defmodule A do\nend")["solution.exs"]


def test_tests_in_php_share_one_tag_with_the_answer() -> None:
    made = with_tests("php", "<?php\ndeclare(strict_types=1);\nfunction f() {}\n?>\n", "f();")

    assert ["<?php"] == re.findall(r"<\?php|\?>|declare", made)
    assert made.endswith("f();\n")


def test_tests_in_racket_share_one_language_with_the_answer() -> None:
    made = with_tests("racket", "#lang racket/base\n(define (f) 1)", "(check-equal? (f) 1)")

    assert ["#lang racket/base"] == re.findall(r"#lang.*", made)
    assert "test-log" not in made
    assert "test-log" in with_tests("racket", "", "(require rackunit)")


def test_an_exit_of_tests_in_perl_is_told_from_one_of_the_answer() -> None:
    made = with_tests("perl", "sub f { 1 }\n1;", "exit 1;", prelude="# prelude")
    line = made.splitlines().index("exit 1;") + 1

    assert f"$line >= {line};" in made


def test_lua_accepts_the_name_of_an_interpreter_in_the_first_line_alone() -> None:
    assert "#!" not in with_tests("lua", "#!/usr/bin/lua\nlocal x", "assert(x)")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("php", "Fatal error: Uncaught Exception: Test failed! in solution.php:19"),
        ("php", "PHP Fatal error:  Uncaught AssertionError: assert(f(1) === 2) in x.php:3"),
        ("perl", "ok!ok!\nexit 1 at solution.pl line 20\n"),
        ("perl", "ok 1 - a\nnot ok 2 - b\n"),
        ("lua", "lua: solution.lua:2: assertion failed!"),
        ("lua", "Ran 1 tests in 0.000 seconds, 0 successes, 1 failure"),
        ("r", "Error in t() : isTRUE(all.equal(f(1), 2)) is not TRUE\nExecution halted"),
        ("r", "Error: f(1:2) == c(1, 3) are not all TRUE"),
        ("bash", 'failed: [[ $(candidate "2") = "18" ]]\n'),
        ("racket", "--------------------\nFAILURE\nname: check-equal?\n"),
        ("elixir", "     Assertion with == failed\n\n2 tests, 1 failure\n"),
        ("elixir", "** (ExUnit.AssertionError) \n"),
        ("julia", "root: Test Failed at solution.jl:12\n  Expression: root(4) == 3\n"),
        ("julia", "ERROR: LoadError: AssertionError: f(1) == 2"),
        ("ruby", "Failure: test_f(TestHumanEval)\n"),
    ],
)
def test_a_failed_assertion_is_recognised(name: str, said: str) -> None:
    assert find_language(name).runners["program"].failure.search(said)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("php", "Fatal error: Uncaught TypeError: f(): Return value must be of type int"),
        ("perl", "ok 1\nnothing is not ok 2\n1..1\n"),
        ("lua", "Ran 10 tests in 0.000 seconds, 10 successes, 0 failures\nOK"),
        ("r", "Error in f(1) : object 'x' not found\nExecution halted"),
        ("bash", "failed: grep x file\n"),
        ("racket", "ERROR\nname: check-equal?\nFAILURE: none"),
        ("elixir", "3 tests, 0 failures\n"),
        ("julia", "Test Summary: | Pass  Total\nroot          |    3      3\n"),
        ("ruby", "3 runs, 3 assertions, 0 failures, 0 errors"),
    ],
)
def test_other_trouble_is_no_failed_assertion(name: str, said: str) -> None:
    assert not find_language(name).runners["program"].failure.search(said)


@each_language
def test_tests_can_say_that_they_came_to_their_end(name: str) -> None:
    ending = find_language(name).runners["program"].ending

    assert ending is not None
    made = ending("tests()", "end-17")
    assert made.startswith("tests()\n")
    assert "end-17" in made


@pytest.mark.parametrize("name", ["r", "elixir", "julia"])
def test_what_has_to_be_asked_for_its_place_may_be_missing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert find_language(name).find() is None
