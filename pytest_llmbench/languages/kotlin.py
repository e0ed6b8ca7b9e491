"""Kotlin, on the Java platform."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import replace
from pathlib import Path

from pytest_llmbench.languages.braces import gathered, with_last_statement
from pytest_llmbench.languages.definition import (
    Build,
    Driver,
    Language,
    Runner,
    Server,
    Toolchain,
)
from pytest_llmbench.languages.grammar import Grammar, lines
from pytest_llmbench.languages.jvm import (
    COMPILE,
    OVERHEAD_BYTES,
    PROCESSES,
    RUN,
    SERVE,
    driver_cache,
    find_jdk,
)
from pytest_llmbench.languages.shapes import parts
from pytest_llmbench.languages.toolchains import outside_usr
from pytest_llmbench.signature import Signature, TypeRef

__all__ = ["LANGUAGE"]

_HOME_VARIABLE = "LLMBENCH_KOTLIN_HOME"
_NAMES = {"int": "Long", "float": "Double", "bool": "Boolean", "str": "String"}
_COLLECTIONS = {"list": "List", "set": "Set", "dict": "Map"}
_TUPLES = {2: "Pair", 3: "Triple"}


def _find() -> Toolchain | None:
    home, jdk = _home(), find_jdk()
    if home is None or jdk is None:
        return None
    programs, folders = jdk
    jars = {
        "compiler": "kotlin-compiler.jar",
        "library": "kotlin-stdlib.jar",
        "coroutines": "kotlinx-coroutines-core-jvm.jar",
        "testing": "kotlin-test.jar",
    }
    found = tuple((name, home / "lib" / jar) for name, jar in jars.items())
    if not all(path.is_file() for _, path in found):
        return None
    return Toolchain(programs=(*programs, *found), folders=(*folders, *outside_usr(home)))


def _home() -> Path | None:
    """Find the compiler's folder: named, or the one that holds a command on the path.

    The package of npm has no command but that of the compiler to JavaScript.
    """
    if _HOME_VARIABLE in os.environ:
        return Path(os.path.realpath(os.environ[_HOME_VARIABLE]))
    for command in ("kotlinc", "kotlinc-js"):
        if found := shutil.which(command):
            return Path(os.path.realpath(found)).parents[1]
    return None


def _version(toolchain: Toolchain) -> str | None:
    compiler = dict(toolchain.programs)["compiler"]
    try:
        return (compiler.parents[1] / "build.txt").read_text("utf-8").strip()
    except OSError:
        return None


def _type(ref: TypeRef) -> str:
    """Write a type; raise ValueError for one that has to be known when it runs."""
    inner = [_type(arg) for arg in parts(ref)]
    match ref.name:
        case "list" | "set" | "dict" if inner:
            return f"{_COLLECTIONS[ref.name]}<{', '.join(inner)}>"
        case "union" if len(inner) == 1:
            return f"{inner[0]}?"
        case "tuple" if len(inner) in _TUPLES:
            return f"{_TUPLES[len(inner)]}<{', '.join(inner)}>"
        case "tuple" if inner:
            return f"List<{inner[0] if len(set(inner)) == 1 else 'Any?'}>"
    if ref.name in _NAMES:
        return _NAMES[ref.name]
    raise ValueError(f"there is no type for {ref}")


def _declaration(signature: Signature) -> str:
    params = ", ".join(f"{param.name}: {_type(param.type)}" for param in signature.params)
    returns = "" if signature.returns.name == "None" else f": {_type(signature.returns)}"
    return f"fun {signature.name}({params}){returns}"


def _driver_files(code: str, _name: str, _signature: Signature | None) -> dict[str, str]:
    return {"Solution.kt": code}


_PACKAGE = re.compile(r"^[ \t]*package[ \t][^\n]*$", re.MULTILINE)
_IMPORT = re.compile(r"^[ \t]*import[ \t]+[^\n]*$", re.MULTILINE)


def _test_files(prelude: str, code: str, tests: str) -> dict[str, str]:
    """Give tests a file of their own, because an answer may have a `main` too."""
    prelude, code = _PACKAGE.sub("", prelude), _PACKAGE.sub("", code)
    if tests.lstrip().startswith("}"):  # they end what the answer has left open
        return {"Solution.kt": gathered(_IMPORT, prelude, code, tests)}
    solution = gathered(_IMPORT, prelude, code)
    imports = "\n".join(_IMPORT.findall(solution))
    return {"Solution.kt": solution, "Main.kt": f"{imports}\n{tests}\n"}


_MAIN = re.compile(r"\bfun[ \t]+main[ \t]*\(")


def _with_ending(tests: str, word: str) -> str:
    return with_last_statement(tests, _MAIN, f'println("{word}")')


_SAMPLE = """\
import kotlin.math.sqrt

data class Item(val name: String, val size: Int)

