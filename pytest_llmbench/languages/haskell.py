"""Haskell, compiled by GHC, with the libraries that come with it."""

from __future__ import annotations

import re

from pytest_llmbench.languages.definition import (
    Build,
    Cache,
    Driver,
    Language,
    Runner,
    Toolchain,
)
from pytest_llmbench.languages.grammar import Grammar, lines
from pytest_llmbench.languages.sources import driver_source
from pytest_llmbench.languages.toolchains import ask_path, outside_usr
from pytest_llmbench.signature import Signature, TypeRef

__all__ = ["LANGUAGE"]


def _find() -> Toolchain | None:
    """Find the compiler behind the script that tells it where its libraries are.

    Debian keeps the list of packages outside `/usr`.
    """
    libraries = ask_path("ghc", "--print-libdir")
    if libraries is None:
        return None
    for folder in (libraries, libraries.parent):
        compiler = folder / "bin" / "ghc"
        if compiler.is_file():
            packages = (libraries / "package.conf.d").resolve()
            return Toolchain(
                programs=(("ghc", compiler), ("libraries", libraries), ("packages", packages)),
                folders=outside_usr(folder, packages),
            )
    return None


_NAMES = {"int": "Int", "float": "Double", "str": "String", "bool": "Bool"}
_LARGEST_TUPLE = 6


def _type(ref: TypeRef, own: str = "") -> str:
    """Write a type; `own` is put before names that an answer could hide or replace."""
    if ref.name in _NAMES:
        return own + _NAMES[ref.name]
    inner = [_type(arg, own) for arg in ref.args if arg.name not in {"...", "None"}]
    match ref.name:
        case "None":
            return "()"
        case "union" if len(inner) == 1 and len(ref.args) == 2:
            return f"{own}Maybe {_atom(inner[0])}"
        case "list" | "tuple" if ref.name == "list" or ref.args[-1:] == (TypeRef("..."),):
            if inner:
                return f"[{inner[0]}]"
        case "tuple" if 2 <= len(ref.args) <= _LARGEST_TUPLE:
            return f"({', '.join(_type(arg, own) for arg in ref.args)})"
        case "set" if inner:
            return f"{own or 'Set.'}Set {_atom(inner[0])}"
        case "dict" if inner:
            return f"{own or 'Map.'}Map {_atom(inner[0])} {_atom(_type(ref.args[1], own))}"
    raise ValueError(f"there is no type for {ref}")


def _atom(text: str) -> str:
    return f"({text})" if " " in text and text[0] not in "[(" else text


def _function_type(signature: Signature, own: str = "") -> str:
    types = [*(param.type for param in signature.params), signature.returns]
    return " -> ".join(_type(ref, own) for ref in types)


def _declaration(signature: Signature) -> str:
    for name in (signature.name, *(param.name for param in signature.params)):
        if not (name[0] == "_" or name[0].islower()):
            raise ValueError(f"the name {name!r} must begin with a small letter")
    types = _function_type(signature)
    imports = [
        f"import qualified Data.{name} as {name}\n"
        for name in ("Map", "Set")
        if f"{name}." in types
    ]
    params = "".join(f"{param.name} " for param in signature.params)
    head = f"{signature.name} :: {types}\n{signature.name} {params}="
    return "\n".join(["".join(imports), head]) if imports else head


_COMMENTS = re.compile(r"(?:\s+|--[^\n]*|\{-.*?-\})*", re.DOTALL)
_HEADER = re.compile(r"^module\b", re.MULTILINE)
_WHERE = re.compile(r"\bwhere\b[ \t]*")


def _split(code: str) -> tuple[str, str, int]:
    """Give the comments and pragmas that begin a module, its body, and the body's line.

    The header between them goes: what it does not export could not be called.
    """
    header = _HEADER.search(code)
    end = header and _WHERE.search(code, header.end())
    begin = header.start() if header and end else _COMMENTS.match(code).end()  # type: ignore[union-attr]
    rest = end.end() if end else begin
    return code[:begin], code[rest:], code.count("\n", 0, rest) + 1


def _driver_files(code: str, _name: str, signature: Signature | None) -> dict[str, str]:
    assert signature is not None
    _declaration(signature)  # refuses what cannot be had
    top, body, line = _split(code)
    call = "LLMBench.result"
    for _ in signature.params:
        call = f"(LLMBench.argument {call})"
    types = _function_type(signature, own="LLMBench.")
    main = _MAIN.format(top=top, line=line, body=body, name=signature.name, types=types, call=call)
    return {"solution.hs": main, "LLMBench.hs": driver_source("LLMBench.hs")}


