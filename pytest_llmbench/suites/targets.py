"""The languages that problems are offered in: their names, and a signature in each.

How an answer in one of them is run is the judge's business, not this table's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pytest_llmbench.signature import Signature, TypeRef

__all__ = ["TARGETS", "Target"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One language as a person reads it."""

    name: str
    """A language of the judge."""
    title: str
    fence: str
    """Info string of a fenced code block."""
    declaration: Callable[[Signature], str]
    """The head of the function, as code."""
    reserved: frozenset[str] = frozenset()
    """Words that Python allows as a name and this language does not."""


def _python_type(ref: TypeRef) -> str:
    match ref.name:
        case "any":
            return "object"
        case "union":
            return " | ".join(_python_type(arg) for arg in ref.args)
    if not ref.args:
        return ref.name
    return f"{ref.name}[{', '.join(_python_type(arg) for arg in ref.args)}]"


def _python(signature: Signature) -> str:
    params = ", ".join(f"{param.name}: {_python_type(param.type)}" for param in signature.params)
    return f"def {signature.name}({params}) -> {_python_type(signature.returns)}:"


_JSDOC = {
    "any": "*",
    "int": "number",
    "float": "number",
    "str": "string",
    "bool": "boolean",
    "None": "null",
    "...": "",
}


def _jsdoc_type(ref: TypeRef) -> str:
    if ref.name in _JSDOC:
        return _JSDOC[ref.name]
    inner = [_jsdoc_type(arg) for arg in ref.args if arg.name != "..."]
    match ref.name:
        case "union":
            return "|".join(inner)
        case "tuple" if inner and ref.args[-1].name != "...":
            return f"[{', '.join(inner)}]"
        case "list" | "tuple":
            return f"Array<{inner[0] if inner else '*'}>"
        case "set":
            return f"Set<{inner[0] if inner else '*'}>"
    key, value = inner or ["*", "*"]
    # Text keys make a plain object; only other keys need a Map.
    return f"{'Object' if key in {'string', '*'} else 'Map'}<{key}, {value}>"


def _javascript(signature: Signature) -> str:
    doc = [f" * @param {{{_jsdoc_type(param.type)}}} {param.name}" for param in signature.params]
    doc.append(f" * @returns {{{_jsdoc_type(signature.returns)}}}")
    params = ", ".join(param.name for param in signature.params)
    return "\n".join(["/**", *doc, " */", f"function {signature.name}({params})"])


# fmt: off
_JAVASCRIPT_RESERVED = frozenset(
    {
        "arguments", "case", "catch", "const", "debugger", "default", "delete", "do", "enum",
        "eval", "export", "extends", "false", "function", "implements", "instanceof",
        "interface", "let", "new", "null", "package", "private", "protected", "public",
        "static", "super", "switch", "this", "throw", "true", "typeof", "var", "void"
    }
)
# fmt: on

TARGETS: dict[str, Target] = {
    target.name: target
    for target in (
        Target(name="python", title="Python", fence="python", declaration=_python),
        Target(
            name="javascript",
            title="JavaScript",
            fence="javascript",
            declaration=_javascript,
            reserved=_JAVASCRIPT_RESERVED,
        ),
    )
}
"""Every known language by its name, in the order in which problems are offered."""
