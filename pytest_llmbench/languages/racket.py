"""Racket: answers in `#lang racket`, of which only those parts are loaded that they use."""

from __future__ import annotations

import re

from pytest_llmbench.languages.definition import Build, Cache, Driver, Language, Runner
from pytest_llmbench.languages.grammar import Grammar, lines
from pytest_llmbench.languages.shapes import shape, signature_shape
from pytest_llmbench.languages.sources import driver_source
from pytest_llmbench.languages.toolchains import programs
from pytest_llmbench.signature import Signature, TypeRef

__all__ = ["LANGUAGE"]

_NAMES = {
    "int": "exact-integer?",
    "float": "real?",
    "str": "string?",
    "bool": "boolean?",
    "None": "void?",
    "any": "any/c",
}
_CONTAINERS = {"list": "listof", "set": "set/c", "tuple": "list/c", "dict": "hash/c"}


def _shape(ref: TypeRef) -> TypeRef:
    """Give a type's shape; raise ValueError where no value would be told from false."""
    shaped = shape(ref)
    _check(shaped)
    return shaped


def _check(ref: TypeRef) -> None:
    if ref.name == "optional" and ref.args[0].name == "bool":
        raise ValueError("there is no type for bool | None: #f would be both")
    for arg in ref.args:
        _check(arg)


def _contract(ref: TypeRef) -> str:
    """Write a shape as a contract."""
    if ref.name in _NAMES:
        return _NAMES[ref.name]
    inner = " ".join(_contract(arg) for arg in ref.args)
    return f"(or/c {inner} #f)" if ref.name == "optional" else f"({_CONTAINERS[ref.name]} {inner})"


def _declaration(signature: Signature) -> str:
    doc = [f"; {param.name} : {_contract(_shape(param.type))}" for param in signature.params]
    doc.append(f"; returns {_contract(_shape(signature.returns))}")
    head = " ".join([signature.name, *(param.name for param in signature.params)])
    return "\n".join(["#lang racket", "", *doc, f"(define ({head})"])


def _datum(ref: TypeRef) -> str:
    return f"({' '.join([ref.name, *map(_datum, ref.args)])})"


def _driver_files(code: str, _name: str, signature: Signature | None) -> dict[str, str]:
    if signature is not None:
        _declaration(signature)  # refuses what cannot be had
    return {"solution.rkt": code, "returns.rktd": _datum(signature_shape(signature)[0])}


_LANG = re.compile(r"^#lang[ \t]+(\S+)[^\n]*$", re.MULTILINE)


def _test_files(prelude: str, code: str, tests: str) -> dict[str, str]:
    parts = (prelude, code, tests)
    named = next((found[1] for part in parts if (found := _LANG.search(part))), "racket")
    bodies = [_LANG.sub("", part, count=1) for part in parts]
    report = _REPORT if "rackunit" in tests else ""
    return {"solution.rkt": "\n".join([f"#lang {named}", *bodies, report, ""])}


# A check that fails says so, and the program goes on to its end: its status has to tell.
_REPORT = "((dynamic-require 'rackunit/log 'test-log) #:exit? #t)"


def _with_ending(tests: str, word: str) -> str:
    return f'{tests}\n(displayln "{word}")'


_COMPILED = ("driver.rkt", "light.rkt", "loader.rkt", "program.rkt")
_PROGRAM = Build(run=("racket", "{cache}/program.rkt"))

LANGUAGE = Language(
    name="racket",
    title="Racket",
    aliases=("rkt",),
    comment=";",
    file="solution.rkt",
    install="racket: install racket",
    find=programs("racket", folders=("/etc/racket",)),
    version_pattern=r"\d+\.\d+(?:\.\d+)*",
    grammar=Grammar(
        fences=frozenset({"racket", "rkt", "scheme", "lisp"}),
        entry=r"^[ \t]*\(define(?:/contract)?[ \t]+\(*NAME(?=[\s)])",
        definition=lines(r"^\((?:define[\w/-]*|struct)[ \t]+\(*([\w$?!*<>=/+-]+)"),
        binding=lines(r"^\((?:define[\w/-]*|require)[ \t]+\(*([\w$?!*<>=/+-]+)"),
        first_line=lines(
            r"""^(?:\#lang[ ] | \#!
              | \((?:define|require|provide|module|struct|let|begin)[\w/*-]*[ \t(]
              | ;;)"""
        ),
        statement=lines(
            r"^\((?:define|let|if|cond|when|unless|for|match|case|begin|displayln)[\w/*]*"
            r"[ \t(\[]"
        ),
        test=lines(r"^\((?:module\+[ \t]+test | require[ \t]+rackunit | check-\w+ | test-case)"),
    ),
    declaration=_declaration,
    reserved=frozenset(
        "begin case cond define do lambda let letrec module provide quasiquote quote require "
        "struct unless unquote values when".split()
    ),
    int_bits=None,
    driver=Driver(files=_driver_files, build=Build(run=("racket", "{cache}/driver.rkt"))),
    program=_PROGRAM,
    runners={
        "program": Runner(
            files=_test_files,
            build=_PROGRAM,
            failure=re.compile(r"^FAILURE$", re.MULTILINE),
            ending=_with_ending,
        )
    },
    cache=Cache(
        files={name: driver_source(f"racket/{name}") for name in _COMPILED},
        commands=(("racket", "-l-", "raco", "make", *(f"{{cache}}/{n}" for n in _COMPILED)),),
        is_needed=True,
    ),
    overhead_bytes=256 * 1024 * 1024,
    processes=4,
)
