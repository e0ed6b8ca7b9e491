"""The definitions of Haskell and OCaml, without their compilers."""

from __future__ import annotations

from textwrap import dedent

import pytest

from pytest_llmbench.answers import extract
from pytest_llmbench.languages import Language, cannot, find_language
from pytest_llmbench.signature import parse_signature
from pytest_llmbench.vocabulary import ByValue, Case, Problem

HASKELL, OCAML = find_language("haskell"), find_language("ocaml")


@pytest.mark.parametrize(
    ("language", "signature", "declaration"),
    [
        (HASKELL, "f(a: int, b: float) -> str", "f :: Int -> Double -> String\nf a b ="),
        (HASKELL, "f() -> tuple[int, ...]", "f :: [Int]\nf ="),
        (
            HASKELL,
            "f(m: dict[str, list[int] | None]) -> set[tuple[int, bool]]",
            "import qualified Data.Map as Map\nimport qualified Data.Set as Set\n\n"
            "f :: Map.Map String (Maybe [Int]) -> Set.Set (Int, Bool)\nf m =",
        ),
        (OCAML, "f(a: int, b: float) -> str", "let f (a : int) (b : float) : string ="),
        (OCAML, "f() -> None", "let f () : unit ="),
        (
            OCAML,
            "f(m: dict[str, list[int] | None]) -> tuple[int, bool]",
            "(* association lists have each key once *)\n"
            "let f (m : (string * int list option) list) : (int * bool) =",
        ),
        (
            OCAML,
            "f(a: set[int]) -> int",
            "(* lists that stand for sets have no duplicates, in any order *)\n"
            "let f (a : int list) : int =",
        ),
    ],
)
def test_a_declaration_is_what_its_programmers_write(
    language: Language, signature: str, declaration: str
) -> None:
    assert declaration == language.declaration(parse_signature(signature))


@pytest.mark.parametrize("language", [HASKELL, OCAML], ids=lambda language: language.name)
@pytest.mark.parametrize(
    ("signature", "why"),
    [
        ("f(a: any) -> int", "there is no type for any"),
        ("f(a: int) -> int | str", r"there is no type for int | str"),
        ("f(a: list) -> int", "there is no type for list"),
        ("f(a: tuple[int]) -> int", "there is no type for tuple[int]"),
        ("Add(a: int) -> int", "the name 'Add' must begin with a small letter"),
        ("f(X: int) -> int", "the name 'X' must begin with a small letter"),
        ("f(then: int) -> int", "'then' is a reserved word"),
    ],
)
def test_what_cannot_be_had_is_refused(language: Language, signature: str, why: str) -> None:
    assert why in str(cannot(language, parse_signature(signature), []))


def test_an_int_of_ocaml_has_63_bits() -> None:
    signature = parse_signature("f(n: int) -> int")

    assert cannot(OCAML, signature, [Case(args=(2**62 - 1,), returns=-(2**62))]) is None
    assert "(63 bits)" in str(cannot(OCAML, signature, [Case(args=(2**62,), returns=0)]))
    assert cannot(HASKELL, signature, [Case(args=(2**62,), returns=0)]) is None


@pytest.mark.parametrize(
    ("header", "top", "line"),
    [
        ("", "", 1),
        ("module Foo where\n", "", 1),
        ("-- | Adds.\nmodule Foo\n  ( add\n  ) where\n", "-- | Adds.\n", 4),
        ("{-# LANGUAGE LambdaCase #-}\n\n", "{-# LANGUAGE LambdaCase #-}\n\n", 3),
        ("{-# LANGUAGE GADTs #-}\nmodule A.B (add) where\n", "{-# LANGUAGE GADTs #-}\n", 2),
    ],
)
def test_haskell_answers_become_the_main_module_whatever_they_were(
    header: str, top: str, line: int
) -> None:
    code = f"{header}import Data.List\n\nadd a b = a + b\nmain = print (add 1 2)\n"
    assert HASKELL.driver is not None

    files = HASKELL.driver.files(code, "add", parse_signature("add(a: int, b: str) -> int"))

    source = files["solution.hs"]
    assert source.startswith(f"{top}\nmodule Main where\nimport qualified LLMBench\n")
    begin = source.index(f'{{-# LINE {line} "solution.hs" #-}}')
    assert "import Data.List" in code.splitlines()[line - 1 :][0 if "where" not in header else 1]
    assert source.index("import Data.List") > begin
    assert "llmbenchCall :: LLMBench.Int -> LLMBench.String -> LLMBench.Int" in source


