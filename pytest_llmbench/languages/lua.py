"""Lua 5.4, on its reference implementation."""

from __future__ import annotations

import re

from pytest_llmbench.languages.definition import Build, Driver, Language, Runner
from pytest_llmbench.languages.grammar import Grammar, lines
from pytest_llmbench.languages.shapes import check_keys, shape, shape_literal, signature_shape
from pytest_llmbench.languages.sources import driver_source
from pytest_llmbench.languages.toolchains import programs
from pytest_llmbench.signature import Signature, TypeRef

__all__ = ["LANGUAGE"]

_NAMES = {
    "int": "integer",
    "float": "number",
    "str": "string",
    "bool": "boolean",
    "None": "nil",
    "any": "any",
}
_KEYS = frozenset({"int", "float", "str", "bool", "any"})


def _shape(ref: TypeRef) -> TypeRef:
    """Give a type's shape; raise ValueError for what a table cannot hold.

    A key that is a table is equal to nothing but itself, and nil ends a list.
    """
    shaped = shape(ref)
    check_keys(shaped, _KEYS, frozenset({"dict", "set"}))
    _check_items(shaped)
    return shaped


def _check_items(ref: TypeRef) -> None:
    is_open = ref.name in {"list", "set", "dict"}
    if is_open and any(arg.name in {"optional", "None"} for arg in ref.args):
        raise ValueError(f"there is no type for {ref}: a table cannot hold nil")
    for arg in ref.args:
        _check_items(arg)


def _type(ref: TypeRef) -> str:
    """Write a shape as LuaLS and EmmyLua do."""
    if ref.name in _NAMES:
        return _NAMES[ref.name]
    inner = [_type(arg) for arg in ref.args]
    match ref.name:
        case "optional":
            return f"{inner[0]}|nil"
        case "tuple":
            return "{ " + ", ".join(f"[{i}]: {each}" for i, each in enumerate(inner, 1)) + " }"
        case "dict":
            return f"table<{inner[0]}, {inner[1]}>"
        case "set":
            return f"table<{inner[0]}, true>"
    return f"{inner[0]}[]"


def _declaration(signature: Signature) -> str:
    doc = [f"---@param {param.name} {_type(_shape(param.type))}" for param in signature.params]
    doc.append(f"---@return {_type(_shape(signature.returns))}")
    params = ", ".join(param.name for param in signature.params)
    return "\n".join([*doc, f"function {signature.name}({params})"])


def _driver_files(code: str, name: str, signature: Signature | None) -> dict[str, str]:
    if signature is not None:
        _declaration(signature)  # refuses what cannot be had
    returns = shape_literal(signature_shape(signature)[0], "{", "}")
    return {
        "solution.lua": code,
        "wanted.lua": f"return '{name if name.isidentifier() else ''}', {returns}\n",
        "driver.lua": driver_source("lua.lua"),
    }


def _test_files(prelude: str, code: str, tests: str) -> dict[str, str]:
    # The line that names an interpreter is none of Lua's, except at the very top.
    return {"solution.lua": f"{prelude}\n{_INTERPRETER.sub('', code)}\n{tests}\n"}


def _with_ending(tests: str, word: str) -> str:
    return f'{tests}\nprint("{word}")\n'


_INTERPRETER = re.compile(r"\A#![^\n]*")


_PROGRAM = Build(run=("lua5.4", "solution.lua"))

LANGUAGE = Language(
    name="lua",
    title="Lua",
    aliases=("lua5.4", "lua54"),
    comment="--",
    file="solution.lua",
    install="lua 5.3 or newer: install lua5.4 (tests may need lua-unit)",
    find=programs(("lua5.4", "lua54", "lua5.3", "lua53", "lua")),
    version=("-v",),
    grammar=Grammar(
        fences=frozenset({"lua", "lua5.4", "luau"}),
        entry=(
            r"^[ \t]*(?:local[ \t]+)?function[ \t]+(?:\w+[.:])*NAME[ \t]*\("
            r"|^[ \t]*(?:local[ \t]+)?(?:\w+\.)*NAME[ \t]*=[ \t]*function\b"
        ),
        definition=lines(
            r"""^(?:local[ \t]+)?function[ \t]+([\w.:]+)
              | ^(?:local[ \t]+)?([\w.]+)[ \t]*=[ \t]*function\b"""
        ),
        binding=lines(r"^local[ \t]+(\w+)[ \t]*= | ^([A-Z_][A-Z0-9_]*)[ \t]*=(?!=)"),
        first_line=lines(
            r"""^(?:(?:local[ \t]+)?function[ \t]+[\w.:]+[ \t]*\( | local[ \t]+\w+[ \t]*(?:,|=|$)
              | [\w.]+[ \t]*=[ \t]*(?:function\b|\{|require\b) | \#! | --)"""
        ),
        statement=lines(
            r"""^(?:return\b | local[ \t] | if[ \t].*\bthen\b | for[ \t].*\bdo\b
              | while[ \t].*\bdo\b | repeat$ | [\w.\[\]]+[ \t]*=(?!=))"""
        ),
        test=lines(
            r"^(?:local[ \t]+)?\w+[ \t]*=[ \t]*require[ \t]*\(?['\"](?:luaunit|busted)"
            r" | ^describe[ \t]*\("
        ),
    ),
    declaration=_declaration,
    reserved=frozenset(
        "do else elseif end false function goto local nil repeat then true until".split()
    ),
    driver=Driver(files=_driver_files, build=Build(run=("lua5.4", "driver.lua"))),
    program=_PROGRAM,
    runners={
        "program": Runner(
            files=_test_files,
            build=_PROGRAM,
            failure=re.compile(r"assertion failed!|\b[1-9]\d* failures?\b"),
            ending=_with_ending,
        )
    },
    overhead_bytes=16 * 1024 * 1024,
)
