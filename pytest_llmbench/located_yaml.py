"""YAML that remembers its line numbers, so that every mistake can be pointed at."""

from __future__ import annotations

import difflib
import math
import reprlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from pytest_llmbench.hostile_text import storable

if TYPE_CHECKING:
    import yaml

__all__ = ["Located", "LocatedError", "load_located"]

_MAX_DEPTH = 200
_MAX_VALUES = 1_000_000

_Pair: TypeAlias = "tuple[Any, int, yaml.Node]"
"""A key, the line it stands on, and its value."""


class LocatedError(ValueError):
    """A mistake in a data file; reads `path:line: what is wrong and what would be right`."""

    def __init__(self, path: Path | str, line: int, what: str) -> None:
        super().__init__(f"{path}:{line}: {what}")


@dataclass(frozen=True, slots=True, eq=False)
class Located:
    """A value with the place it stands at; mappings and sequences hold `Located` items."""

    value: Any
    path: str
    line: int
    label: str = ""
    """How messages name it: the key, or `item 3 of models`."""

    def mistake(self, what: str) -> LocatedError:
        return LocatedError(self.path, self.line, what)

    def plain(self) -> Any:
        """Give the value without its places."""
        if isinstance(self.value, dict):
            return {key: item.plain() for key, item in self.value.items()}
        if isinstance(self.value, list):
            return [item.plain() for item in self.value]
        return self.value

    def mapping(self) -> dict[str, Located]:
        """Give the value as a mapping with string keys, or say that it is none."""
        if not isinstance(self.value, dict):
            raise self.mistake(f"{self._name}must be a mapping (key: value), not {self._kind}")
        for key in self.value:
            if not isinstance(key, str):
                raise self.mistake(f"key {key!r} must be text; put it in quotes")
        return self.value

    def items(self) -> list[Located]:
        """Give the value as a sequence, or say that it is none."""
        if not isinstance(self.value, list):
            raise self.mistake(f"{self._name}must be a list, not {self._kind}")
        return self.value

    def text(self) -> str:
        """Give the value as text; numbers and booleans are not taken for text."""
        if not isinstance(self.value, str):
            raise self.mistake(f"{self._name}must be text, not {self._kind}; put it in quotes")
        if storable(self.value) != self.value:
            raise self.mistake(f"{self._name}holds half of a surrogate pair")
        return self.value

    def texts(self) -> tuple[str, ...]:
        """Give a list of texts; a single text counts as a list of one."""
        if isinstance(self.value, str):
            return (self.value,)
        return tuple(item.text() for item in self.items())

    def integer(self, *, minimum: int | None = None) -> int:
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            raise self.mistake(f"{self._name}must be a whole number, not {self._kind}")
        if minimum is not None and self.value < minimum:
            raise self.mistake(f"{self._name}must be at least {minimum}, not {self.value}")
        return self.value

    def number(self, *, minimum: float | None = None, maximum: float | None = None) -> float:
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            raise self.mistake(f"{self._name}must be a number, not {self._kind}")
        if isinstance(self.value, float) and not math.isfinite(self.value):
            raise self.mistake(f"{self._name}must be a finite number, not {self.value}")
        if minimum is not None and not self.value >= minimum:
            raise self.mistake(f"{self._name}must be at least {minimum:g}, not {self.value}")
        if maximum is not None and not self.value <= maximum:
            raise self.mistake(f"{self._name}must be at most {maximum:g}, not {self.value}")
        try:
            return float(self.value)
        except OverflowError:
            raise self.mistake(f"{self._name}is too large a number") from None

    def only(self, known: Iterable[str]) -> None:
        """Refuse keys that are not known, with the nearest known one."""
        names = sorted(known)
        for key, item in self.mapping().items():
            if key not in names:
                near = difflib.get_close_matches(key, names, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(names)}"
                raise item.mistake(f"unknown key {key!r}; {hint}")

    @property
    def _name(self) -> str:
        return f"{self.label}: " if self.label else ""

    @property
    def _kind(self) -> str:
        names = {dict: "a mapping", list: "a list", type(None): "empty"}
        return names.get(type(self.value)) or reprlib.repr(self.value)


