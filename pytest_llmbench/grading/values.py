"""Plain values as text: what crosses the border between a judge and an answer.

A tagged JSON codec. Lists, strings, booleans, None and everyday numbers are plain
JSON; every other kind is an object with one key, its tag: `{"tuple": [1, 2]}`.
Only exact builtin types cross as values: an instance of anything else arrives as
an `Opaque`, which equals nothing, so that no `__eq__` of an answer is ever asked.

The workers inside the sandbox use this module too, where start-up time counts:
it imports nothing but C modules that are already there. `_json` is what the
standard `json` module is made of, without its import of `re` (5 ms).
"""

from __future__ import annotations

import sys
from _json import encode_basestring_ascii, make_scanner
from time import monotonic

TYPE_CHECKING = False  # importing it from typing costs more than this module
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = [
    "MAX_DEPTH",
    "MAX_NODES",
    "Opaque",
    "ProtocolViolation",
    "UnsendableError",
    "decode",
    "encode",
    "holds_opaque",
]

MAX_DEPTH = 100
"""Containers inside containers, on both sides."""
MAX_NODES = 1_000_000
"""Values in one message, on the sending side; the receiver bounds bytes."""
_SAFE_INT = 2**53
_REPR_LIMIT = 200
_PLAIN_DICTS = frozenset({"OrderedDict", "defaultdict", "Counter"})
_HASHING_LIMIT_S = 2.0


class ProtocolViolation(BaseException):
    """The other side sent what no honest worker sends.

    A BaseException, so that a check's `except Exception` cannot swallow it.
    """


class UnsendableError(ValueError):
    """The value is too deep or too large to send."""


class Opaque:
    """Something that is not a plain value: its type's name and a short repr.

    It equals nothing, itself included.
    """

    __slots__ = ("text", "type_name")

    def __init__(self, type_name: str, text: str) -> None:
        self.type_name = type_name
        self.text = text

    def __eq__(self, other: object) -> bool:
        return False

    def __ne__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        raise TypeError(f"a {self.type_name} is not a plain value")

    def __repr__(self) -> str:
        return f"<opaque {ascii(self.type_name)[1:-1]}: {ascii(self.text)[1:-1]}>"


def holds_opaque(value: object) -> bool:
    """Whether a value that came from an answer is or contains something opaque."""
    if isinstance(value, dict):
        return any(holds_opaque(item) for pair in value.items() for item in pair)
    if isinstance(value, list | tuple | set | frozenset):
        return any(holds_opaque(item) for item in value)
    return isinstance(value, Opaque)


def encode(value: object) -> str:
    """Write a value as ASCII JSON text; raise UnsendableError where it is too big."""
    parts: list[str] = []
    _Writer(parts).write(value, 0)
    return "".join(parts)


class _Writer:
    """One encoding: the text so far and the number of values in it."""

    __slots__ = ("nodes", "parts")

    def __init__(self, parts: list[str]) -> None:
        self.parts = parts
        self.nodes = 0

    def write(self, value: Any, depth: int) -> None:
        self.nodes += 1
        if depth > MAX_DEPTH:
            raise UnsendableError(f"nested deeper than {MAX_DEPTH} levels")
        if self.nodes > MAX_NODES:
            raise UnsendableError(f"more than {MAX_NODES} values")
        kind = type(value)
        scalar = _SCALARS.get(kind)
        if scalar is not None:
            self.parts.append(scalar(value))
            return
        if kind is list:
            self._items(value, depth)
            return
        name = _SEQUENCES.get(kind)
        if name is not None:
            self.parts.append(f'{{"{name}":')
            self._items(value, depth + 1)
            self.parts.append("}")
            return
        if kind is dict or _is_plain_dict(kind):
            self._pairs(value, depth + 1)
            return
        if kind is Opaque:
            pair = [value.type_name, value.text]
        else:
            pair = [_type_name(kind), _short_repr(value, kind)]
        self.parts.append('{"opaque":')
        self._items(pair, depth + 1)
        self.parts.append("}")

    def _items(self, values: Any, depth: int) -> None:
        parts, separator = self.parts, "["
        for item in values:
            parts.append(separator)
            self.write(item, depth + 1)
            separator = ","
        parts.append("[]" if separator == "[" else "]")

    def _pairs(self, mapping: dict[Any, Any], depth: int) -> None:
        parts, separator = self.parts, ""
        parts.append('{"dict":[')
        for key, item in dict.items(mapping):
            parts.append(separator + "[")
            self.write(key, depth + 1)
            parts.append(",")
            self.write(item, depth + 1)
            parts.append("]")
            separator = ","
        parts.append("]}")


def _int(value: int) -> str:
    # hex(): linear, and without the limit on digits that str() has since 3.11
    return str(value) if -_SAFE_INT <= value <= _SAFE_INT else f'{{"int":"{value:#x}"}}'


def _float(value: float) -> str:
    text = float.__repr__(value)
    return text if text[-1] not in "fn" else f'{{"float":"{text}"}}'


def _complex(value: complex) -> str:
    return f'{{"complex":[{_float(value.real)},{_float(value.imag)}]}}'


def _range(value: range) -> str:
    return f'{{"range":[{_int(value.start)},{_int(value.stop)},{_int(value.step)}]}}'


_SCALARS: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: "null",
    bool: lambda value: "true" if value else "false",
    int: _int,
    float: _float,
    str: encode_basestring_ascii,
    bytes: lambda value: f'{{"bytes":"{value.hex()}"}}',
    complex: _complex,
    range: _range,
}
_SEQUENCES: dict[type, str] = {tuple: "tuple", set: "set", frozenset: "frozenset"}


