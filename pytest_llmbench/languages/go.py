"""Go: the compiler and the linker of its toolchain, called directly.

An answer is a file of package `main`; what calls it, and its tests, are other files of that
package, where its private functions can be seen. They act when the program is initialised,
after the answer's own initialisation, so that its `main` may stay.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace

from pytest_llmbench.languages.braces import with_last_statement
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
from pytest_llmbench.languages.toolchains import ask_path, outside_usr
from pytest_llmbench.signature import Signature, TypeRef

__all__ = ["LANGUAGE"]


def _find() -> Toolchain | None:
    root = ask_path("go", "env", "GOROOT")
    if root is None or not os.access(root / "bin" / "go", os.X_OK):
        return None
    return Toolchain(programs=(("go", root / "bin" / "go"),), folders=outside_usr(root))


_NAMES = {"int": "int", "float": "float64", "bool": "bool", "str": "string"}
_FIELDS = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth")


class _Types:
    """The types of a signature; tuples get names, in the order in which they are met."""

    def __init__(self) -> None:
        self.tuples: dict[str, str] = {}
        """Names, by what they stand for."""

    def type(self, ref: TypeRef) -> str:
        """Write a type; raise ValueError for one that Go does not have."""
        args = [arg for arg in ref.args if arg.name != "..."]
        match ref.name:
            case name if name in _NAMES:
                return _NAMES[name]
            case "union":
                inner = [arg for arg in args if arg.name != "None"]
                if len(inner) == 1 and len(args) == 2:
                    return f"*{self.type(inner[0])}"
            case "list" if args:
                return f"[]{self.type(args[0])}"
            case "tuple" if ref.args[-1:] == (TypeRef("..."),):
                return f"[]{self.type(args[0])}"
            case "tuple" if 0 < len(args) <= len(_FIELDS):
                return self._tuple(args)
            case "set" if args:
                return f"map[{self._key(args[0])}]struct{{}}"
            case "dict" if args:
                return f"map[{self._key(args[0])}]{self.type(args[1])}"
        raise ValueError(f"there is no type for {ref}")

    def _tuple(self, args: list[TypeRef]) -> str:
        fields = "; ".join(
            f"{field} {self.type(arg)}" for field, arg in zip(_FIELDS, args, strict=False)
        )
        known = {meaning: name for name, meaning in self.tuples.items()}
        name = known.get(fields, f"Tuple{len(self.tuples) + 1}")
        self.tuples[name] = fields
        return name

    def _key(self, ref: TypeRef) -> str:
        if _has_no_equality(ref):
            raise ValueError(f"there is no type for a set or a map of {ref}")
        return self.type(ref)

    def returned(self, ref: TypeRef) -> str:
        """Write the type that a function returns: a tuple is several values."""
        if ref.name == "None":
            return ""
        is_tuple = ref.name == "tuple" and len(ref.args) > 1 and ref.args[-1].name != "..."
        if is_tuple:
            return f" ({', '.join(map(self.type, ref.args))})"
        return f" {self.type(ref)}"

    def definitions(self, code: str = "") -> str:
        """Define those tuples that an answer does not define itself."""
        return "".join(
            f"type {name} struct {{ {fields} }}\n"
            for name, fields in self.tuples.items()
            if not re.search(rf"^[ \t]*(?:type[ \t]+)?{name}[ \t]", code, re.MULTILINE)
        )


def _has_no_equality(ref: TypeRef) -> bool:
    """Tell whether values of a type, or the pointers to them, cannot be told to be equal."""
    return ref.name in {"list", "dict", "set", "union"} or any(map(_has_no_equality, ref.args))


def _declaration(signature: Signature) -> str:
    types = _Types()
    params = ", ".join(f"{param.name} {types.type(param.type)}" for param in signature.params)
    head = f"func {signature.name}({params}){types.returned(signature.returns)}"
    return "\n".join(part for part in ("package main\n", types.definitions(), head) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """A file of Go, taken apart."""

    imports: tuple[tuple[str, str], ...]
    """Names (mostly empty) and paths."""
    body: str
    """The rest, each line in its place."""
    is_whole: bool
    """Whether it begins as a file does."""

    def text(self) -> str:
        """Write it as a file of package main, without moving a line."""
        imports = "".join(f'import {name} "{path}"; ' for name, path in self.imports)
        return f"package main; {imports}{self.body}\n"

    def uses(self, imported: tuple[str, str]) -> bool:
        name = imported[0] or _name_of(imported[1])
        code = _COMMENT.sub("", self.body)
        return name in {"_", "."} or re.search(rf"\b{name}\.[A-Z]", code) is not None

    def used(self) -> _Source:
        """Leave out the imports that it does not use."""
        return replace(self, imports=tuple(filter(self.uses, self.imports)))

    def lacking(self, offered: tuple[tuple[str, str], ...]) -> _Source:
        """Add those imports that it uses and does not have."""
        names = {name or _name_of(path) for name, path in self.imports}
        added = [
            imported
            for imported in offered
            if (imported[0] or _name_of(imported[1])) not in names and self.uses(imported)
        ]
        return replace(self, imports=(*self.imports, *dict.fromkeys(added)))


def _name_of(path: str) -> str:
    parts = path.split("/")
    is_version = len(parts) > 1 and re.fullmatch(r"v\d+", parts[-1])
    return parts[-2 if is_version else -1]


_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_PACKAGE = re.compile(r"^package[ \t]+\w+[ \t]*;?", re.MULTILINE)
_IMPORT = re.compile(
    r"""^[ \t]*import[ \t]*(?:\(([^)]*)\)|((?:[\w.]+[ \t]+)?["`][^"`\n]*["`]))[ \t]*;?""",
    re.MULTILINE,
)
_SPEC = re.compile(r"""^[ \t]*(?:import[ \t]+)?([\w.]*)[ \t]*["`]([^"`\n]+)["`]""", re.MULTILINE)
_FIRST_DECLARATION = re.compile(r"^(?:func|type|var|const)\b", re.MULTILINE)


def _source(code: str) -> _Source:
    first = _FIRST_DECLARATION.search(code)
    end = first.start() if first else len(code)
    head, rest = code[:end], code[end:]
    imports = tuple(
        (spec[1], spec[2])
        for found in _IMPORT.finditer(head)
        for line in (found[1] or found[2]).replace(";", "\n").split("\n")
        if (spec := _SPEC.match(line))
    )
    is_whole = bool(imports or _PACKAGE.search(head))
    for pattern in (_PACKAGE, _IMPORT):
        head = pattern.sub(lambda found: "\n" * found[0].count("\n"), head)
    return _Source(imports=imports, body=head + rest, is_whole=is_whole)


_STANDARD = tuple(
    ("", path)
    for path in (
        "bufio bytes container/heap container/list crypto/md5 encoding/hex encoding/json errors "
        "fmt io math math/big math/bits math/cmplx math/rand os reflect regexp slices sort "
        "strconv strings sync testing time unicode unicode/utf8 "
        "github.com/stretchr/testify/assert"
    ).split()
)
"""Offered to code that comes without imports, as a function alone often does."""


def _answer(code: str) -> _Source:
    source = _source(code)
    return source if source.is_whole else source.lacking(_STANDARD)


_MAIN = re.compile(r"^func[ \t]+main[ \t]*\(", re.MULTILINE)
_LAST_FILE = "zz_llmbench.go"
"""Named so that it is initialised last."""
_NO_MAIN = "func main() {}\n"
_DRIVER = {"path/src/llmbench/llmbench.go": driver_source("go.go")}
_ASSERT = {"path/src/github.com/stretchr/testify/assert/assert.go": driver_source("go_assert.go")}


def _driver_files(code: str, _name: str, signature: Signature | None) -> dict[str, str]:
    assert signature is not None
    types = _Types()
    for param in signature.params:
        types.type(param.type)
    types.returned(signature.returns)
    calls = f"func init() {{ llmbench.Serve({signature.name}) }}\n"
    main = "" if _MAIN.search(code) else _NO_MAIN
    last = f'package main\n\nimport "llmbench"\n\n{types.definitions(code)}{calls}{main}'
    return {"solution.go": _answer(code).text(), _LAST_FILE: last, **_DRIVER}


def _test_files(prelude: str, code: str, tests: str) -> dict[str, str]:
    """Make a file of each part, and give each the imports that it uses, whoever has them.

    The prompt of a benchmark imports what its tests need, or nobody.
    """
    before, answer, after = _source(prelude), _answer(code), _source(tests)
    if _MAIN.search(prelude + tests):
        answer = replace(answer, body=_MAIN.sub("func llmbench_answers_main(", answer.body))
    sources = {
        "solution.go": answer.used().lacking(before.imports),
        "tests.go": after.used().lacking((*before.imports, *answer.imports, *_STANDARD)),
    }
    if before.body.strip():
        sources["prelude.go"] = before.used()
    return {**{name: source.text() for name, source in sources.items()}, **_ASSERT}


_TEST = re.compile(r"^func[ \t]+(Test(?![a-z])\w*)[ \t]*\(\w+[ \t]+\*testing\.T\)", re.MULTILINE)


def _go_test_files(prelude: str, code: str, tests: str) -> dict[str, str]:
    """Run all tests as `go test` does."""
    listed = "".join(f'{{"{name}", {name}}}, ' for name in _TEST.findall(f"{prelude}\n{tests}"))
    main = "" if _MAIN.search("\n".join((prelude, code, tests))) else _NO_MAIN
    last = _RUN_TESTS.format(tests=listed, main=main)
    return {**_test_files(prelude, code, tests), _LAST_FILE: last}


_RUN_TESTS = """\
package main

