"""TypeScript: checked and compiled by its native compiler (7 or newer), run by Node.js.

What the compiler rejects is a compile error, type errors included, as where MultiPL-E was
made. The checks are those without `strict`, and what Node.js adds to the language is
untyped: a missing `@types` package is no mistake of an answer.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from pathlib import Path

from pytest_llmbench.languages.definition import (
    Build,
    Cache,
    Driver,
    Language,
    Runner,
    Toolchain,
)
from pytest_llmbench.languages.grammar import Grammar, lines
from pytest_llmbench.languages.javascript import RESERVED, find_node
from pytest_llmbench.languages.sources import driver_source
from pytest_llmbench.languages.toolchains import outside_usr
from pytest_llmbench.signature import Signature, TypeRef

__all__ = ["LANGUAGE"]

_HOME = "LLMBENCH_TYPESCRIPT_HOME"


def _find() -> Toolchain | None:
    """Find the compiler itself, behind the script that npm puts on the path."""
    node = find_node()
    script = shutil.which("tsc")
    home = os.environ.get(_HOME) or (script and Path(os.path.realpath(script)).parents[1])
    compiler = _compiler(Path(home)) if home else None
    if node is None or compiler is None:
        return None
    return Toolchain(
        programs=(("tsc", compiler), *node.programs),
        folders=(*outside_usr(compiler.parent), *node.folders),
    )


def _compiler(home: Path) -> Path | None:
    """Return the compiler that belongs to a package, or that was installed in a folder.

    It is in a package of its own for each platform, beside its declarations of the standard
    library; npm puts that inside the package or beside it.
    """
    for modules in (home / "node_modules", *home.parents):
        for folder in (modules / "@typescript").glob(f"typescript-{sys.platform}-*/lib"):
            if (folder / "tsc").is_file():
                return Path(os.path.realpath(folder)) / "tsc"
    return None


_NAMES = {
    "any": "any",
    "int": "number",
    "float": "number",
    "str": "string",
    "bool": "boolean",
    "None": "null",
}


def _type(ref: TypeRef) -> str:
    if ref.name in _NAMES:
        return _NAMES[ref.name]
    inner = [_type(arg) for arg in ref.args if arg.name != "..."]
    match ref.name:
        case "union":
            return " | ".join(inner)
        case "tuple" if inner and ref.args[-1].name != "...":
            return f"[{', '.join(inner)}]"
        case "list" | "tuple":
            return _array(inner[0] if inner else "any")
        case "set":
            return f"Set<{inner[0] if inner else 'any'}>"
    key, value = inner or ["any", "any"]
    # Text keys make a plain object; only other keys need a Map.
    if key in {"string", "any"}:
        return f"Record<string, {value}>"
    return f"Map<{key}, {value}>"


def _array(item: str) -> str:
    return f"({item})[]" if " " in item and item[-1] not in ">]" else f"{item}[]"


def _declaration(signature: Signature) -> str:
    params = ", ".join(f"{param.name}: {_type(param.type)}" for param in signature.params)
    result = "void" if signature.returns.name == "None" else _type(signature.returns)
    return f"function {signature.name}({params}): {result}"


def _shape(ref: TypeRef) -> object:
    """Write a type as the driver reads it; empty where only the value can tell."""
    inner = [arg for arg in ref.args if arg.name != "None"]
    if ref.name == "union":
        return _shape(inner[0]) if len(inner) == 1 else []
    if ref.name == "...":
        return ref.name
    return [] if ref.name == "any" else [ref.name, *(_shape(arg) for arg in inner)]


def _driver_files(code: str, _name: str, signature: Signature | None) -> dict[str, str]:
    params = signature.params if signature else ()
    called = {
        "name": signature.name if signature else "",
        "type": ["tuple", *(_shape(param.type) for param in params)],
    }
    return {
        "solution.ts": code,
        "driver.cjs": driver_source("typescript.cjs"),
        "signature.json": json.dumps(called),
    }


def _test_files(prelude: str, code: str, tests: str) -> dict[str, str]:
    return {
        "assert.cjs": driver_source("node_assert.cjs"),
        "solution.ts": f"{prelude}\n{code}\n{tests}\n",
    }


def _with_ending(tests: str, word: str) -> str:
    return f"{tests}\n;console.error({json.dumps(word)});"


_COMPILE = (
    *("tsc", "--target", "es2022", "--lib", "esnext", "--module", "commonjs"),
    *("--esModuleInterop", "true", "--moduleDetection", "force", "--strict", "false"),
    *("--noEmitOnError", "--skipLibCheck", "--singleThreaded", "--pretty", "false", "--sourceMap"),
    # Where the first file is, so the compiled one is beside it whatever the others are.
    *("--rootDir", ".", "solution.ts", "{cache}/node.d.ts"),
)
_RUN = ("node", "--no-warnings", "--max-old-space-size={heap_mib}")
_MAPPED = (*_RUN, "--enable-source-maps")

LANGUAGE = Language(
    name="typescript",
    title="TypeScript",
    aliases=("ts",),
    comment="//",
    file="solution.ts",
    install=(
        "tsc and node: install nodejs (18 or newer), then npm install -g typescript@7"
        f" (or name the folder of its package in {_HOME})"
    ),
    find=_find,
    grammar=Grammar(
        fences=frozenset({"typescript", "ts", "mts", "cts", "tsx", "deno"}),
        entry=(
            r"^(?:export[ \t]+(?:default[ \t]+)?)?(?:(?:async[ \t]+)?function\b[ \t*]*"
            r"|(?:abstract[ \t]+)?class[ \t]+|(?:const|let|var)[ \t]+)NAME(?![\w$])"
            r"|^(?:(?:module\.)?exports\.)?NAME[ \t]*=(?!=)"
        ),
        definition=lines(
            r"""^(?:export[ \t]+(?:default[ \t]+)?)?(?:declare[ \t]+)?
                 (?:(?:async[ \t]+)?function\b[ \t*]*|(?:abstract[ \t]+)?class[ \t]+
                   |interface[ \t]+|type[ \t]+|(?:const[ \t]+)?enum[ \t]+|namespace[ \t]+)([\w$]+)
              | ^(?:export[ \t]+)?(?:const|let|var)[ \t]+([\w$]+)[ \t]*(?::[^=\n]*)?=[ \t]*
                 (?:async\b[ \t]*)?(?:function\b|class\b|<|\([^()\n]*\)[^=\n]*=>|[\w$]+[ \t]*=>)"""
        ),
        binding=lines(
            r"""^import[ \t](.+)
              | ^(?:export[ \t]+)?const[ \t]+([A-Z_][A-Z0-9_]*)[ \t]*[:=]
              | ^(?:const|let|var)[ \t]+([\w$]+|[{\[][^}\]\n]*[}\]])[ \t]*=[ \t]*require\b"""
        ),
        first_line=lines(
            r"""^(?:
                (?:export[ \t]+(?:default[ \t]+)?)?(?:declare[ \t]+)?(?:async[ \t]+)?
                    function\b[ \t*]*(?:[\w$]+[ \t]*)?[(<]
              | (?:export[ \t]+(?:default[ \t]+)?)?(?:abstract[ \t]+)?
                    (?:class|interface)[ \t]+[\w$]+(?:<[^>\n]*>)?[ \t]*(?:extends\b|implements\b|\{)
              | (?:export[ \t]+)?type[ \t]+[\w$]+(?:<[^>\n]*>)?[ \t]*=
              | (?:export[ \t]+)?(?:const[ \t]+)?enum[ \t]+[\w$]+[ \t]*\{
              | (?:export[ \t]+)?(?:const|let|var)[ \t]+[\w$\[{][^=\n]*=
              | import[ \t]+(?:[*{'"]|type\b|[\w$]+[ \t]+from\b)
              | /[/*] | \#!
            )"""
        ),
        statement=lines(
            r"""^(?:
                (?:return|throw)\b
              | (?:if|for|while|switch)[ \t]*\(
              | (?:try|do)[ \t]*\{
              | [A-Za-z_$][\w$.\[\]]*[ \t]*(?:[-+*/%&|^]=|=(?!=))
            )"""
        ),
        test=lines(
            r"""^(?:describe|test|it)\( | ^import[ \t].*\bassert\b
              | ^(?:const|let|var)\b.*\brequire\(['"](?:node:)?(?:assert|test)\b"""
        ),
        text_marks=("`",),
    ),
    declaration=_declaration,
    reserved=RESERVED,
    int_bits=54,  # a number is a double
    driver=Driver(
        files=_driver_files,
        build=Build(commands=(_COMPILE,), run=(*_RUN, "driver.cjs")),
    ),
    program=Build(commands=(_COMPILE,), run=(*_MAPPED, "solution.js")),
    runners={
        "program": Runner(
            files=_test_files,
            build=Build(
                commands=(_COMPILE,), run=(*_MAPPED, "--require", "./assert.cjs", "solution.js")
            ),
            failure=re.compile(r"\bAssertionError\b|\bERR_ASSERTION\b"),
            ending=_with_ending,
        )
    },
    cache=Cache(files={"node.d.ts": driver_source("node.d.ts")}, commands=(), is_needed=True),
    overhead_bytes=256 * 1024 * 1024,
    processes=16,
)