# One module, because each costs a run of the assembler.
_MAIN = """\
{top}
module Main where
import qualified LLMBench
{{-# LINE {line} "solution.hs" #-}}
{body}
{{-# LINE 1 "driver.hs" #-}}
llmbenchCall :: {types}
llmbenchCall = Main.{name}
llmbenchMain :: LLMBench.IO ()
llmbenchMain = LLMBench.serve ({call} llmbenchCall)
"""
_OWN_MAIN = re.compile(r"^main(?=[ \t]*(?:::|=))", re.MULTILINE)
_IMPORT = re.compile(r"^import\b.*\n(?:[ \t]+.*\n)*", re.MULTILINE)


def _test_files(prelude: str, code: str, tests: str) -> dict[str, str]:
    top, body, _ = _split(code)
    if _OWN_MAIN.search(tests):
        body = _OWN_MAIN.sub("answersMain", body)
    # Imports come before all else, those of the tests too.
    imports = "".join(_IMPORT.findall(tests))
    head = f"{top}\nmodule Main where\nimport qualified LLMBench\n{imports}"
    return {
        "solution.hs": f"{head}{prelude}\n{body}\n{_IMPORT.sub('', tests)}\n",
        "LLMBench.hs": driver_source("LLMBench.hs"),
    }


def _with_ending(tests: str, word: str) -> str:
    renamed = _OWN_MAIN.sub("llmbenchTests", tests)
    return f'{renamed}\nmain :: LLMBench.IO ()\nmain = LLMBench.andThenSay llmbenchTests "{word}"\n'


# The same for the driver and for answers, or the compiler would make the driver anew.
# Optimised, because only then laziness is taken back where it does no good: without, the sum
# of a long list fills the memory. mold is found by its folder, which does no harm where it is
# not there; naming the linker leaves out the one that GHC was configured with. The search
# path is emptied first, for it begins with this folder.
_GHC = (
    *("ghc", "-B{libraries}", "-clear-package-db", "-package-db", "{packages}", "-v0"),
    *("-dynamic", "-O1", "-fno-ignore-asserts", "-fno-diagnostics-show-caret", "-rtsopts"),
    *("-pgml", "gcc", "-optl-no-pie", "-optl-B/usr/libexec/mold", "-i", "-i{cache}:."),
)
_COMPILE = (*_GHC, "solution.hs", "-o", "main")
_RUN = ("./main", "+RTS", "-M{heap_mib}m", "-RTS")
_PROGRAM = Build(commands=(_COMPILE,), run=_RUN)

LANGUAGE = Language(
    name="haskell",
    title="Haskell",
    aliases=("hs",),
    comment="--",
    file="solution.hs",
    install="ghc: install ghc",
    image="haskell:9",
    find=_find,
    version=("--numeric-version",),
    grammar=Grammar(
        fences=frozenset({"haskell", "hs", "lhs"}),
        entry=r"^NAME(?![\w'])[^\n]*(?:=|::)|^NAME[ \t]*$|^NAME(?![\w'])[^\n=]*\n[ \t]+[|=]",
        definition=lines(
            r"""^([a-z_][\w']*)[ \t]*(?:,[^\n:]*)?::
              | ^(?:data|newtype|type|class)[ \t]+(?:[^\n=]*=>[ \t]*)?([A-Z]\w*)
              | ^(?!(?:import|module|infix[lr]?|instance|deriving|default|foreign)\b)
                ([a-z_][\w']*)[^\n=|]*=(?![=>])"""
        ),
        binding=lines(r"^import[ \t]+(.+)"),
        first_line=lines(
            r"""^(?:module[ \t]+[A-Z][\w.]*[ \t]*(?:\(|where\b|$)
              | import[ \t]+(?:qualified[ \t]+)?[A-Z][\w.]*[ \t]*(?:\(|as\b|hiding\b|qualified\b|$)
              | [a-z_][\w']*[ \t]*::[ \t] | (?:data|newtype|type|class|instance)[ \t]+[A-Z(][^\n]*
              | \{-\#)"""
        ),
        statement=lines(r"^(?:let\b|where\b|case\b|if\b|do\b|\|)"),
        test=lines(r"^import[ \t]+(?:qualified[ \t]+)?Test\. | ^main[ \t]*=[ \t]*hspec\b"),
    ),
    declaration=_declaration,
    reserved=frozenset(
        "case data default deriving do foreign infix infixl infixr instance let module newtype of "
        "then type where main".split()
    ),
    driver=Driver(
        files=_driver_files,
        build=Build(commands=((*_COMPILE, "-main-is", "Main.llmbenchMain"),), run=_RUN),
        needs_signature=True,
    ),
    program=_PROGRAM,
    runners={
        "program": Runner(
            files=_test_files,
            build=_PROGRAM,
            failure=re.compile(r"Assertion failed|^\s*### Failure|\*\*\* Failed!", re.MULTILINE),
            ending=_with_ending,
        )
    },
    cache=Cache(
        files={"LLMBench.hs": driver_source("LLMBench.hs")},
        commands=((*_GHC, "-c", "{cache}/LLMBench.hs"),),
    ),
    overhead_bytes=128 * 1024 * 1024,
    processes=4,
)
