"""OCaml, compiled to native code by its own compiler, with the standard library only."""

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
from pytest_llmbench.languages.toolchains import ask_path, on_path, outside_usr
from pytest_llmbench.signature import Signature, TypeRef

__all__ = ["LANGUAGE"]


def _find() -> Toolchain | None:
    """Find the compiler and its standard library, whose place it has compiled in."""
    compiler, library = on_path("ocamlopt"), ask_path("ocamlopt", "-where")
    if compiler is None or library is None:
        return None
    return Toolchain(
        programs=(("ocamlopt", compiler), ("library", library)),
        folders=outside_usr(compiler, library),
    )


_NAMES = {"int": "int", "float": "float", "str": "string", "bool": "bool", "None": "unit"}
_INT_BITS = 63


def _parts(ref: TypeRef) -> tuple[str, list[TypeRef]]:
    """Reduce a type to one that OCaml has; raise ValueError where there is none.

    Maps are association lists and sets are lists: types that no functor has to make first.
    """
    inner = [arg for arg in ref.args if arg.name not in {"...", "None"}]
    match ref.name:
        case name if name in _NAMES:
            return name, []
        case "union" if len(inner) == 1 and len(ref.args) == 2:
            return "option", inner
        case "tuple" if ref.args[-1:] == (TypeRef("..."),):
            return "list", inner
        case "tuple" if len(ref.args) > 1:
            return "tuple", list(ref.args)
        case "list" | "set" | "dict" if ref.args:
            return ref.name, list(ref.args)
    raise ValueError(f"there is no type for {ref}")


def _type(ref: TypeRef) -> str:
    name, inner = _parts(ref)
    match name, [_type(arg) for arg in inner]:
        case "tuple", types:
            return f"({' * '.join(types)})"
        case "dict", [key, item]:
            return f"({key} * {item}) list"
        case "option", [item]:
            return f"{item} option"
        case "list" | "set", [item]:
            return f"{item} list"
    return _NAMES[name]


def _codec(ref: TypeRef) -> str:
    """Write what reads and writes a type, in the names of the driver."""
    name, inner = _parts(ref)
    if name in _NAMES:
        return _NAMES[name]
    codecs = [_codec(arg) for arg in inner]
    if name != "tuple":
        return f"({name} {' '.join(codecs)})"
    variables = [f"v{number}" for number in range(len(inner))]
    flat = f"({', '.join(variables)})"
    pairs = "()"
    for variable in reversed(variables):
        pairs = f"({variable}, {pairs})"
    return (
        f"(tuple {len(inner)} ({' ** '.join(codecs)} ** nil)"
        f" ~of_pairs:(fun {pairs} -> {flat}) ~to_pairs:(fun {flat} -> {pairs}))"
    )


def _notes(ref: TypeRef) -> set[str]:
    """Say what a type in a declaration does not."""
    own = {
        "dict": {"association lists have each key once"},
        "set": {"lists that stand for sets have no duplicates, in any order"},
    }
    return own.get(ref.name, set()).union(*map(_notes, ref.args))


def _declaration(signature: Signature) -> str:
    for name in (signature.name, *(param.name for param in signature.params)):
        if not (name[0] == "_" or name[0].islower()):
            raise ValueError(f"the name {name!r} must begin with a small letter")
    types = [*(param.type for param in signature.params), signature.returns]
    notes = sorted(set().union(*map(_notes, types)))
    doc = f"(* {'; '.join(notes)} *)\n" if notes else ""
    params = " ".join(f"({param.name} : {_type(param.type)})" for param in signature.params)
    return f"{doc}let {signature.name} {params or '()'} : {_type(signature.returns)} ="


def _driver_files(code: str, _name: str, signature: Signature | None) -> dict[str, str]:
    assert signature is not None
    _declaration(signature)  # refuses what cannot be had
    call = f"result {_codec(signature.returns)}"
    for param in reversed(signature.params):
        call = f"argument {_codec(param.type)} ({call})"
    if not signature.params:
        call = f"no_argument ({call})"
    return {"main.ml": _MAIN.format(code=code, call=call, name=signature.name)}