fun sample(words: List<String>, least: Long?): Map<String, List<Double>> {
    val found = mutableMapOf<String, MutableList<Double>>()
    for ((index, word) in words.withIndex()) {
        if (word.length > (least ?: 3L) && index % 2 == 0) {
            found.getOrPut(word) { mutableListOf() }.add(sqrt(word.length.toDouble()))
        }
    }
    val squares = IntArray(10) { it * it }
    val even = squares.filter { it % 2 == 0 }.sortedDescending().map { "x$it" }.toSet()
    try {
        when (even.size) {
            0 -> println(Item("none", 0))
            in 1..3 -> println(even.joinToString(separator = ", "))
            else -> throw IllegalArgumentException("too many: ${even.size}")
        }
    } catch (error: IllegalArgumentException) {
        println(error.message?.uppercase() ?: "")
    }
    return words.groupBy { it }.mapValues { (_, same) -> same.map { 1.0 } } + found
}
"""

_LIBRARIES = "{library}:{coroutines}:{testing}"
_OPTIONS = (
    *("-no-stdlib", "-no-reflect", "-nowarn", "-Xdisable-default-scripting-plugin"),
    *("-cp", _LIBRARIES),
)
_COMPILER = "org.jetbrains.kotlin.cli.jvm.K2JVMCompiler"
_COMPILE = (*COMPILE, "-cp", "{compiler}", _COMPILER, *_OPTIONS, "-d", ".")
_CLASS_PATH = ("-cp", f"{{cache}}:{_LIBRARIES}:.")
_PROGRAM = Build(
    commands=((*_COMPILE, "Solution.kt"),),
    run=(*RUN, *_CLASS_PATH, "llmbench.Program"),
    is_served=True,
)

LANGUAGE = Language(
    name="kotlin",
    title="Kotlin",
    aliases=("kt",),
    comment="//",
    file="Solution.kt",
    install=(
        "kotlinc 2 and a JDK: install openjdk-17-jdk-headless, unpack the compiler's release or "
        f"run `npm install kotlin-compiler`, and name its folder in {_HOME_VARIABLE}"
    ),
    find=_find,
    read_version=_version,
    grammar=Grammar(
        fences=frozenset({"kotlin", "kt", "kts"}),
        entry=(
            r"^[ \t]*(?:(?:@\w+|public|private|internal|inline|tailrec|suspend|operator|override"
            r"|infix|open)[ \t]+)*fun[ \t]+(?:<[^>\n]*>[ \t]*)?(?:[\w.<>?, ]+\.)?NAME[ \t]*\("
        ),
        definition=lines(
            r"""^(?:(?:public|private|internal|inline|tailrec|suspend|operator|infix)[ \t]+)*
                 fun[ \t]+(?:<[^>\n]*>[ \t]*)?(?:[\w.<>?,]+\.)?(\w+)[ \t]*\(
              | ^(?:(?:public|private|internal|open|abstract|sealed|data|enum|value)[ \t]+)*
                 (?:class|object|interface)[ \t]+(\w+)"""
        ),
        binding=lines(
            r"""^import[ \t]+[\w.]*?(\w+)[ \t]*$ | ^import[ \t]+[\w.]+[ \t]+as[ \t]+(\w+)
              | ^(?:(?:private|internal|const)[ \t]+)*va[lr][ \t]+(\w+) | ^typealias[ \t]+(\w+)"""
        ),
        first_line=lines(
            r"""^(?:(?:import|package)[ \t]+[\w.*]+[ \t]*$ | //|/\* | @(?:file:)?\w
              | (?:(?:private|internal|public|inline|tailrec|suspend|data|sealed|enum|open)[ \t]+)*
                (?:fun|class|object|interface)[ \t]+[\w<]
              | (?:private[ \t]+|const[ \t]+)*va[lr][ \t]+\w+[ \t]*[:=])"""
        ),
        statement=lines(r"^(?:return\b|va[lr][ \t]|(?:if|for|while|when|try)[ \t]*[({])"),
        test=lines(r"^import[ \t]+(?:kotlin\.test|org\.junit|io\.kotest) | ^[ \t]*@Test\b"),
        text_marks=('"""',),
    ),
    declaration=_declaration,
    reserved=frozenset(
        "do false fun interface null object package super this throw true try typealias typeof "
        "val var when as break class continue else for if in is return while".split()
    ),
    driver=Driver(
        files=_driver_files,
        build=replace(_PROGRAM, run=(*RUN, *_CLASS_PATH, "llmbench.Driver")),
    ),
    program=_PROGRAM,
    runners={
        "program": Runner(
            files=_test_files,
            build=Build(
                commands=((*_COMPILE, "."),),
                run=(*RUN, "-ea", *_CLASS_PATH, "llmbench.Program"),
                is_served=True,
            ),
            failure=re.compile(r"Assertion(?:Failed)?Error|: Check failed\."),
            ending=_with_ending,
        )
    },
    cache=driver_cache(
        *("ToolServer", "KotlinServer"),
        sample=("Sample.kt", _SAMPLE),
        class_path="{compiler}",
        archive=("-Xmx1g", "-cp", "{compiler}", _COMPILER, *_OPTIONS),
    ),
    server=Server(
        run=(
            *(*SERVE, f"-Dllmbench.options={chr(10).join(_OPTIONS)}"),
            *("-cp", "{compiler}:{cache}", "llmbench.Driver", "llmbench.KotlinServer"),
        ),
        trial={"Sample.kt": _SAMPLE},
        memory_bytes=768 * 1024 * 1024,
    ),
    overhead_bytes=OVERHEAD_BYTES,
    processes=PROCESSES,
)
