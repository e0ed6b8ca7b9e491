"""Swift's definition, which no machine of ours can run."""

from __future__ import annotations

import re

import pytest

from pytest_llmbench.answers import extract
from pytest_llmbench.languages import cannot, find_language
from pytest_llmbench.signature import parse_signature
from pytest_llmbench.vocabulary import ByValue, Problem

SWIFT = find_language("swift")


@pytest.mark.parametrize(
    ("signature", "declaration"),
    [
        ("f(a: int, b: float) -> str", "func f(a: Int, b: Double) -> String"),
        ("f(a: list[int | None]) -> None", "func f(a: [Int?]) -> Void"),
        ("f(a: dict[str, set[int]]) -> bool", "func f(a: [String: Set<Int>]) -> Bool"),
        ("f(a: tuple[int, ...]) -> tuple[int, str]", "func f(a: [Int]) -> (Int, String)"),
    ],
)
def test_a_declaration_is_what_its_programmers_write(signature: str, declaration: str) -> None:
    assert declaration == SWIFT.declaration(parse_signature(signature))


@pytest.mark.parametrize(
    ("signature", "why"),
    [
        ("f(a: any) -> int", "there is no type for any"),
        ("f(a: int) -> int | str", r"there is no type for int | str"),
        ("f(a: set[tuple[int, int]]) -> int", "tuple[int, int] cannot be hashed"),
        ("f(a: tuple[int, int, int, int, int]) -> int", "there is no type for tuple"),
        ("f(guard: int) -> int", "'guard' is a reserved word in Swift"),
    ],
)
def test_what_cannot_be_had_is_refused(signature: str, why: str) -> None:
    assert why in str(cannot(SWIFT, parse_signature(signature), []))


def test_the_driver_reads_every_argument_and_calls_the_function_as_a_value() -> None:
    assert SWIFT.driver is not None
    signature = parse_signature("f(a: dict[str, int | None], b: tuple[int, bool]) -> set[str]")

    files = SWIFT.driver.files("func f() {}", "f", signature)

    main = files["main.swift"]
    assert "line: 1)\nfunc f() {}\n" in main
    assert "let llmbenchCall: ([String: Int?], (Int, Bool)) throws -> Set<String> = f" in main
    assert "LLMBench.dictionary(LLMBench.string, LLMBench.optional(LLMBench.int))" in main
    assert "LLMBench.tuple(LLMBench.int, LLMBench.bool).read(words)" in main
    defined = set(re.findall(r"static (?:let|func) (\w+)", files["LLMBench.swift"]))
    assert set(re.findall(r"LLMBench\.([a-z]\w*)", main)) <= defined


def test_the_version_is_that_of_the_language_and_not_of_its_driver() -> None:
    said = "swift-driver version: 1.115 Swift version 6.0.3 (swift-6.0.3-RELEASE)"

    match = re.search(SWIFT.version_pattern, said)

    assert match is not None
    assert "6.0.3" == match.group()


@pytest.mark.parametrize(
    "code",
    [
        "func add(a: Int, b: Int) -> Int {\n    return a + b\n}\n",
        "import Foundation\n\npublic func add(_ a: Int, _ b: Int) -> Int { a + b }\n",
        "let add: (Int, Int) -> Int = { $0 + $1 }\n",
        "struct Pair {\n    let a: Int\n}\n\nfunc add<T: Numeric>(a: T, b: T) -> T { a + b }\n",
    ],
)
def test_the_function_is_found_in_what_models_write(code: str) -> None:
    judging = ByValue(entry_point="add", cases=())
    problem = Problem(suite="s", id="p", task_id="p", language="swift", prompt="", judging=judging)
    fenced = (
        f"Sure!\n\n```swift\n{code}```\n\nFor example:\n\n```swift\nprint(add(a: 1, b: 2))\n```"
    )

    assert code == extract(fenced, problem).code
    bare = extract(f"{code}\nThis adds the two numbers.", problem).code
    assert code.strip() == (bare or "").strip()
