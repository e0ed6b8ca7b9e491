"""Typed, language-neutral function signatures: `add(a: int, b: int) -> int`.

Types are written as in Python: `int`, `float`, `str`, `bool`, `None`, `any`,
`list[T]`, `tuple[T, U]`, `tuple[T, ...]`, `set[T]`, `dict[K, V]`, `T | None`.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

__all__ = ["Param", "Signature", "TypeRef", "coerce", "parse_signature"]

_ARITY = {
    "int": 0,
    "float": 0,
    "str": 0,
    "bool": 0,
    "None": 0,
    "any": 0,
    "list": 1,
    "set": 1,
    "dict": 2,
}


@dataclass(frozen=True, slots=True)
class TypeRef:
    """A type: its name and its arguments; `union` and `...` are names too."""

    name: str
    args: tuple[TypeRef, ...] = ()

    def __str__(self) -> str:
        if self.name == "union":
            return " | ".join(str(arg) for arg in self.args)
        if not self.args:
            return self.name
        return f"{self.name}[{', '.join(str(arg) for arg in self.args)}]"


@dataclass(frozen=True, slots=True)
class Param:
    name: str
    type: TypeRef


@dataclass(frozen=True, slots=True)
class Signature:
    name: str
    params: tuple[Param, ...]
    returns: TypeRef

    def __str__(self) -> str:
        params = ", ".join(f"{param.name}: {param.type}" for param in self.params)
        return f"{self.name}({params}) -> {self.returns}"


def parse_signature(text: str) -> Signature:
    """Read `name(param: type, ...) -> type`; raise ValueError with what is wrong."""
    try:
        tree = ast.parse(f"def {text.strip()}: ...")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        msg = f"not a signature: {text!r}; write it like 'add(a: int, b: int) -> int'"
        raise ValueError(msg) from None
    match tree.body:
        case [ast.FunctionDef(body=[ast.Expr(value=ast.Constant(value=v))]) as function] if (
            v is ...
        ):
            pass
        case _:
            msg = f"not one signature: {text!r}; write it like 'add(a: int, b: int) -> int'"
            raise ValueError(msg)
    args = function.args
    if args.vararg or args.kwarg or args.kwonlyargs or args.posonlyargs or args.defaults:
        msg = f"{text!r}: only plain parameters, without defaults, work in every language"
        raise ValueError(msg)
    names = [arg.arg for arg in args.args]
    if len(set(names)) < len(names):
        msg = f"{text!r}: two parameters have the same name"
        raise ValueError(msg)
    params = tuple(
        Param(arg.arg, _type(arg.annotation, f"parameter {arg.arg!r}")) for arg in args.args
    )
    return Signature(function.name, params, _type(function.returns, "the return value"))


def _type(node: ast.expr | None, where: str) -> TypeRef:
    match node:
        case None:
            return TypeRef("any")
        case ast.Constant(value=None):
            return TypeRef("None")
        case ast.Name(id=name) if name in _ARITY or name == "tuple":
            return _checked(TypeRef(name), where)
        case ast.Subscript(value=ast.Name(id=name), slice=inner):
            items = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            args = tuple(
                TypeRef("...")
                if isinstance(item, ast.Constant) and item.value is ...
                else _type(item, where)
                for item in items
            )
            return _checked(TypeRef(name, args), where)
        case ast.BinOp(op=ast.BitOr(), left=left, right=right):
            parts = [_type(left, where), _type(right, where)]
            flat = [
                arg for part in parts for arg in (part.args if part.name == "union" else [part])
            ]
            return TypeRef("union", tuple(flat))
    msg = (
        f"{where}: unknown type {ast.unparse(node)!r}; known: {', '.join(_ARITY)}, tuple, T | None"
    )
    raise ValueError(msg)


def _checked(ref: TypeRef, where: str) -> TypeRef:
    if ref.name == "tuple":
        ellipses = [arg.name for arg in ref.args].count("...")
        if not ellipses or (ellipses == 1 and len(ref.args) == 2 and ref.args[1].name == "..."):
            return ref
        msg = f"{where}: write tuple[T, ...] or tuple[T, U], not {ref}"
        raise ValueError(msg)
    arity = _ARITY.get(ref.name)
    if arity is None:
        msg = f"{where}: unknown type {ref.name!r}; known: {', '.join(_ARITY)}, tuple, T | None"
        raise ValueError(msg)
    if any(arg.name == "..." for arg in ref.args) or len(ref.args) not in {0, arity}:
        msg = f"{where}: {ref.name} takes {arity} type argument(s), not {ref}"
        raise ValueError(msg)
    if ref.name in {"set", "dict"} and ref.args and not _is_hashable(ref.args[0]):
        what = "items of a set" if ref.name == "set" else "keys of a dict"
        msg = f"{where}: {what} cannot be of type {ref.args[0]}"
        raise ValueError(msg)
    return ref


def _is_hashable(ref: TypeRef) -> bool:
    if ref.name in {"tuple", "union"}:
        return all(_is_hashable(arg) for arg in ref.args)
    return ref.name not in {"list", "set", "dict"}


def coerce(value: object, ref: TypeRef) -> object:
    """Turn a value as YAML gives it into the Python value of type `ref`.

    YAML has neither tuples nor sets: a sequence becomes what the type asks for.
    Raise ValueError where the value cannot be of that type.
    """
    match ref.name, value:
        case "any", _:
            return value
        case "None", None:
            return None
        case ("int", int()) | ("float", float()) | ("str", str()) if not isinstance(value, bool):
            return value
        case "float", int() if not isinstance(value, bool):
            return float(value)
        case "bool", bool():
            return value
        case "union", _:
            return _coerce_union(value, ref)
        case (("list" | "set" | "tuple"), (list() | tuple() | set() | frozenset())):
            return _coerce_sequence(list(value), ref)
        case "dict", dict():
            key, item = ref.args or (TypeRef("any"), TypeRef("any"))
            return _coerce_dict(value, key, item)
    msg = f"{value!r} is not of type {ref}"
    raise ValueError(msg)


def _coerce_dict(value: dict[object, object], key: TypeRef, item: TypeRef) -> object:
    coerced = {coerce(k, key): coerce(v, item) for k, v in value.items()}
    if len(coerced) < len(value):
        msg = f"{value!r} has two keys that are equal as {key}"
        raise ValueError(msg)
    return coerced


def _coerce_union(value: object, ref: TypeRef) -> object:
    for arg in ref.args:
        try:
            return coerce(value, arg)
        except ValueError:
            continue
    msg = f"{value!r} is not of type {ref}"
    raise ValueError(msg)


def _coerce_sequence(items: list[object], ref: TypeRef) -> object:
    if ref.name == "tuple" and ref.args and ref.args[-1].name != "...":
        if len(items) != len(ref.args):
            msg = f"{items!r} is not of type {ref}"
            raise ValueError(msg)
        return tuple(coerce(item, arg) for item, arg in zip(items, ref.args, strict=True))
    element = ref.args[0] if ref.args else TypeRef("any")
    coerced = [coerce(item, element) for item in items]
    if ref.name == "tuple":
        return tuple(coerced)
    if ref.name == "set":
        try:
            return set(coerced)
        except TypeError:
            msg = f"{items!r}: items of a set must be numbers, text or tuples"
            raise ValueError(msg) from None
    return coerced
