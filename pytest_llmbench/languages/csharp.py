"""C#, on .NET where it is there, else on Mono."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pytest_llmbench.languages.braces import gathered, top_level, with_last_statement
from pytest_llmbench.languages.definition import (
    Build,
    Cache,
    Driver,
    Language,
    Runner,
    Toolchain,
)
from pytest_llmbench.languages.grammar import Grammar, lines
from pytest_llmbench.languages.shapes import parts
from pytest_llmbench.languages.sources import driver_source
from pytest_llmbench.languages.toolchains import outside_usr
from pytest_llmbench.signature import Signature, TypeRef

__all__ = ["LANGUAGE"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Platform:
    """What compiles C# here, and what runs it."""

    toolchain: Toolchain | None
    compile: tuple[str, ...]
    run: tuple[str, ...]
    files: Mapping[str, str] = field(default_factory=dict)
    """Of the cache."""


def _dotnet() -> _Platform | None:
    """Find the compiler inside of an SDK: `dotnet build` costs seconds for one file."""
    command = shutil.which("dotnet")
    if command is None:
        return None
    program = Path(os.path.realpath(command))
    home = program.parent
    compiler = _newest(home / "sdk", "Roslyn/bincore/csc.dll")
    references = _newest(home / "packs" / "Microsoft.NETCore.App.Ref", "ref/net*")
    if compiler is None or references is None:
        return None
    libraries = sorted(path.name for path in references.glob("System*.dll"))
    version = references.name.removeprefix("net")
    options = {"framework": {"name": "Microsoft.NETCore.App", "version": f"{version}.0"}}
    configuration = "{cache}/driver.runtimeconfig.json"
    return _Platform(
        toolchain=Toolchain(
            programs=(("dotnet", program), ("csc", compiler), ("references", references)),
            folders=outside_usr(home),
        ),
        compile=(
            *("dotnet", "{csc}", "-nologo", "-nostdlib", "-langversion:latest", "-warn:0"),
            *(f"-r:{{references}}/{name}" for name in libraries),
        ),
        run=("dotnet", "exec", "--runtimeconfig", configuration),
        files={"driver.runtimeconfig.json": json.dumps({"runtimeOptions": options})},
    )


def _newest(folder: Path, below: str) -> Path | None:
    """Return what lies below the folder of the newest version."""
    found = [(_numbers(path), path) for path in folder.glob(f"*/{below}")]
    return max(found)[1] if found else None


def _numbers(path: Path) -> list[int]:
    return [int(digits) for digits in re.findall(r"\d+", str(path))]


def _mono() -> _Platform:
    command = shutil.which("mono")
    program = Path(os.path.realpath(command)) if command else Path()
    compiler = program.parents[1] / "lib" / "mono" / "4.5" / "mcs.exe" if command else program
    found: Toolchain | None = None
    if compiler.is_file():
        prefix, settings = program.parents[1], Path("/etc/mono")
        folders = [*outside_usr(prefix), *([settings] if settings.is_dir() else [])]
        found = Toolchain(programs=(("mono", program), ("mcs", compiler)), folders=tuple(folders))
    return _Platform(
        toolchain=found,
        compile=("mono", "{mcs}", "-nologo", "-warn:0", "-r:System.Numerics"),
        run=("mono",),
    )


_PLATFORM = _dotnet() or _mono()

_VALUES = {"int": "long", "float": "double", "bool": "bool"}
_CLASSES = {"list": "List", "set": "HashSet", "dict": "Dictionary"}
_MOST_PARTS = 7


def _type(ref: TypeRef) -> str:
    """Write a type; raise ValueError for one that has to be known when it runs."""
    inner = [_type(arg) for arg in parts(ref)]
    match ref.name:
        case "union" if len(inner) == 1:
            is_class = inner[0] == "string" or inner[0].endswith(">")
            return f"{inner[0]} /* or null */" if is_class else f"{inner[0]}?"
        case "list" | "set" | "dict" if inner:
            return f"{_CLASSES[ref.name]}<{', '.join(inner)}>"
        case "tuple" if inner and ref.args[-1].name == "...":
            return f"List<{inner[0]}>"
        case "tuple" if len(inner) == 1:
            return f"Tuple<{inner[0]}>"
        case "tuple" if 1 < len(inner) <= _MOST_PARTS:
            return f"({', '.join(inner)})"
        case "str":
            return "string"
    if ref.name in _VALUES:
        return _VALUES[ref.name]
    raise ValueError(f"there is no type for {ref}")


_USINGS = "using System;\nusing System.Collections.Generic;\nusing System.Linq;\n"


def _declaration(signature: Signature) -> str:
    params = ", ".join(f"{_type(param.type)} {param.name}" for param in signature.params)
    returns = "void" if signature.returns.name == "None" else _type(signature.returns)
    head = f"public static {returns} {signature.name}({params})"
    return f"{_USINGS}\npublic static class Solution\n{{\n    {head}"


_HEADER = re.compile(
    r"^[ \t]*using[ \t]+(?!var\b)(?:static[ \t]+)?[\w.]+[ \t]*(?:=[^;\n]*)?;", re.MULTILINE
)


def _driver_files(code: str, name: str, _signature: Signature | None) -> dict[str, str]:
    return {"Solution.cs": _in_class(code, name)}


