"""The definitions of C, C++, Rust, Go and D, without their compilers."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

import pytest

from pytest_llmbench.answers import extract
from pytest_llmbench.languages import Language, cannot, find_language
from pytest_llmbench.languages.sources import driver_source
from pytest_llmbench.signature import parse_signature
from pytest_llmbench.vocabulary import ByValue, Problem

C, CPP, RUST, GO, D = map(find_language, ("c", "cpp", "rust", "go", "d"))
ALL = (C, CPP, RUST, GO, D)

by_name = pytest.mark.parametrize("language", ALL, ids=lambda language: language.name)


def found(language: Language, text: str) -> str | None:
    judging = ByValue(entry_point="add", cases=())
    problem = Problem(
        suite="s", id="p", task_id="p", language=language.name, prompt="", judging=judging
    )
    return extract(text, problem).code


@pytest.mark.parametrize(
    ("language", "signature", "declaration"),
    [
        (
            C,
            "f(a: int, s: str, b: bool) -> str | None",
            "#include <stdbool.h>\n#include <stddef.h>\n\n"
            "char *f(long long a, const char *s, bool b)",
        ),
        (
            C,
            "f(rows: list[list[float]]) -> dict[str, int]",
            "#include <stdbool.h>\n#include <stddef.h>\n\n"
            "typedef struct { double *items; size_t count; } DoubleList;\n"
            "typedef struct { DoubleList *items; size_t count; } DoubleListList;\n"
            "typedef struct { char *key; long long value; } StringIntEntry;\n"
            "typedef struct { StringIntEntry *items; size_t count; } StringIntMap;\n\n"
            "StringIntMap f(DoubleListList rows)",
        ),
        (
            C,
            "f() -> tuple[int | None, str]",
            "#include <stdbool.h>\n#include <stddef.h>\n\n"
            "typedef struct { bool has_value; long long value; } OptionalInt;\n"
            "typedef struct { OptionalInt first; char *second; } OptionalIntStringTuple;\n\n"
            "OptionalIntStringTuple f(void)",
        ),
        (
            CPP,
            "f(s: str, m: dict[int, set[str]]) -> tuple[int, ...] | None",
            "#include <bits/stdc++.h>\n\nstd::optional<std::vector<long long>>"
            " f(std::string s, std::map<long long, std::set<std::string>> m)",
        ),
        (CPP, "f(x: float) -> None", "#include <bits/stdc++.h>\n\nvoid f(double x)"),
        (
            RUST,
            "f(a: dict[str, list[int]], b: set[int] | None) -> tuple[str, bool]",
            "use std::collections::{HashMap, HashSet};\n\n"
            "pub fn f(a: HashMap<String, Vec<i64>>, b: Option<HashSet<i64>>) -> (String, bool)",
        ),
        (RUST, "f(x: tuple[float, ...]) -> None", "pub fn f(x: Vec<f64>)"),
        (
            GO,
            "f(a: list[int], m: dict[str, float | None]) -> tuple[str, bool]",
            "package main\n\nfunc f(a []int, m map[string]*float64) (string, bool)",
        ),
        (
            GO,
            "f(p: tuple[int, tuple[str, bool]], s: set[int]) -> list[tuple[str, bool]]",
            "package main\n\ntype Tuple1 struct { First string; Second bool }\n"
            "type Tuple2 struct { First int; Second Tuple1 }\n\n"
            "func f(p Tuple2, s map[int]struct{}) []Tuple1",
        ),
        (
            D,
            "f(m: dict[str, list[float]], o: int | None) -> tuple[int, set[str]]",
            "import std.typecons : Nullable, Tuple, tuple;\n\n"
            "Tuple!(long, bool[string]) f(double[][string] m, Nullable!(long) o)",
        ),
        (D, "f(s: str) -> None", "void f(string s)"),
    ],
)
def test_a_declaration_is_what_its_programmers_write(
    language: Language, signature: str, declaration: str
) -> None:
    assert declaration == language.declaration(parse_signature(signature))


@by_name
@pytest.mark.parametrize(
    ("signature", "why"),
    [
        ("f(a: any) -> int", "there is no type for any"),
        ("f(a: int) -> int | str", "there is no type for int | str"),
        ("f(a: list) -> int", "there is no type for list"),
        ("f(a: list[None]) -> int", "there is no type for None"),
    ],
)
def test_what_has_no_type_is_refused(language: Language, signature: str, why: str) -> None:
    if "None" in why and language.name in {"cpp", "rust"}:  # which have a type for it
        assert cannot(language, parse_signature(signature), []) is None
    else:
        assert why in str(cannot(language, parse_signature(signature), []))


@pytest.mark.parametrize(
    ("language", "signature"),
    [
        (RUST, "f(a: set[float]) -> int"),
        (RUST, "f(a: dict[tuple[int, float], int]) -> int"),
        (GO, "f(a: set[tuple[int | None, int]]) -> int"),
    ],
)
def test_keys_without_equality_are_refused(language: Language, signature: str) -> None:
    assert "there is no type for" in str(cannot(language, parse_signature(signature), []))


@pytest.mark.parametrize(
    ("language", "word"),
    [(C, "register"), (CPP, "template"), (RUST, "fn"), (GO, "func"), (D, "unittest")],
)
def test_a_word_of_the_language_is_no_name(language: Language, word: str) -> None:
    for signature in (f"{word}(a: int) -> int", f"f({word}: int) -> int"):
        assert f"'{word}' is a reserved word" in str(
            cannot(language, parse_signature(signature), [])
        )


ANSWERS = {
    "c": [
        "#include <stdio.h>\n\nlong long add(long long a, long long b) {\n    return a + b;\n}\n",
        "typedef struct { long long *items; size_t count; } IntList;\n\n"
        "static int helper(int a)\n{\n    return a;\n}\n\n"
        "IntList add(IntList a)\n{\n    return a;\n}\n",
        "#define MAX 10\nint *add(const int *a, size_t n) {\n    return (int *)a;\n}\n",
    ],
    "cpp": [
        "#include <bits/stdc++.h>\nusing namespace std;\n\n"
        "map<string, int> add(vector<int>& a, int b) {\n    return {};\n}\n",
        "#include <vector>\n\nstd::vector<long long> add(long long a, long long b)\n{\n"
        "    return {a + b};\n}\n",
        "template <class T>\nT twice(T a) { return a + a; }\n\n"
        "long long add(long long a, long long b) { return twice(a); }\n",
    ],
    "rust": [
        "pub fn add(a: i64, b: i64) -> i64 {\n    a + b\n}\n",
        "use std::collections::HashMap;\n\n/// Adds.\nfn add(a: &[i64]) -> HashMap<i64, i64> {\n"
        "    let mut m = HashMap::new();\n    m\n}\n",
        "const LIMIT: i64 = 3;\n\nfn helper<'a>(s: &'a str) -> &'a str {\n    s\n}\n\n"
        "pub fn add(s: String) -> String {\n    helper(&s).to_string()\n}\n",
    ],
    "go": [
        "package main\n\nfunc add(a, b int) int {\n\treturn a + b\n}\n",
        'package main\n\nimport (\n\t"fmt"\n\t"sort"\n)\n\nfunc add(a []int) []int {\n'
        "\tsort.Ints(a)\n\tfmt.Println(a)\n\treturn a\n}\n\nfunc main() {}\n",
        "type pair struct {\n\ta, b int\n}\n\nfunc add[T any](a T) T {\n\treturn a\n}\n",
    ],
    "d": [
        "long add(long a, long b)\n{\n    return a + b;\n}\n",
        "import std.algorithm, std.array;\n\nlong[string] add(string[] words)\n{\n"
        "    return null;\n}\n",
        "import std.stdio;\n\nauto add(long a, long b) {\n    return a + b;\n}\n\n"
        "void main() {\n    writeln(1);\n}\n",
    ],
}


@pytest.mark.parametrize(
    ("name", "code"), [(name, code) for name, codes in ANSWERS.items() for code in codes]
)
def test_the_function_is_found_in_what_models_write(name: str, code: str) -> None:
    language = find_language(name)
    fence = f"```{sorted(language.grammar.fences)[0]}"
    usage = "```\nadd(1, 2)\n```\n"
    text = f"Sure, here it is:\n\n{fence}\n{code}```\n\nIt is called like this:\n\n{usage}"

    assert code == found(language, text)
    assert code.strip() == (found(language, f"{code}\nThis adds the numbers.\n") or "").strip()


@by_name
def test_prose_is_no_code(language: Language) -> None:
    assert found(language, "First add the numbers (all of them), then return the sum.") is None


@pytest.mark.parametrize(
    ("language", "call"),
    [
        (C, "llmbench_write_Double(f(llmbench_0));"),
        (CPP, "llmbench_write(f(llmbench_0), llmbench_out);"),
        (RUST, "super::f(argument0.give())"),
        (GO, "llmbench.Serve(f)"),
        (D, "solution.f(argument0)"),
    ],
)
def test_a_driver_leaves_the_answer_in_its_lines_and_calls_it(
    language: Language, call: str
) -> None:
    assert language.driver is not None

    files = language.driver.files("first\nsecond\n", "f", parse_signature("f(a: int) -> float"))

    first, second, *_ = files[language.file].splitlines()
    assert first.endswith("first")
    assert "second" == second
    assert any(call in text for text in files.values())


def test_a_type_of_c_that_the_answer_defines_is_not_defined_again() -> None:
    assert C.driver is not None
    signature = parse_signature("f(a: list[int]) -> list[str]")
    own = "typedef struct {\n    long long *items;\n    size_t count;\n} IntList;\n"

    main = C.driver.files(own, "f", signature)["main.c"]

    assert "} IntList;" not in main
    assert "} StringList;" in main


RARE = {
    "execution": "std::execution::par is_execution_policy_v",
    "filesystem": "std::filesystem::path",
    "future": "future shared_future promise packaged_task async launch future_status future_errc",
    "random": (
        "random_device default_random_engine mt19937 mt19937_64 minstd_rand minstd_rand0 ranlux24 "
        "ranlux48_base knuth_b linear_congruential_engine mersenne_twister_engine seed_seq "
        "discard_block_engine shuffle_order_engine generate_canonical uniform_real_distribution "
        "bernoulli_distribution binomial_distribution normal_distribution discrete_distribution"
    ),
    "regex": (
        "regex wregex basic_regex regex_match regex_replace regex_constants sregex_iterator smatch "
        "cmatch wsmatch match_results sub_match ssub_match csub_match"
    ),
}


@pytest.mark.parametrize("header", RARE)
def test_words_of_headers_that_are_not_compiled_beforehand_are_known(header: str) -> None:
    script = driver_source("cpp.sh")
    patterns = [
        pattern.strip()
        for words, name in re.findall(r"([*\[][^)\n]*)\) add (\w+) ;;", script)
        if name == header
        for pattern in words.split("|")
    ]
    left_out = re.search(r"'<\(([\w|]+)\)>'", driver_source("cpp_cache.sh"))

    assert left_out is not None
    assert RARE.keys() == set(left_out[1].split("|"))
    for word in RARE[header].split():
        assert any(fnmatchcase(word, pattern) for pattern in patterns), word


def test_tests_take_the_place_of_a_main_that_the_answer_has() -> None:
    rust = RUST.runners["program"].files("", "fn main() {}\nfn f() {}", "fn main() { f(); }")
    go = GO.runners["program"].files("", "package main\nfunc main() {}\n", "func main() { f() }")
    d = D.runners["program"].files("", "void main() {}\n", "unittest {}\nvoid main() {}")

    assert 1 == rust["solution.rs"].count("fn main(")
    assert 1 == "".join(go.values()).count("func main(")
    assert 1 == d["solution.d"].count("void main(")


def test_tests_of_the_answers_own_are_not_run() -> None:
    rust = RUST.runners["cargotest"].files(
        "", "#[cfg(test)]\nmod tests {}\n", "#[cfg(test)]\nmod tests {}\n"
    )
    d = D.runners["program"].files("", "unittest { assert(false); }\n", "unittest {}\n")

    assert 1 == rust["solution.rs"].count("#[cfg(test)]")
    assert "version(none) unittest { assert(false); }" in d["solution.d"]


def go_files(prelude: str, code: str, tests: str) -> dict[str, str]:
    files = GO.runners["gotest"].files(prelude, code, tests)
    return {name: text for name, text in files.items() if "/" not in name}


def test_each_file_of_go_imports_what_it_uses() -> None:
    files = go_files(
        'package p\n\nimport (\n\t"fmt"\n\t"testing"\n)\n',
        'package q\n\nimport "sort"\n\nfunc add(a []int) []int { sort.Ints(a); fmt.Println(a) }\n',
        "func TestAdd(t *testing.T) {\n\tassert.Equal(t, 1, add(nil))\n}\n",
    )

    assert ["solution.go", "tests.go", "zz_llmbench.go"] == sorted(files)
    assert files["solution.go"].startswith('package main; import  "sort"; import  "fmt"; \n')
    assert (
        5
        == files["solution.go"]
        .splitlines()
        .index("func add(a []int) []int { sort.Ints(a); fmt.Println(a) }")
        + 1
    )
    assert 'import  "testing"; import  "github.com/stretchr/testify/assert"; ' in files["tests.go"]
    assert '{"TestAdd", TestAdd}, ' in files["zz_llmbench.go"]


def test_a_function_of_go_alone_gets_the_imports_that_it_lacks() -> None:
    files = go_files("", "func add(s string) []string { return strings.Fields(s) }\n", "")

    assert 'import  "strings"; ' in files["solution.go"]
    assert "fmt" not in files["solution.go"]


@pytest.mark.parametrize(
    ("language", "runner", "tests"),
    [
        (C, "program", "int main(void) {\n    assert(1);\n    return 0;\n}\n"),
        (CPP, "program", "int main() {\n    assert(1);\n}\n"),
        (RUST, "program", "fn main() {\n    assert!(true);\n}\n"),
        (RUST, "cargotest", "#[test]\nfn works() {\n    assert!(true);\n}\n"),
        (GO, "program", "func main() {\n\tcheck()\n}\n"),
        (GO, "gotest", "func TestA(t *testing.T) {\n\tcheck()\n}\n"),
        (D, "program", "unittest\n{\n    assert(true);\n}\nvoid main() {}\n"),
        (D, "program", "void main()\n{\n    assert(true);\n}\n"),
    ],
)
def test_the_ending_comes_after_all_tests(language: Language, runner: str, tests: str) -> None:
    ending = language.runners[runner].ending
    assert ending is not None

    ended = ending(tests, "the-end")

    last = max(ended.rfind(word) for word in ("assert", "check"))
    assert last < ended.index("the-end")
    assert "return 0;" not in ended[: ended.index("the-end")]