def _is_plain_dict(kind: type) -> bool:
    """Tell whether this is one of the dictionaries of `collections`, exactly."""
    if getattr(kind, "__name__", None) not in _PLAIN_DICTS:
        return False
    collections = sys.modules.get("collections")
    return getattr(collections, kind.__name__, None) is kind and issubclass(kind, dict)


def _type_name(kind: type) -> str:
    try:
        return str(type.__dict__["__qualname__"].__get__(kind))[:_REPR_LIMIT]
    except Exception:
        return "object"


def _short_repr(value: object, kind: Any) -> str:
    try:
        return str(kind.__repr__(value))[:_REPR_LIMIT]
    except BaseException:
        return "..."


def decode(text: str) -> object:
    """Read one value; raise ProtocolViolation for anything that `encode` never writes."""
    try:
        value, end = _scan(text, 0)
    except ProtocolViolation:
        raise
    except (StopIteration, ValueError, TypeError, RecursionError, OverflowError) as error:
        raise ProtocolViolation(f"not a value: {str(error)[:100]}") from None
    if end != len(text):
        raise ProtocolViolation("text after the value")
    # The scanner stops at the interpreter's recursion limit; the exact depth
    # matters only to text that has brackets enough to be that deep.
    if text.count("[") > MAX_DEPTH and _depth(value) > MAX_DEPTH + 2:
        raise ProtocolViolation(f"nested deeper than {MAX_DEPTH} levels")
    return value


def _depth(value: object) -> int:
    """Count the levels of a value, level by level: hostile depth costs no stack."""
    depth = 0
    level: list[Any] = [value]
    while level:
        depth += 1
        inner: list[Any] = []
        for item in level:
            kind = type(item)
            if kind is dict:
                inner.extend(item.keys())
                inner.extend(item.values())
            elif kind is list or kind in _SEQUENCES:
                inner.extend(item)
        level = inner
    return depth


def _untag(pairs: list[tuple[str, object]]) -> object:
    """Turn one JSON object into the value that its only key names."""
    if len(pairs) != 1:
        raise ProtocolViolation("an object with other than one key")
    tag, payload = pairs[0]
    reader = _READERS.get(tag)
    if reader is None:
        raise ProtocolViolation(f"unknown tag {tag[:40]!r}")
    return reader(payload)


def _expect(payload: Any, kind: Any, length: int | None = None) -> None:
    if type(payload) is not kind or (length is not None and len(payload) != length):
        raise ProtocolViolation(f"a malformed {kind.__name__}")


def _read_int(payload: Any) -> int:
    _expect(payload, str)
    return int(payload, 16)


def _read_float(payload: Any) -> float:
    _expect(payload, str)
    if len(payload) > 40:
        raise ProtocolViolation("a malformed float")
    return float(payload)


def _read_bytes(payload: Any) -> bytes:
    _expect(payload, str)
    return bytes.fromhex(payload)


def _read_tuple(payload: Any) -> tuple[object, ...]:
    _expect(payload, list)
    return tuple(payload)


def _read_set(payload: Any) -> set[object]:
    _expect(payload, list)
    result: set[object] = set()
    _fill(result, payload)
    return result


def _read_frozenset(payload: Any) -> frozenset[object]:
    return frozenset(_read_set(payload))


def _read_dict(payload: Any) -> dict[object, object]:
    _expect(payload, list)
    for pair in payload:
        _expect(pair, list, 2)
    result: dict[object, object] = {}
    _fill(result, payload)
    return result


def _fill(container: Any, items: list[Any]) -> None:
    """Add items in portions against the clock.

    Hashes of numbers are not salted: values chosen to collide make this quadratic.
    """
    started = monotonic()
    for start in range(0, len(items), 1024):
        container.update(items[start : start + 1024])
        if monotonic() - started > _HASHING_LIMIT_S:
            raise ProtocolViolation("values that collide in a hash table")


def _read_complex(payload: Any) -> complex:
    _expect(payload, list, 2)
    real, imag = payload
    if type(real) not in {int, float} or type(imag) not in {int, float}:
        raise ProtocolViolation("a malformed complex")
    return complex(real, imag)


def _read_range(payload: Any) -> range:
    _expect(payload, list, 3)
    for bound in payload:
        _expect(bound, int)
    return range(*payload)


def _read_opaque(payload: Any) -> Opaque:
    _expect(payload, list, 2)
    type_name, text = payload
    _expect(type_name, str)
    _expect(text, str)
    return Opaque(type_name[:_REPR_LIMIT], text[:_REPR_LIMIT])


_READERS: dict[str, Callable[[Any], object]] = {
    "int": _read_int,
    "float": _read_float,
    "bytes": _read_bytes,
    "tuple": _read_tuple,
    "set": _read_set,
    "frozenset": _read_frozenset,
    "dict": _read_dict,
    "complex": _read_complex,
    "range": _read_range,
    "opaque": _read_opaque,
}


def _refuse_constant(name: str) -> object:
    raise ProtocolViolation(f"the bare constant {name}")


class _ScannerSettings:
    """What `_json.make_scanner` reads its settings from."""

    strict = True
    object_hook = None
    object_pairs_hook = staticmethod(_untag)
    parse_float = float
    parse_int = int
    parse_constant = staticmethod(_refuse_constant)
    memo: dict[str, str] = {}  # noqa: RUF012 - part of the scanner's interface


_scan = make_scanner(_ScannerSettings())  # type: ignore[arg-type]