import "testing"

func init() {{
	tests := []testing.InternalTest{{{tests}}}
	testing.Main(func(_, _ string) (bool, error) {{ return true, nil }}, tests, nil, nil)
}}
{main}"""


def _with_last_test(tests: str, word: str) -> str:
    return f'{tests}\nfunc TestLlmbenchEnd(t *testing.T) {{ println("{word}") }}\n'


def _with_ending(tests: str, word: str) -> str:
    return with_last_statement(tests, _MAIN_HEAD, f'println("{word}")')


_MAIN_HEAD = re.compile(r"^func[ \t]+main[ \t]*\(\)[ \t]*\{", re.MULTILINE)
_BUILD = Build(commands=(("/bin/sh", "-c", driver_source("go.sh")),), run=("./main",))

LANGUAGE = Language(
    name="go",
    title="Go",
    aliases=("golang",),
    comment="//",
    file="solution.go",
    install="go: install golang-go, or a toolchain from go.dev",
    image="golang:1",
    find=_find,
    version=("version",),
    grammar=Grammar(
        fences=frozenset({"go", "golang"}),
        entry=r"^func[ \t]+NAME[ \t]*[(\[]",
        definition=lines(r"^func[ \t]+(?:\([^)\n]*\)[ \t]*)?(\w+)[ \t]*[(\[] | ^type[ \t]+(\w+)"),
        binding=lines(
            r"""^import[ \t]+(?:[\w.]+[ \t]+)?"(?:[\w.-]+/)*([\w.-]+)"
              | ^[ \t]+(?:\w+[ \t]+)?"(?:[\w.-]+/)*([\w.-]+)"[ \t]*$
              | ^(?:const|var)[ \t]+(\w+)"""
        ),
        first_line=lines(
            r"""^(?:package[ \t]+\w+[ \t]*$ | import[ \t]*[("] | func[ \t]+[\w(] | //|/\*
              | type[ \t]+\w+[ \t]+\w | (?:const|var)[ \t]*[\w(])"""
        ),
        statement=lines(
            r"^(?:return\b|if[ \t]|for[ \t{]|switch[ \t{]|var[ \t]|\w+(?:,[ \t]*\w+)*[ \t]*:=)"
        ),
        test=lines(r"^func[ \t]+(?:Test|Benchmark|Example)[A-Z_]\w*[ \t]*\("),
    ),
    declaration=_declaration,
    reserved=frozenset(
        "break case chan const continue default defer else fallthrough for func go goto if import "
        "init interface main map package range return select struct switch type var".split()
    ),
    driver=Driver(files=_driver_files, build=_BUILD, needs_signature=True),
    program=_BUILD,
    runners={
        "program": Runner(
            files=_test_files,
            build=_BUILD,
            failure=re.compile(r"^panic: ", re.MULTILINE),
            ending=_with_ending,
        ),
        "gotest": Runner(
            files=_go_test_files,
            build=_BUILD,
            failure=re.compile(r"--- FAIL: [^\n]*\n[ \t]+[\w.]+\.go:\d+:"),
            ending=_with_last_test,
        ),
    },
    cache=Cache(
        files={"llmbench.go": driver_source("go.go"), "assert.go": driver_source("go_assert.go")},
        commands=(("/bin/sh", "-c", driver_source("go_cache.sh")),),
    ),
    # Otherwise it has as many threads as the machine has processors.
    environment={"GOMAXPROCS": "4"},
    overhead_bytes=192 * 1024 * 1024,
    processes=16,
)
