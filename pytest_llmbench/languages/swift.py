"""Swift, with the compiler of swift.org or of a distribution."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from pytest_llmbench.languages.definition import Build, Driver, Language, Runner, Toolchain
from pytest_llmbench.languages.grammar import Grammar, lines
from pytest_llmbench.languages.sources import driver_source
from pytest_llmbench.signature import Signature, TypeRef

__all__ = ["LANGUAGE"]


def _find() -> Toolchain | None:
    """Find the compiler under its own name, which decides what it does.

    Outside `/usr` the name is a link too, in the folder of the toolchain.
    """
    found = shutil.which("swiftc")
    if found is None:
        return None
    if Path(found).is_relative_to("/usr") or Path(found).is_relative_to("/bin"):
        return Toolchain(programs=(("swiftc", Path(found)),))
    compiler = Path(os.path.realpath(found)).parent / "swiftc"
    if not compiler.exists():  # a shim's real name is its own
        return None
    return Toolchain(programs=(("swiftc", compiler),), folders=(compiler.parents[1],))


_NAMES = {"int": "Int", "float": "Double", "str": "String", "bool": "Bool", "None": "Void"}
_CODECS = {"int": "int", "float": "double", "str": "string", "bool": "bool", "None": "nothing"}
_LARGEST_TUPLE = 4
_HASHABLE = frozenset({"int", "float", "str", "bool", "optional", "list"})


def _parts(ref: TypeRef) -> tuple[str, tuple[TypeRef, ...]]:
    """Reduce a type to one that Swift has; raise ValueError where there is none."""
    inner = tuple(arg for arg in ref.args if arg.name not in {"...", "None"})
    match ref.name:
        case name if name in _NAMES:
            return name, ()
        case "union" if len(inner) == 1 and len(ref.args) == 2:
            return "optional", inner
        case "tuple" if ref.args[-1:] == (TypeRef("..."),):
            return "list", inner
        case "tuple" if 2 <= len(ref.args) <= _LARGEST_TUPLE:
            return "tuple", ref.args
        case "set" | "dict" if ref.args and not _is_hashable(ref.args[0]):
            raise ValueError(f"there is no type for {ref}: {ref.args[0]} cannot be hashed")
        case "list" | "set" | "dict" if ref.args:
            return ref.name, ref.args
    raise ValueError(f"there is no type for {ref}")


def _is_hashable(ref: TypeRef) -> bool:
    name, inner = _parts(ref)
    return name in _HASHABLE and all(map(_is_hashable, inner))


def _type(ref: TypeRef) -> str:
    name, inner = _parts(ref)
    match name, [_type(arg) for arg in inner]:
        case "tuple", types:
            return f"({', '.join(types)})"
        case "optional", [item]:
            return f"{item}?"
        case "list", [item]:
            return f"[{item}]"
        case "set", [item]:
            return f"Set<{item}>"
        case "dict", [key, item]:
            return f"[{key}: {item}]"
    return _NAMES[name]


def _codec(ref: TypeRef) -> str:
    """Write what reads and writes a type, in the names of the driver."""
    name, inner = _parts(ref)
    if not inner:
        return f"LLMBench.{_CODECS[name]}"
    function = "dictionary" if name == "dict" else name
    return f"LLMBench.{function}({', '.join(map(_codec, inner))})"


def _declaration(signature: Signature) -> str:
    params = ", ".join(f"{param.name}: {_type(param.type)}" for param in signature.params)
    return f"func {signature.name}({params}) -> {_type(signature.returns)}"


def _driver_files(code: str, _name: str, signature: Signature | None) -> dict[str, str]:
    assert signature is not None
    types = ", ".join(_type(param.type) for param in signature.params)
    reads = [f"{_codec(param.type)}.read(words)" for param in signature.params]
    main = _MAIN.format(
        code=code,
        types=types,
        result=_type(signature.returns),
        name=signature.name,
        arguments=", ".join(reads),
        codec=_codec(signature.returns),
    )
    return {"main.swift": main, "LLMBench.swift": driver_source("LLMBench.swift")}


# Only `main.swift` may have statements of its own, which answers do. The function is taken
# as a value: that way it does not matter which labels its parameters have.
_MAIN = """\
#sourceLocation(file: "solution.swift", line: 1)
{code}
#sourceLocation()
let llmbenchCall: ({types}) throws -> {result} = {name}
LLMBench.serve {{ (words: LLMBench.Words) throws -> String in
    var reply = "v"
    try {codec}.write(llmbenchCall({arguments}), &reply)
    return reply
}}
"""


def _test_files(prelude: str, code: str, tests: str) -> dict[str, str]:
    return {"main.swift": f"{prelude}\n{code}\n{tests}\n"}


def _with_ending(tests: str, word: str) -> str:
    return f'{tests}\nimport Foundation\nfputs("{word}\\n", stderr)\n'


# As version 5 of the language: in version 6 variables at top level are refused to functions.
_SWIFTC = ("swiftc", "-swift-version", "5", "-Onone", "-suppress-warnings", "-wmo")
_RUN = ("./main",)

LANGUAGE = Language(
    name="swift",
    title="Swift",
    comment="//",
    file="main.swift",
    install="swiftc: install swiftlang, or a toolchain from swift.org",
    image="swift:6.0",
    find=_find,
    version_pattern=r"(?<=Swift version )\d+(?:\.\d+)+",
    grammar=Grammar(
        fences=frozenset({"swift"}),
        entry=(
            r"^(?:(?:public|internal|private|fileprivate|@\w+)[ \t]+)*"
            r"(?:func[ \t]+NAME[ \t]*[(<]|(?:let|var)[ \t]+NAME[ \t]*[:=])"
        ),
        definition=lines(
            r"""^(?:(?:public|internal|private|fileprivate|final|indirect|@\w+)[ \t]+)*
                (?:func|class|struct|enum|protocol|actor|typealias)[ \t]+(\w+)"""
        ),
        binding=lines(r"^import[ \t]+([\w.]+) | ^(?:let|var)[ \t]+(\w+)[ \t]*[:=]"),
        first_line=lines(
            r"""^(?:import[ \t]+[A-Z]\w*[ \t]*$
              | (?:(?:public|internal|private|fileprivate|final|indirect)[ \t]+)*
                (?:func[ \t]+\w+[ \t]*[(<] | (?:class|struct|enum|protocol|extension)[ \t]+\w+
                  [^\n]*\{ | typealias[ \t]+\w+[ \t]*=)
              | (?:let|var)[ \t]+\w+[ \t]*[:=] | //|/\*)"""
        ),
        statement=lines(
            r"^(?:return\b|guard\b|if\b|for\b|while\b|switch\b|let\b|var\b|throw\b|defer\b)"
        ),
        test=lines(r"^import[ \t]+(?:XCTest|Testing)\b | ^class.*:[ \t]*XCTestCase"),
    ),
    declaration=_declaration,
    reserved=frozenset(
        "Any Self associatedtype case catch default defer deinit do enum extension fallthrough "
        "false fileprivate func guard init inout internal let nil operator precedencegroup private "
        "protocol public repeat rethrows self static struct subscript super switch throw throws "
        "true typealias var where".split()
    ),
    driver=Driver(
        files=_driver_files,
        build=Build(commands=((*_SWIFTC, "main.swift", "LLMBench.swift", "-o", "main"),), run=_RUN),
        needs_signature=True,
    ),
    program=Build(commands=((*_SWIFTC, "main.swift", "-o", "main"),), run=_RUN),
    runners={
        "program": Runner(
            files=_test_files,
            build=Build(commands=((*_SWIFTC, "main.swift", "-o", "main"),), run=_RUN),
            failure=re.compile(r"Assertion failed|\berror: -\[.*\] : "),
            ending=_with_ending,
        )
    },
    environment={"SWIFT_BACKTRACE": "enable=no"},
    processes=8,
)