def _in_class(code: str, name: str) -> str:
    """Put a method that stands alone into the class that was asked for."""
    outside = top_level(code)
    if not name or re.search(rf"\b{re.escape(name)}[ \t]*\(", outside) is None:
        return code
    headers = list(_HEADER.finditer(outside))
    at = headers[-1].end() if headers else 0
    usings = "".join(line for line in _USINGS.splitlines() if line not in code)
    return f"{usings} {code[:at]} public static class Solution {{ {code[at:]}\n}}\n"


# Tests call it by its short name; the platforms' own prints and goes on, or ends the process.
_DEBUG = """\
public static class Debug
{
    public static void Assert(bool condition, string message = "")
    {
        if (!condition) throw new System.Exception("Assertion failed: " + message);
    }

    public static void WriteLine(object value) { }
}
"""


def _test_files(prelude: str, code: str, tests: str) -> dict[str, str]:
    """Give tests a file of their own, unless they end what the answer has left open."""
    if tests.lstrip().startswith("}"):
        return {"Solution.cs": gathered(_HEADER, prelude, code, tests), "Debug.cs": _DEBUG}
    solution = gathered(_HEADER, prelude, code)
    usings = " ".join(match[0].strip() for match in _HEADER.finditer(solution))
    return {"Solution.cs": solution, "Main.cs": f"{usings}\n{tests}\n", "Debug.cs": _DEBUG}


_MAIN = re.compile(r"\bstatic[ \t]+(?:void|int)[ \t]+Main[ \t]*\(")


def _with_ending(tests: str, word: str) -> str:
    return with_last_statement(tests, _MAIN, f'System.Console.WriteLine("{word}");')


_PROGRAM = Build(
    commands=((*_PLATFORM.compile, "-out:Solution.dll", "-recurse:*.cs"),),
    run=(*_PLATFORM.run, "Solution.dll"),
)
_LIBRARY = ("-target:library", "-out:Solution.dll", "Solution.cs")

LANGUAGE = Language(
    name="csharp",
    title="C#",
    aliases=("c#", "cs", "dotnet"),
    comment="//",
    file="Solution.cs",
    install="dotnet or mono: install a .NET SDK, or mono-mcs",
    image="mono:6.12",
    find=lambda: _PLATFORM.toolchain,
    grammar=Grammar(
        fences=frozenset({"csharp", "c#", "cs", "dotnet"}),
        entry=(
            r"^[ \t]*(?!(?:return|new|else|throw|await|yield|using)\b)"
            r"(?:\[\w+\][ \t]*)?(?:[\w<>\[\](),.?]+[ \t]+)+NAME[ \t]*(?:<\w+>)?\((?![^{\n=]*;)"
        ),
        definition=lines(
            r"""^(?:(?:public|internal|private|static|abstract|sealed|partial|readonly)[ \t]+)*
                 (?:class|struct|interface|enum|record|namespace)[ \t]+([\w.]+)
              | ^(?![ \t]|(?:return|new|else|using|namespace)\b)
                 (?:[\w<>\[\](),.?]+[ \t]+)+(\w+)[ \t]*\((?![^{\n=]*;)"""
        ),
        binding=lines(r"^using[ \t]+(?:static[ \t]+)?[\w.]*?(\w+)[ \t]*;"),
        first_line=lines(
            r"""^(?:using[ \t]+[\w.]+[ \t]*[;=] | using[ \t]+static[ \t] | //|/\* | \#\w
              | namespace[ \t]+[\w.]+
              | (?:(?:public|internal|private|static|abstract|sealed|partial|readonly)[ \t]+)*
                (?:class|struct|interface|enum|record)[ \t]+\w+[^.]*\{?$
              | (?:public|private|internal|static)[ \t]+[\w<>\[\](),.? \t]+\(
              | (?:void|int|long|double|bool|char|string|(?:List|Dictionary|HashSet)<[^\n(]*>)
                (?:\[\])*[ \t]+\w+[ \t]*\()"""
        ),
        statement=lines(
            r"^(?:return\b|(?:if|for|foreach|while|switch|try|using)[ \t]*[({]|throw[ \t]+new\b)"
        ),
        test=lines(r"^using[ \t]+(?:NUnit|Xunit|Microsoft\.VisualStudio\.TestTools)"),
        text_marks=('"""',),
    ),
    declaration=_declaration,
    reserved=frozenset(
        "abstract base bool byte case catch char checked const decimal default delegate do double "
        "enum event explicit extern false fixed float foreach goto implicit in int interface "
        "internal is lock long namespace new null object operator out override params private "
        "protected public readonly ref sbyte sealed short sizeof stackalloc static string struct "
        "switch this throw true try typeof uint ulong unchecked unsafe ushort using virtual void "
        "volatile as break class continue else finally for if return while".split()
    ),
    driver=Driver(
        files=_driver_files,
        build=Build(
            commands=((*_PLATFORM.compile, *_LIBRARY),),
            run=(*_PLATFORM.run, "{cache}/driver.dll", "Solution.dll"),
        ),
    ),
    program=_PROGRAM,
    runners={
        "program": Runner(
            files=_test_files,
            build=_PROGRAM,
            failure=re.compile(r"Assertion failed|Assert\w*Exception"),
            ending=_with_ending,
        )
    },
    cache=Cache(
        files={"driver.cs": driver_source("csharp.cs"), **_PLATFORM.files},
        commands=((*_PLATFORM.compile, "-out:{cache}/driver.dll", "{cache}/driver.cs"),),
        is_needed=True,
    ),
    environment={"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1", "DOTNET_EnableDiagnostics": "0"},
    overhead_bytes=256 * 1024 * 1024,
    processes=24,
)
