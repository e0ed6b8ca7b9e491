"""The types of a signature, reduced to what the driver of a dynamic language asks about.

Where a language's own values do not tell a list from a map, or a number from text, its
driver reads and writes by the declared type. It gets that type as a literal of its own
language, so that no driver has to parse one.
"""

from __future__ import annotations

from pytest_llmbench.signature import Signature, TypeRef

__all__ = ["ANY", "check_keys", "parts", "shape", "shape_literal", "signature_shape"]

ANY = TypeRef("any")


def shape(ref: TypeRef) -> TypeRef:
    """Write a type with every argument there, and `optional[T]` for `T | None`.

    `tuple[T, ...]` is a list, and a union of several types is anything.
    """
    args = tuple(shape(arg) for arg in ref.args if arg.name != "...")
    match ref.name:
        case "union":
            inner = tuple(arg for arg in args if arg.name != "None")
            is_optional = len(inner) == 1 and len(args) == 2
            return TypeRef("optional", inner) if is_optional else ANY
        case "tuple" if not args or ref.args[-1].name == "...":
            return TypeRef("list", args or (ANY,))
        case "list" | "set":
            return TypeRef(ref.name, args or (ANY,))
        case "dict":
            return TypeRef("dict", args or (ANY, ANY))
    return TypeRef(ref.name, args)


def parts(ref: TypeRef) -> list[TypeRef]:
    """Return what a type is made of; of a union, what it is where it is not None."""
    left_out = {"...", "None"} if ref.name == "union" else {"..."}
    return [arg for arg in ref.args if arg.name not in left_out]


def signature_shape(signature: Signature | None) -> tuple[TypeRef, ...]:
    """Give the shapes of the returned value and of every parameter, in this order."""
    if signature is None:
        return (ANY,)
    return (shape(signature.returns), *(shape(param.type) for param in signature.params))


def shape_literal(ref: TypeRef, opening: str, closing: str) -> str:
    """Write a shape as a nested literal: its name in quotes, then its arguments."""
    args = "".join(f", {shape_literal(arg, opening, closing)}" for arg in ref.args)
    return f"{opening}'{ref.name}'{args}{closing}"


def check_keys(ref: TypeRef, allowed: frozenset[str], kinds: frozenset[str]) -> None:
    """Raise ValueError for a container of a kind whose keys or items cannot be had.

    `kinds`: which of `dict` and `set` are held to it.
    """
    if ref.name in kinds and ref.args and ref.args[0].name not in allowed:
        what = "keys" if ref.name == "dict" else "items"
        raise ValueError(f"there is no type for {ref}: its {what} cannot be {ref.args[0]}")
    for arg in ref.args:
        check_keys(arg, allowed, kinds)