def test_haskell_tests_bring_their_imports_and_their_main() -> None:
    runner = HASKELL.runners["program"]
    assert runner.ending is not None
    tests = runner.ending("import Test\n  (check)\n\nmain :: IO ()\nmain = check 1\n", "end")

    source = runner.files("import Prelude", "module A where\nmain = add\nadd = 1", tests)[
        "solution.hs"
    ]

    assert source.index("import Test\n  (check)") < source.index("answersMain = add")
    assert "llmbenchTests = check 1" in source
    assert 'main = LLMBench.andThenSay llmbenchTests "end"' in source


def test_ocaml_answers_are_a_module_of_their_own() -> None:
    assert OCAML.driver is not None
    signature = parse_signature("f(p: tuple[int, str, bool]) -> dict[str, float]")

    files = OCAML.driver.files("let f _ = []", "f", signature)

    assert {"main.ml"} == files.keys()
    assert 'module Solution = struct\n# 1 "solution.ml"\nlet f _ = []\n' in files["main.ml"]
    codec = (
        "(tuple 3 (int ** string ** bool ** nil)"
        " ~of_pairs:(fun (v0, (v1, (v2, ()))) -> (v0, v1, v2))"
        " ~to_pairs:(fun (v0, v1, v2) -> (v0, (v1, (v2, ())))))"
    )
    assert f"argument {codec} (result (dict string float))) Solution.f" in files["main.ml"]


ANSWERS = {
    "haskell": [
        "add :: Int -> Int -> Int\nadd a b = a + b\n",
        "module Solution where\n\nimport Data.List (sort)\n\nadd :: Int -> Int -> Int\nadd = (+)\n",
        "add :: Int -> Int -> Int\nadd a b\n  | a > b = a + b\n  | otherwise = b + a\n",
        "{-# LANGUAGE LambdaCase #-}\nimport qualified Data.Map as Map\n\nadd :: Int -> Int\nadd = \\case\n  1 -> 2\n  n -> n\n",  # noqa: E501
    ],
    "ocaml": [
        "let add a b = a + b\n",
        "let rec add (a : int) (b : int) : int =\n  if b = 0 then a else add (a + 1) (b - 1)\n",
        "open Printf\n\nlet add = fun a b ->\n  a + b\n;;\n",
        "(* Adds. *)\nlet add a b =\n  match a, b with\n  | 0, b -> b\n  | a, b -> a + b\n",
    ],
}


@pytest.mark.parametrize(
    ("name", "code"), [(name, code) for name, codes in ANSWERS.items() for code in codes]
)
def test_the_function_is_found_in_what_models_write(name: str, code: str) -> None:
    language = find_language(name)
    usage = {"haskell": "main = print (add 1 2)", "ocaml": "let () = print_int (add 1 2)"}
    fence = f"```{language.aliases[0]}"
    text = f"Sure!\n\n{fence}\n{code}```\n\nFor example:\n\n{fence}\n{usage[language.name]}\n```\n"

    assert code == found(language, text)
    assert code.strip() == found(language, f"{code}\nThis adds the two numbers.").strip()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (HASKELL, "let me think: the result of add is 3.\nadd the numbers, and return them."),
        (OCAML, "let us think.\nadd the numbers, and return them."),
    ],
)
def test_prose_is_no_code(language: Language, text: str) -> None:
    assert "" == found(language, text)


def test_a_data_type_in_a_block_of_its_own_is_put_before_the_function() -> None:
    text = dedent("""\
        ```haskell
        data Pair = Pair Int Int
        ```
        ```haskell
        add :: Pair -> Int
        add (Pair a b) = a + b
        ```
        """)

    assert found(HASKELL, text).startswith("data Pair = Pair Int Int\n\n\nadd :: Pair")


def found(language: Language, text: str) -> str:
    judging = ByValue(entry_point="add", cases=())
    problem = Problem(
        suite="s", id="p", task_id="p", language=language.name, prompt="", judging=judging
    )
    return extract(text, problem).code or ""
