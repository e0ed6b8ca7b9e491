"""Ruby, on its reference implementation."""

from __future__ import annotations

import re

from pytest_llmbench.languages.definition import Build, Cache, Driver, Language, Runner
from pytest_llmbench.languages.grammar import Grammar, lines
from pytest_llmbench.languages.sources import driver_source
from pytest_llmbench.languages.toolchains import programs
from pytest_llmbench.signature import Signature, TypeRef

__all__ = ["LANGUAGE"]

_NAMES = {"int": "Integer", "float": "Float", "str": "String", "None": "nil", "any": "Object"}


def _type(ref: TypeRef) -> str:
    """Write a type as YARD does."""
    inner = [_type(arg) for arg in ref.args if arg.name != "..."]
    match ref.name:
        case "bool":
            return "Boolean"
        case "union":
            return ", ".join(inner)
        case "list" | "tuple" if ref.name == "list" or ref.args[-1:] == (TypeRef("..."),):
            return f"Array<{inner[0] if inner else 'Object'}>"
        case "tuple":
            return f"Array({', '.join(inner)})"
        case "set":
            return f"Set<{inner[0] if inner else 'Object'}>"
        case "dict":
            key, value = inner or ["Object", "Object"]
            return f"Hash{{{key} => {value}}}"
    return _NAMES[ref.name]


def _declaration(signature: Signature) -> str:
    doc = [f"# @param {param.name} [{_type(param.type)}]" for param in signature.params]
    doc.append(f"# @return [{_type(signature.returns)}]")
    params = ", ".join(param.name for param in signature.params)
    return "\n".join([*doc, f"def {signature.name}({params})"])


def _driver_files(code: str, _name: str, _signature: Signature | None) -> dict[str, str]:
    return {"solution.rb": code, "driver.rb": driver_source("ruby.rb")}


def _test_files(prelude: str, code: str, tests: str) -> dict[str, str]:
    return {"solution.rb": f"{prelude}\n{code}\n{tests}\n"}


def _with_ending(tests: str, word: str) -> str:
    return f'{tests}\nputs "{word}"\n'


_RUN = ("ruby", "--disable-gems", "-W0", "-r", "{cache}/gems.rb")
_PROGRAM = Build(run=(*_RUN, "solution.rb"))

LANGUAGE = Language(
    name="ruby",
    title="Ruby",
    aliases=("rb",),
    comment="#",
    file="solution.rb",
    install="ruby: install ruby",
    image="ruby:3",
    find=programs("ruby"),
    grammar=Grammar(
        fences=frozenset({"ruby", "rb"}),
        entry=r"^[ \t]*def[ \t]+(?:self\.)?NAME(?![\w?!])",
        definition=lines(r"^(?:def[ \t]+(?:self\.)?|class[ \t]+|module[ \t]+)([\w?!]+)"),
        binding=lines(r"^require(?:_relative)?[ \t]+['\"]([\w/]+) | ^([A-Z]\w*)[ \t]*=(?!=)"),
        first_line=lines(
            r"^(?:(?:def|class|module)[ \t]+[\w.?!]+ | require(?:_relative)?[ \t]+['\"] | \#!)"
        ),
        statement=lines(r"^(?:return|raise|yield|if|unless|while|until|case|begin)\b"),
        test=lines(r"^require[ \t]+['\"](?:minitest|test/unit|rspec) | ^class.*<.*Test"),
    ),
    declaration=_declaration,
    reserved=frozenset(
        "BEGIN END alias begin case def defined do else elsif end ensure false module next nil "
        "redo rescue retry self super then true undef unless until when".split()
    ),
    int_bits=None,
    driver=Driver(files=_driver_files, build=Build(run=(*_RUN, "driver.rb"))),
    program=_PROGRAM,
    runners={
        "program": Runner(
            files=_test_files,
            build=_PROGRAM,
            failure=re.compile(
                r"Failure:|AssertionFailedError|assert\w* failed|\(Minitest::Assertion\)"
            ),
            ending=_with_ending,
        )
    },
    cache=Cache(files={"gems.rb": driver_source("ruby_gems.rb")}, commands=(), is_needed=True),
    overhead_bytes=64 * 1024 * 1024,
    processes=4,
)
