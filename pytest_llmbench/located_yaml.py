"""YAML that remembers its line numbers, so that every mistake can be pointed at."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

__all__ = ["Located", "LocatedError", "load_located"]


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

    def number(self, *, minimum: float | None = None) -> float:
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            raise self.mistake(f"{self._name}must be a number, not {self._kind}")
        if minimum is not None and not self.value >= minimum:
            raise self.mistake(f"{self._name}must be at least {minimum:g}, not {self.value}")
        return float(self.value)

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
        return names.get(type(self.value), repr(self.value))


def load_located(path: Path) -> Located:
    """Read one YAML document; raise LocatedError for what cannot be read.

    Merge keys (`<<: *defaults`) work; duplicate keys are a mistake, since YAML
    itself would keep the last one in silence.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise LocatedError(path, 1, f"cannot be read: {reason}") from None
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            raise LocatedError(path, 1, "the file is empty")
        return _Reader(loader, str(path)).read(node, "")
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise LocatedError(path, line, f"not valid YAML: {error.problem}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        if isinstance(error, LocatedError):
            raise
        raise LocatedError(path, 1, f"not valid YAML: {error}") from None
    finally:
        loader.dispose()


class _Reader:
    """Turn composed nodes into located values; scalars are PyYAML's own."""

    def __init__(self, loader: yaml.SafeLoader, path: str) -> None:
        self._loader = loader
        self._path = path
        self._open: set[int] = set()

    def read(self, node: yaml.Node, label: str, line: int | None = None) -> Located:
        at = node.start_mark.line + 1 if line is None else line
        if id(node) in self._open:
            raise LocatedError(self._path, at, "an alias refers to what contains it")
        self._open.add(id(node))
        value = self._value(node, label)
        self._open.discard(id(node))
        return Located(value, self._path, at, label)

    def _value(self, node: yaml.Node, label: str) -> Any:
        if isinstance(node, yaml.MappingNode):
            return dict(self._pairs(node))
        if isinstance(node, yaml.SequenceNode):
            name = label or "the list"
            return [
                self.read(item, f"item {number} of {name}")
                for number, item in enumerate(node.value, 1)
            ]
        return self._loader.construct_object(node, deep=True)

    def _pairs(self, node: yaml.MappingNode) -> Iterator[tuple[Any, Located]]:
        own = {id(key) for key, _ in node.value}
        self._loader.flatten_mapping(node)
        seen: dict[Any, int] = {}
        for key_node, value_node in node.value:
            key = self._loader.construct_object(key_node, deep=True)
            line = key_node.start_mark.line + 1
            if isinstance(key, dict | list | set):
                raise LocatedError(self._path, line, "a key must be a single value")
            if id(key_node) in own and key in seen:
                raise LocatedError(
                    self._path, line, f"key {key!r} is given twice (first on line {seen[key]})"
                )
            if id(key_node) in own:
                seen[key] = line
            yield key, self.read(value_node, str(key), line)