def load_located(path: Path) -> Located:
    """Read one YAML document; raise LocatedError for what cannot be read.

    Merge keys (`<<: *defaults`) work; duplicate keys are a mistake, since YAML
    itself would keep the last one in silence.
    """
    import yaml

    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise LocatedError(path, 1, f"cannot be read: {reason}") from None
    try:
        loader, node = _compose(text)
        if node is None:
            raise LocatedError(path, 1, "the file is empty")
        return _Reader(loader, str(path)).read(node, "")
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise LocatedError(path, line, f"not valid YAML: {error.problem}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        what = f"not valid YAML: the character #x{error.character:04x} is not allowed"
        raise LocatedError(path, line, what) from None
    except RecursionError:
        raise LocatedError(path, 1, "not valid YAML: nested too deeply") from None


def _compose(text: str) -> tuple[yaml.SafeLoader, yaml.Node | None]:
    """Compose with libyaml where it is there: it is eight times as fast.

    What it refuses is read again in Python, whose messages are better, and so is what
    is nested deeply: libyaml would overflow the stack.
    """
    import yaml

    if hasattr(yaml, "CSafeLoader"):
        try:
            if _depth(yaml.parse(text, Loader=yaml.CSafeLoader)) < _MAX_DEPTH:
                quick = cast("yaml.SafeLoader", yaml.CSafeLoader(text))
                return quick, quick.get_single_node()
        except (yaml.YAMLError, UnicodeError):
            pass
    loader = yaml.SafeLoader(text)
    return loader, loader.get_single_node()


def _depth(events: Iterable[yaml.Event]) -> int:
    import yaml

    depth = deepest = 0
    for event in events:
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            deepest = max(deepest, depth)
            if deepest >= _MAX_DEPTH:
                break
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return deepest


class _Reader:
    """Turn composed nodes into located values; scalars are PyYAML's own."""

    def __init__(self, loader: yaml.SafeLoader, path: str) -> None:
        self._loader = loader
        self._path = path
        self._open: set[int] = set()
        self._count = 0
        self._merged: dict[int, list[_Pair]] = {}

    def read(self, node: yaml.Node, label: str, line: int | None = None) -> Located:
        at = node.start_mark.line + 1 if line is None else line
        self._tally(1, at)
        self._enter(node, at)
        value = self._value(node, label)
        self._open.discard(id(node))
        return Located(value, self._path, at, label)

    def _tally(self, values: int, line: int) -> None:
        """Count values: a few aliases of aliases can stand for more than memory holds."""
        self._count += values
        if self._count > _MAX_VALUES:
            raise LocatedError(
                self._path, line, f"more than {_MAX_VALUES:,} values, aliases written out"
            )

    def _enter(self, node: yaml.Node, line: int) -> None:
        if id(node) in self._open:
            raise LocatedError(self._path, line, "an alias refers to what contains it")
        self._open.add(id(node))

    def _value(self, node: yaml.Node, label: str) -> Any:
        import yaml

        if isinstance(node, yaml.MappingNode):
            return {key: self.read(value, str(key), line) for key, line, value in self._pairs(node)}
        if isinstance(node, yaml.SequenceNode):
            name = label or "the list"
            return [
                self.read(item, f"item {number} of {name}")
                for number, item in enumerate(node.value, 1)
            ]
        return self._scalar(node)

    def _scalar(self, node: yaml.Node) -> Any:
        try:
            return self._loader.construct_object(node, deep=True)
        except ValueError as error:  # 2026-02-30, or more digits than Python reads
            line = node.start_mark.line + 1
            raise LocatedError(self._path, line, f"cannot be read: {error}") from None

    def _pairs(self, node: yaml.MappingNode) -> list[_Pair]:
        """Give the node's own pairs, then what its merge keys add to them."""
        if id(node) in self._merged:
            return self._merged[id(node)]
        own: dict[Any, _Pair] = {}
        merges: list[tuple[yaml.Node, int]] = []
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if key_node.tag == "tag:yaml.org,2002:merge":
                merges.append((value_node, line))
                continue
            key = self._key(key_node, line)
            if key in own:
                raise LocatedError(
                    self._path, line, f"key {key!r} is given twice (first on line {own[key][1]})"
                )
            own[key] = (key, line, value_node)
        for merge, line in merges:
            for pair in self._from_merge(merge, line):
                own.setdefault(pair[0], pair)
        self._merged[id(node)] = list(own.values())
        return self._merged[id(node)]

    def _key(self, node: yaml.Node, line: int) -> Any:
        import yaml

        if not isinstance(node, yaml.ScalarNode):
            raise LocatedError(self._path, line, "a key must be a single value")
        if node.tag == "tag:yaml.org,2002:value":  # a bare `=`
            return node.value
        return self._scalar(node)

    def _from_merge(self, node: yaml.Node, line: int) -> Iterator[_Pair]:
        """Give the pairs of a merged mapping, or of a list of them: the first one wins."""
        import yaml

        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        for source in sources:
            if not isinstance(source, yaml.MappingNode):
                raise LocatedError(self._path, line, "<< needs a mapping, or a list of mappings")
            if id(source) not in self._merged:
                self._enter(source, line)
                self._pairs(source)
                self._open.discard(id(source))
            pairs = self._merged[id(source)]
            self._tally(len(pairs), line)
            yield from pairs
