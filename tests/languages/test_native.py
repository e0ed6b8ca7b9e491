"""What only the compilers of C, C++, Rust, Go and D can show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from pytest_llmbench.grading import CandidateProcess, Judge, Sandbox, find_sandbox
from pytest_llmbench.grading.caches import Caches
from pytest_llmbench.languages import Build, Language, find_language
from pytest_llmbench.signature import parse_signature
from pytest_llmbench.vocabulary import (
    Answer,
    ByOutput,
    ByValue,
    Case,
    IOCase,
    Limits,
    Outcome,
    Problem,
    Verdict,
)

from .problems import answer, problem

NATIVE = ("c", "cpp", "rust", "go", "d")


class Habit(NamedTuple):
    """An answer that does something usual, and right: f(3) is 3."""

    language: str
    name: str
    code: str


HABITS = (
    Habit(
        "cpp",
        "names that the library has too",
        "#include <vector>\nusing namespace std;\nint count;\nint gcd[9];\n"
        "long long f(long long n) { count = n; gcd[0] = count; return gcd[0]; }",
    ),
    Habit(
        "cpp",
        "no includes",
        "using namespace std;\nlong long f(long long n) { return max(n, 1LL); }",
    ),
    Habit(
        "cpp",
        "macros",
        "#include <bits/stdc++.h>\n#define int long long\n#define read(x) std::cin >> x\n"
        "#define write(x) std::cout << x\n#define auto const auto\n"
        "int f(int n) { return n; }\nsigned main() { write(f(1)); }",
    ),
    Habit(
        "cpp",
        "random numbers",
        "#include <bits/stdc++.h>\nstd::mt19937 rng(42);\n"
        "long long f(long long n) { std::uniform_int_distribution<int> d(3, 3); return d(rng); }",
    ),
    Habit(
        "cpp",
        "rare headers",
        "#include <bits/stdc++.h>\nusing namespace std;\nlong long f(long long n) {\n"
        '  auto later = async([n] { return regex_match("aaa", regex("a+")) ? n : 0; });\n'
        '  return filesystem::path("a/b").filename() == "b" ? later.get() : 0;\n}',
    ),
    Habit("cpp", "a reference", "long long f(const long long& n) { return n; }"),
    Habit(
        "c",
        "implicit includes and macros",
        "#define items 3\n#define i int\nstatic i g(i n) { return n; }\n"
        "long long f(long long n) { return g(n); }\nint main(void) { return f(1); }",
    ),
    Habit("rust", "a private function", "fn f(n: i64) -> i64 { n }"),
    Habit("rust", "a reference", "pub fn f(n: &i64) -> i64 { *n }"),
    Habit(
        "rust",
        "shadowed names",
        "#![allow(unused)]\nstruct String;\nenum Option { A }\nuse std::vec::Vec as Result;\n"
        "macro_rules! println { () => {} }\npub fn f(n: i64) -> i64 { println!(); n }",
    ),
    Habit("rust", "printing", 'pub fn f(n: i64) -> i64 { print!("{n}"); eprintln!("x"); n }'),
    Habit("go", "another package", "package solution\n\nfunc f(n int64) int64 { return n }"),
    Habit("go", "no package", "func f(n int) int { return len(strings.Repeat(`x`, n)) }"),
    Habit(
        "go",
        "shadowed names",
        "package main\n\nfunc len(n int) int { return n }\n\ntype string int\n\n"
        "func f(n int) int { return len(n) }",
    ),
    Habit(
        "go",
        "an error beside the value",
        'package main\n\nimport "errors"\n\nvar bad = errors.New("bad")\n\n'
        "func f(n int) (int, error) {\n\tif n != 3 {\n\t\treturn 0, bad\n\t}\n\treturn n, nil\n}",
    ),
    Habit(
        "go",
        "packages that were not compiled beforehand",
        'package main\n\nimport "net/http"\n\n'
        "func f(n int) int { return len(http.StatusText(404)) - 6 }",
    ),
    Habit("d", "a module of its own", "module my.answer;\nlong f(long n) { return n; }"),
    Habit("d", "a template", "T f(T)(T n) { return n; }"),
)


def skip_without(language: str) -> Language:
    found = find_language(language)
    if missing := found.missing():
        pytest.skip(missing)
    return found


def by_value(judge: Judge, language: str, code: str) -> Verdict:
    judging = ByValue(
        entry_point="f",
        cases=(Case(args=(3,), returns=3),),
        signature=parse_signature("f(n: int) -> int"),
    )
    asked = Problem(
        suite="native", id=language, task_id="f", language=language, prompt="", judging=judging
    )
    return judge.grade(asked, Answer(code=code, language=language, how="test"))


@pytest.mark.parametrize("habit", HABITS, ids=lambda habit: f"{habit.language}: {habit.name}")
def test_what_answers_commonly_do_is_no_mistake(judge: Judge, habit: Habit) -> None:
    skip_without(habit.language)

    verdict = by_value(judge, habit.language, habit.code)

    assert (Outcome.PASSED, "") == (verdict.outcome, verdict.evidence)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ('long long f(long long n) { throw std::out_of_range("far"); }', "std::out_of_range: far"),
        ('long long f(long long n) { throw "thrown"; }', "const char*: thrown"),
        ("long long f(long long n) { std::vector<int> v; return v.at(3); }", "_M_range_check"),
    ],
)
def test_an_exception_of_cpp_is_named(judge: Judge, code: str, said: str) -> None:
    skip_without("cpp")

    verdict = by_value(judge, "cpp", f"#include <bits/stdc++.h>\n{code}\n")

    assert Outcome.RUNTIME_ERROR is verdict.outcome
    assert said in verdict.evidence


@pytest.mark.parametrize(
    ("code", "printed"),
    [
        ('#define NDEBUG\n#include <bits/stdc++.h>\nint main() { assert(false); puts("1"); }', "1"),
        ("#include <bits/stdc++.h>\n#define NDEBUG\nint main() { std::cout << 2; }", "2"),
        ('#include <cstdio>\nint sort = 3;\nint main() { std::printf("%d", sort); }', "3"),
    ],
)
def test_a_program_of_cpp_is_compiled_as_it_is(judge: Judge, code: str, printed: str) -> None:
    skip_without("cpp")

    assert Outcome.PASSED is by_output(judge, code, printed).outcome


def test_a_program_of_cpp_that_forgets_an_include_is_not_compiled(judge: Judge) -> None:
    skip_without("cpp")
    code = '#include <cstdio>\nint main() { std::vector<int> v; std::puts("1"); }'

    assert Outcome.COMPILE_ERROR is by_output(judge, code, "1").outcome


def by_output(judge: Judge, code: str, printed: str) -> Verdict:
    judging = ByOutput(cases=(IOCase(stdin="", stdout=printed),))
    asked = Problem(suite="native", id="p", task_id="p", language="cpp", prompt="", judging=judging)
    return judge.grade(asked, Answer(code=code, language="cpp", how="test"))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with closing(find_sandbox("auto")) as sandbox:
        yield sandbox


@pytest.mark.parametrize("name", NATIVE)
def test_it_works_without_a_cache_too(sandbox: Sandbox, name: str) -> None:
    language = skip_without(name)
    with closing(Judge(sandbox)) as judge:
        judge.caches = Caches(sandbox, Path("/proc/nowhere"))

        code = answer(name, "count_words")
        assert isinstance(code, str)
        verdict = judge.grade(
            problem(language, "count_words"), Answer(code=code, language=name, how="test")
        )

        assert (Outcome.PASSED, "") == (verdict.outcome, verdict.evidence)
        assert "/proc/nowhere" in judge.caches.problems[name]


def test_the_compiled_library_of_cpp_is_used(sandbox: Sandbox) -> None:
    language = skip_without("cpp")
    assert language.program is not None
    script = language.program.commands[0][2].replace("$flags", "$flags -H")
    said = '("{g++}" --version | grep -qi clang) || grep -q "^! .*llmbench.hpp.gch" said'
    build = Build(commands=(("/bin/sh", "-c", f"({script}) 2>said; {said}"),), run=("./main",))

    with (
        closing(Caches(sandbox)) as caches,
        closing(
            CandidateProcess(
                sandbox, language, Limits(), is_program=True, cache=caches.folder(language)
            )
        ) as candidate,
    ):
        candidate.build({"solution.cpp": "#include <bits/stdc++.h>\nint main() {}\n"}, build)

        assert 0 == candidate.run(build, "").status