_MAIN = """\
module Solution = struct
# 1 "solution.ml"
{code}
# 1 "driver.ml"
end

let () = Llmbench.serve (Llmbench.({call}) Solution.{name})
"""


def _test_files(prelude: str, code: str, tests: str) -> dict[str, str]:
    return {"solution.ml": f"{prelude}\n{code}\n{tests}\n"}


def _with_ending(tests: str, word: str) -> str:
    return f'{tests}\n;; prerr_endline "{word}"'


_QUIET = ("ocamlopt", "-g", "-w", "-a")
# Libraries that are not used are not linked; mold is found by its folder, if it is there.
_COMPILE = (
    *(*_QUIET, "-ccopt", "-B/usr/libexec/mold"),
    *("-I", "+str", "-I", "+unix", "str.cmxa", "unix.cmxa"),
)
_PROGRAM = Build(commands=((*_COMPILE, "solution.ml", "-o", "main"),), run=("./main",))

LANGUAGE = Language(
    name="ocaml",
    title="OCaml",
    aliases=("ml",),
    comment="(*",
    file="solution.ml",
    install="ocamlopt: install ocaml-nox, or ocaml",
    image="ocaml/opam:debian-12-ocaml-5.2",
    find=_find,
    version=("-version",),
    grammar=Grammar(
        fences=frozenset({"ocaml", "ml", "caml", "reasonml"}),
        entry=r"^(?:let|and)[ \t]+(?:rec[ \t]+)?NAME(?![\w'])",
        definition=lines(
            r"""^(?:let|and)[ \t]+(?:rec[ \t]+)?([a-z_][\w']*)(?=[ \t]+[\w('~?])
              | ^(?:type|and)[ \t]+(?:[^=\n(]*[ \t])?([a-z_][\w']*)[ \t]*=
              | ^(?:module|exception|class)[ \t]+(?:type[ \t]+)?(\w+)"""
        ),
        binding=lines(r"^open!?[ \t]+([\w.]+) | ^let[ \t]+([a-z_][\w']*)[ \t]*(?::[^=\n]*)?="),
        first_line=lines(
            r"""^(?:let[ \t]+(?:rec[ \t]+)?(?:[a-z_][\w']*|\(\))[^\n]*=
              | let[ \t]+(?:rec[ \t]+[a-z_]|[a-z_][\w']*[ \t]+\()
              | open!?[ \t]+[A-Z] | module[ \t]+[A-Z] | exception[ \t]+[A-Z]
              | type[ \t]+[^\n]*= | \(\*)"""
        ),
        statement=lines(r"^(?:let\b|match\b|if\b|function\b|try\b|for\b|while\b|begin\b|raise\b)"),
        test=lines(r"^open[ \t]+(?:OUnit2?|Alcotest) | ^let[ \t]+(?:\(\)|_)[ \t]*=[ \t]*assert\b"),
    ),
    declaration=_declaration,
    reserved=frozenset(
        "begin constraint do done downto end exception external false fun function functor "
        "include inherit initializer land let lor lsl lsr lxor asr match method mod module "
        "mutable new nonrec object of open private rec sig struct then to true type val virtual "
        "when".split()
    ),
    int_bits=_INT_BITS,
    driver=Driver(
        files=_driver_files,
        build=Build(
            commands=(
                (*_COMPILE, "-I", "{cache}", "{cache}/llmbench.cmx", "main.ml", "-o", "main"),
            ),
            run=("./main",),
        ),
        needs_signature=True,
    ),
    program=_PROGRAM,
    runners={
        "program": Runner(
            files=_test_files,
            build=_PROGRAM,
            failure=re.compile(r"\bAssert_failure\b|Assertion failed|^Error: \S+:\d", re.MULTILINE),
            ending=_with_ending,
        )
    },
    cache=Cache(
        files={"llmbench.ml": driver_source("llmbench.ml")},
        commands=((*_QUIET, "-c", "{cache}/llmbench.ml"),),
        is_needed=True,
    ),
    environment={"OCAMLLIB": "{library}"},
)
