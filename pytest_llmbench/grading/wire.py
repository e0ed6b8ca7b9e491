"""Values as words: what crosses between a driver in any language and its worker.

A driver is a small program in the answer's language, so its format has to be easy to
read and write in all of them: words of ASCII, separated by single spaces, each with its
kind as its first character.

| word | value |
| --- | --- |
| `n`, `t`, `f` | nothing, true, false |
| `i-12` | an integer, of any size |
| `d1.5`, `dnan`, `dinf`, `d-inf` | a float |
| `s6162` | text: hexadecimal digits of its UTF-8 |
| `l2`, `p2`, `h2` | a list, a tuple, a set; that many values follow |
| `m2` | a map; that many pairs of a key and a value follow |
| `o6162 s6162` | anything else: its type's name, and itself as text |

A call is one line: the function's name as a text word, then its arguments as a list.
The reply is one line too: `v` and a value; `e`, the error's type and its message as
text words; `u` and a text word for a value that cannot be sent; `x` where there is no such
function. Before the first call the driver says `r` (ready), `e` as above, or `k` and a
text word: the answer cannot be compiled.
"""

from __future__ import annotations

from pytest_llmbench.grading.values import MAX_DEPTH, Opaque, UnsendableError

TYPE_CHECKING = False  # importing it from typing costs more than this module
if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["WireError", "read_text", "read_value", "read_words", "write_call", "write_value"]


class WireError(ValueError):
    """The driver wrote what no driver writes."""


def write_call(name: str, arguments: list[object]) -> str:
    """Write a call as one line; raise UnsendableError for what has no word."""
    return f"s{_hex(name)} {write_value(arguments)}\n"


def write_value(value: object) -> str:
    """Write a value as words; raise UnsendableError for what has none."""
    words: list[str] = []
    _write(value, words, 0)
    return " ".join(words)


def _write(value: object, words: list[str], depth: int) -> None:
    if depth > MAX_DEPTH:
        raise UnsendableError(f"nested deeper than {MAX_DEPTH} levels")
    match value:
        case None:
            words.append("n")
        case bool():
            words.append("t" if value else "f")
        case int():
            words.append(f"i{value}")
        case float():
            words.append(f"d{value!r}")
        case str():
            words.append(f"s{_hex(value)}")
        case list() | tuple() | set() | frozenset():
            kind = "l" if isinstance(value, list) else "p" if isinstance(value, tuple) else "h"
            words.append(f"{kind}{len(value)}")
            for item in value:
                _write(item, words, depth + 1)
        case dict():
            words.append(f"m{len(value)}")
            for key, item in value.items():
                _write(key, words, depth + 1)
                _write(item, words, depth + 1)
        case _:
            raise UnsendableError(f"a {type(value).__name__} is not a plain value")


def _hex(text: str) -> str:
    return text.encode("utf-8", "surrogatepass").hex()


def read_words(line: str) -> Iterator[str]:
    """Give the words of a line."""
    return iter(line.split())


def read_value(words: Iterator[str]) -> object:
    """Read one value; raise WireError where the words make none."""
    return _read(words, 0)


def read_text(words: Iterator[str]) -> str:
    """Read one text word; raise WireError for anything else."""
    value = _read(words, 0)
    if not isinstance(value, str):
        raise WireError(f"a {type(value).__name__} instead of text")
    return value


def _read(words: Iterator[str], depth: int) -> object:
    word = next(words, "")
    if depth > MAX_DEPTH:
        raise WireError(f"nested deeper than {MAX_DEPTH} levels")
    kind, rest = word[:1], word[1:]
    match kind:
        case "n" | "t" | "f" if not rest:
            return {"n": None, "t": True, "f": False}[kind]
        case "i":
            return _number(int, rest)
        case "d":
            return _number(float, rest)
        case "s":
            return _text(rest)
        case "o":
            return Opaque(_text(rest), read_text(words))
        case "l" | "p" | "h":
            items = [_read(words, depth + 1) for _ in range(_count(rest))]
            if kind == "l":
                return items
            return tuple(items) if kind == "p" else _hashed(set, items)
        case "m":
            pairs = [
                (_read(words, depth + 1), _read(words, depth + 1)) for _ in range(_count(rest))
            ]
            return _hashed(dict, [(_as_key(key), item) for key, item in pairs])
    raise WireError(f"not a value: {word[:40]!r}")


def _hashed(kind: type, items: list[object]) -> object:
    try:
        return kind([_as_key(item) for item in items] if kind is set else items)
    except TypeError as error:
        raise WireError(str(error)) from None


def _as_key(value: object) -> object:
    """Make a list hashable: other languages have lists in sets and as keys."""
    if isinstance(value, list):
        return tuple(_as_key(item) for item in value)
    return frozenset(value) if isinstance(value, set) else value


def _number(kind: type, text: str) -> object:
    try:
        return kind(text)
    except ValueError:
        raise WireError(f"not a number: {text[:40]!r}") from None


def _count(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise WireError(f"not a count: {text[:40]!r}")
    return int(text)


def _text(digits: str) -> str:
    try:
        data = bytes.fromhex(digits)
    except ValueError:
        raise WireError(f"not text: {digits[:40]!r}") from None
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:  # languages whose texts are bytes can return any
        return data.decode("utf-8", "replace")
