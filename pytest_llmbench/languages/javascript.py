"""JavaScript, on Node.js."""

from __future__ import annotations

import json
import re
from pathlib import Path

from pytest_llmbench.languages.definition import Build, Language, Runner, Toolchain
from pytest_llmbench.languages.grammar import Grammar, lines
from pytest_llmbench.languages.sources import driver_source
from pytest_llmbench.languages.toolchains import ask_path, on_path, outside_usr
from pytest_llmbench.signature import Signature, TypeRef

__all__ = ["LANGUAGE", "RESERVED", "find_node"]


def find_node() -> Toolchain | None:
    """Find Node.js itself, behind a version manager's script if there is one."""
    executable: Path | None = None
    for name in ("node", "nodejs"):
        executable = executable or on_path(name) or ask_path(name, "-p", "process.execPath")
    if executable is None:
        return None
    return Toolchain(programs=(("node", executable),), folders=outside_usr(executable))


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


def _test_files(prelude: str, code: str, tests: str) -> dict[str, str]:
    return {
        "assert.cjs": driver_source("node_assert.cjs"),
        "solution.js": f"{prelude}\n{code}\n{tests}\n",
    }


def _with_ending(tests: str, word: str) -> str:
    return f"{tests}\n;console.error({json.dumps(word)});"


# fmt: off
RESERVED = frozenset(
    {
        "arguments", "case", "catch", "const", "debugger", "default", "delete", "do", "enum",
        "eval", "export", "extends", "false", "function", "implements", "instanceof",
        "interface", "let", "new", "null", "package", "private", "protected", "public",
        "static", "super", "switch", "this", "throw", "true", "typeof", "var", "void"
    }
)
# fmt: on

_JAVASCRIPT = Grammar(
    fences=frozenset({"javascript", "js", "node", "nodejs", "mjs", "cjs", "es6", "ecmascript"}),
    entry=(
        r"^(?:export[ \t]+(?:default[ \t]+)?)?"
        r"(?:(?:async[ \t]+)?function\b[ \t*]*|class[ \t]+|(?:const|let|var)[ \t]+)NAME(?![\w$])"
        r"|^(?:(?:module\.)?exports\.)?NAME[ \t]*=(?!=)"
    ),
    definition=lines(
        r"""^(?:export[ \t]+(?:default[ \t]+)?)?
             (?:(?:async[ \t]+)?function\b[ \t*]*|class[ \t]+)([\w$]+)
          | ^(?:export[ \t]+)?(?:const|let|var)[ \t]+([\w$]+)[ \t]*=[ \t]*(?:async\b[ \t]*)?
             (?:function\b|class\b|\([^()\n]*\)[ \t]*=>|[\w$]+[ \t]*=>)"""
    ),
    binding=lines(
        r"""^import[ \t](.+)
          | ^(?:const|let|var)[ \t]+([A-Z_][A-Z0-9_]*)[ \t]*=
          | ^(?:const|let|var)[ \t]+([\w$]+|[{\[][^}\]\n]*[}\]])[ \t]*=[ \t]*require\b"""
    ),
    first_line=lines(
        r"""^(?:
            (?:export[ \t]+(?:default[ \t]+)?)?(?:async[ \t]+)?
                function\b[ \t*]*(?:[\w$]+[ \t]*)?\(
          | (?:export[ \t]+(?:default[ \t]+)?)?class[ \t]+[\w$]+[ \t]*(?:extends\b|\{)
          | (?:export[ \t]+)?(?:const|let|var)[ \t]+[\w$\[{][^=\n]*=
          | import[ \t]+(?:[*{'"]|[\w$]+[ \t]+from\b)
          | (?:module\.)?exports\b
          | ['"]use[ ]strict | /[/*] | \#!
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
)

_RUN = ("node", "--max-old-space-size={heap_mib}")

LANGUAGE = Language(
    name="javascript",
    title="JavaScript",
    aliases=("js", "node", "nodejs"),
    comment="//",
    file="solution.js",
    install="node: install nodejs (18 or newer)",
    image="node:22",
    find=find_node,
    grammar=_JAVASCRIPT,
    declaration=_javascript,
    reserved=RESERVED,
    int_bits=None,  # what a number cannot hold is a BigInt
    worker="javascript_worker.cjs",
    flags=("--no-warnings",),
    program=Build(run=(*_RUN, "solution.js")),
    runners={
        "program": Runner(
            files=_test_files,
            build=Build(run=(*_RUN, "--require", "./assert.cjs", "solution.js")),
            failure=re.compile(r"\bAssertionError\b|\bERR_ASSERTION\b"),
            ending=_with_ending,
        )
    },
    memory_flag="--max-old-space-size={}",
    overhead_bytes=256 * 1024 * 1024,
    processes=16,
)
