"""TypeScript's definition, without its compiler."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_llmbench.answers import extract
from pytest_llmbench.languages import cannot, find_language
from pytest_llmbench.languages.typescript import _find
from pytest_llmbench.signature import parse_signature
from pytest_llmbench.vocabulary import ByValue, Case, Problem

TYPESCRIPT = find_language("typescript")


@pytest.mark.parametrize(
    ("signature", "declaration"),
    [
        ("f(a: int, b: str) -> float", "function f(a: number, b: string): number"),
        ("f(a: list[int | None]) -> None", "function f(a: (number | null)[]): void"),
        ("f(a: tuple[int, str]) -> set[str]", "function f(a: [number, string]): Set<string>"),
        ("f(a: tuple[bool, ...]) -> any", "function f(a: boolean[]): any"),
        (
            "f(a: dict[str, list[int]]) -> dict[int, str]",
            "function f(a: Record<string, number[]>): Map<number, string>",
        ),
        ("f(a: dict) -> list", "function f(a: Record<string, any>): any[]"),
    ],
)
def test_a_declaration_is_what_its_programmers_write(signature: str, declaration: str) -> None:
    assert declaration == TYPESCRIPT.declaration(parse_signature(signature))


def test_reserved_words_and_numbers_beyond_a_double_are_refused() -> None:
    named = parse_signature("f(new: int) -> int")

    assert "'new' is a reserved word in TypeScript" in str(cannot(TYPESCRIPT, named, []))
    assert cannot(TYPESCRIPT, None, [Case(args=(2**53 - 1,), returns=0)]) is None
    assert "54 bits" in str(cannot(TYPESCRIPT, None, [Case(args=(2**60,), returns=0)]))


def test_the_driver_knows_which_maps_are_objects() -> None:
    signature = parse_signature("f(a: dict[int, str] | None, b: list[any], c: int | str) -> int")
    assert TYPESCRIPT.driver is not None

    files = TYPESCRIPT.driver.files("code", "f", signature)

    assert {"solution.ts", "driver.cjs", "signature.json"} == files.keys()
    assert "code" == files["solution.ts"]
    types = ["tuple", ["dict", ["int"], ["str"]], ["list", []], []]
    assert {"name": "f", "type": types} == json.loads(files["signature.json"])


@pytest.mark.parametrize(
    "code",
    [
        "function add(a: number, b: number): number {\n  return a + b;\n}\n",
        "export function add(a: number, b: number): number {\n  return a + b;\n}\n",
        "const add = (a: number, b: number): number => a + b;\n",
        "export const add: Add = (a, b) => a + b;\ntype Add = (a: number, b: number) => number;\n",
        "import * as fs from 'fs';\n\nexport default async function add<T>(a: T, b: T) {}\n",
        "interface Pair {\n  a: number;\n}\n\nfunction add(p: Pair): number {\n  return p.a;\n}\n",
    ],
)
def test_the_function_is_found_in_what_models_write(code: str) -> None:
    usage = "```ts\nconsole.log(add(1, 2));\n```"

    assert code == found(f"Here it is:\n\n```typescript\n{code}```\n\nUse it:\n\n{usage}\n")
    assert code.strip() == found(f"{code}\nThis adds the two numbers.").strip()


def test_a_type_in_a_block_of_its_own_is_put_before_the_function() -> None:
    types = "type Pair = [number, number];\n"
    code = "const add = (pair: Pair): number => pair[0] + pair[1];\n"

    assert f"{types}\n\n{code}" == found(f"```ts\n{types}```\n\n```ts\n{code}```\n")


def found(text: str) -> str:
    judging = ByValue(entry_point="add", cases=())
    problem = Problem(
        suite="s", id="p", task_id="p", language="typescript", prompt="", judging=judging
    )
    return extract(text, problem).code or ""


@pytest.mark.parametrize("where", ["typescript/node_modules/@typescript", "@typescript"])
def test_the_compiler_is_found_inside_the_package_or_beside_it(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "node_modules" / where / "typescript-linux-x64" / "lib"
    folder.mkdir(parents=True)
    (folder / "tsc").touch()
    monkeypatch.setenv("LLMBENCH_TYPESCRIPT_HOME", f"{tmp_path}/node_modules/typescript")
    monkeypatch.setattr("sys.platform", "linux")

    toolchain = _find()

    if toolchain is None:
        pytest.skip(str(find_language("javascript").missing()))
    assert ("tsc", folder / "tsc") == toolchain.programs[0]
    assert folder in toolchain.folders
