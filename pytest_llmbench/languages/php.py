"""PHP 8, on its command line."""

from __future__ import annotations

import re

from pytest_llmbench.languages.definition import Build, Driver, Language, Runner
from pytest_llmbench.languages.grammar import Grammar, lines
from pytest_llmbench.languages.shapes import check_keys, shape, shape_literal, signature_shape
from pytest_llmbench.languages.sources import driver_source
from pytest_llmbench.languages.toolchains import programs
from pytest_llmbench.signature import Signature, TypeRef

__all__ = ["LANGUAGE"]

_NAMES = {
    "int": "int",
    "float": "float",
    "str": "string",
    "bool": "bool",
    "None": "null",
    "any": "mixed",
}
_KEYS = frozenset({"int", "str", "any"})


def _shape(ref: TypeRef) -> TypeRef:
    """Give a type's shape; raise ValueError for keys that PHP would turn into others."""
    shaped = shape(ref)
    check_keys(shaped, _KEYS, frozenset({"dict"}))
    return shaped


def _doc_type(ref: TypeRef) -> str:
    """Write a shape as static analysers of PHP do."""
    if ref.name in _NAMES:
        return _NAMES[ref.name]
    inner = [_doc_type(arg) for arg in ref.args]
    match ref.name:
        case "optional":
            return f"{inner[0]}|null"
        case "tuple":
            return f"array{{{', '.join(inner)}}}"
        case "dict":
            key, item = inner
            return f"array<{'array-key' if key == 'mixed' else key}, {item}>"
    return f"list<{inner[0]}>"


def _doc(tag: str, ref: TypeRef, name: str = "") -> str:
    note = "  distinct values, in any order" if ref.name == "set" else ""
    return f" * @{tag} {_doc_type(ref)}{name and f' ${name}'}{note}"


def _hint(ref: TypeRef) -> str:
    """Write a shape as PHP itself checks it."""
    if ref.name == "optional":
        inner = _hint(ref.args[0])
        return inner if inner == "mixed" else f"?{inner}"
    if ref.name == "None":
        return "mixed"
    return _NAMES.get(ref.name, "array")


def _declaration(signature: Signature) -> str:
    shapes = [(param.name, _shape(param.type)) for param in signature.params]
    returns = _shape(signature.returns)
    doc = [_doc("param", ref, name) for name, ref in shapes]
    params = ", ".join(f"{_hint(ref)} ${name}" for name, ref in shapes)
    result = "void" if returns.name == "None" else _hint(returns)
    head = f"function {signature.name}({params}): {result}"
    return "\n".join(["<?php", "/**", *doc, _doc("return", returns), " */", head])


_OPENING = re.compile(r"\A\s*(?:#![^\n]*\n\s*)?<\?php\b")
_CLOSING = re.compile(r"\?>\s*\Z")
_STRICT = re.compile(r"\bdeclare\s*\(\s*strict_types\s*=\s*1\s*\)\s*;")


def _bare(code: str) -> str:
    """Take off the tags around code."""
    return _CLOSING.sub("", _OPENING.sub("", code))


def _opened(code: str) -> str:
    """Put a tag before code that has none; what is before one is printed, so that is trimmed."""
    return code.lstrip() if "<?php" in code or "<?=" in code else f"<?php {code}"


def _driver_files(code: str, _name: str, signature: Signature | None) -> dict[str, str]:
    if signature is not None:
        _declaration(signature)  # refuses what cannot be had
    returns = shape_literal(signature_shape(signature)[0], "[", "]")
    return {
        "solution.php": _opened(code),
        "returns.php": f"<?php return {returns};\n",
        "driver.php": driver_source("php.php"),
    }


def _test_files(prelude: str, code: str, tests: str) -> dict[str, str]:
    # Strict types are declared first of all or nowhere, and tests come without.
    parts = [_STRICT.sub("", _bare(part)) for part in (prelude, code, tests)]
    return {"solution.php": "\n".join(["<?php", *parts, ""])}


def _with_ending(tests: str, word: str) -> str:
    return f'{_CLOSING.sub("", tests)}\necho "{word}";\n'


# Without the machine's settings, which are other ones everywhere, and cost a fifth of a start.
_RUN = (
    *("php", "-n", "-d", "display_errors=stderr", "-d", "log_errors=0"),
    *("-d", "extension=ctype", "-d", "extension=mbstring"),
    *("-d", "memory_limit={heap_mib}M"),
)
_PROGRAM = Build(run=(*_RUN, "solution.php"))

LANGUAGE = Language(
    name="php",
    title="PHP",
    aliases=("php8",),
    comment="//",
    file="solution.php",
    install="php 8 with mbstring: install php-cli and php-mbstring",
    find=programs("php"),
    grammar=Grammar(
        fences=frozenset({"php", "php8"}),
        entry=r"^[ \t]*function[ \t]+&?[ \t]*NAME[ \t]*\(",
        definition=lines(
            r"""^(?:(?:abstract|final|readonly)[ \t]+)*
                (?:function[ \t]+&?|class[ \t]+|interface[ \t]+|trait[ \t]+|enum[ \t]+)(\w+)"""
        ),
        binding=lines(
            r"""^(?:const[ \t]+|define\([ \t]*['"])(\w+) | ^use[ \t]+(?:\w*\\)*(\w+)[ \t]*;"""
        ),
        first_line=lines(
            r"""^(?:<\?(?:php|=) | (?:namespace|use)[ \t]+[\w\\]+[ \t]*; | declare[ \t]*\(
              | (?:abstract[ \t]+|final[ \t]+)?(?:class|interface|trait)[ \t]+\w+[ \t]*(?:\{|$)
              | function[ \t]+&?\w+[ \t]*\( | \$\w+[ \t]*= | //|/\*|\#!)"""
        ),
        statement=lines(
            r"""^(?:(?:return|echo|throw|unset)\b | \$\w+
              | (?:if|for|foreach|while|switch)[ \t]*\()"""
        ),
        test=lines(r"^(?:final[ \t]+)?class[ \t]+\w+[ \t]+extends[ \t]+\\?(?:\w+\\)*TestCase\b"),
    ),
    declaration=_declaration,
    reserved=frozenset(
        "abstract array as break callable case catch class clone const continue declare default "
        "do echo else elseif empty enddeclare endfor endforeach endif endswitch endwhile eval "
        "exit extends final finally fn for foreach function global goto if implements include "
        "include_once instanceof insteadof interface isset list match namespace new or print "
        "private protected public readonly require require_once return static switch this throw "
        "trait try unset use var while xor yield".split()
    ),
    driver=Driver(files=_driver_files, build=Build(run=(*_RUN, "driver.php"))),
    program=_PROGRAM,
    runners={
        "program": Runner(
            files=_test_files,
            build=_PROGRAM,
            failure=re.compile(
                r"Uncaught (?:Exception: Test failed|AssertionError)|Failed asserting that"
            ),
            ending=_with_ending,
        )
    },
    overhead_bytes=64 * 1024 * 1024,
    processes=2,
)
