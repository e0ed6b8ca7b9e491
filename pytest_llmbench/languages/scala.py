"""Scala 2, on the Java platform."""

from __future__ import annotations

import os
import re
import zipfile
from dataclasses import replace
from pathlib import Path

from pytest_llmbench.languages.braces import top_level, with_last_statement
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

_HOME_VARIABLE = "LLMBENCH_SCALA_HOME"
_DEBIAN_JARS = Path("/usr/share/java")
_MOST_PARTS = 22
_NAMES = {"int": "Long", "float": "Double", "bool": "Boolean", "str": "String", "None": "Unit"}
_COLLECTIONS = {"list": "List", "set": "Set", "dict": "Map", "tuple": "List"}


def _find() -> Toolchain | None:
    home = os.environ.get(_HOME_VARIABLE)
    jars = Path(os.path.realpath(home)) / "lib" if home else _DEBIAN_JARS
    found = [(name, jars / f"scala-{name}.jar") for name in ("compiler", "library", "reflect")]
    jdk = find_jdk()
    if jdk is None or not all(path.is_file() for _, path in found):
        return None
    programs, folders = jdk
    return Toolchain(programs=(*programs, *found), folders=(*folders, *outside_usr(jars)))


def _version(toolchain: Toolchain) -> str | None:
    library = dict(toolchain.programs)["library"]
    try:
        with zipfile.ZipFile(library) as archive:
            properties = archive.read("library.properties").decode("utf-8", "replace")
    except (OSError, KeyError, zipfile.BadZipFile):
        return None
    found = re.search(r"^version\.number=(\S+)", properties, re.MULTILINE)
    return found[1] if found else None


def _type(ref: TypeRef) -> str:
    """Write a type; raise ValueError for one that has to be known when it runs."""
    inner = [_type(arg) for arg in parts(ref)]
    match ref.name:
        case "union" if len(inner) == 1:
            return f"Option[{inner[0]}]"
        case "tuple" if len(inner) == 1 and ref.args[-1].name != "...":
            return f"Tuple1[{inner[0]}]"
        case "tuple" if 1 < len(inner) <= _MOST_PARTS:
            return f"({', '.join(inner)})"
        case "list" | "set" | "dict" | "tuple" if 1 <= len(inner) <= 2:
            return f"{_COLLECTIONS[ref.name]}[{', '.join(inner)}]"
    if ref.name in _NAMES:
        return _NAMES[ref.name]
    raise ValueError(f"there is no type for {ref}")


def _declaration(signature: Signature) -> str:
    params = ", ".join(f"{param.name}: {_type(param.type)}" for param in signature.params)
    return f"object Solution {{\n  def {signature.name}({params}): {_type(signature.returns)} ="


def _driver_files(code: str, name: str, _signature: Signature | None) -> dict[str, str]:
    if name and re.search(rf"\bdef[ \t]+{re.escape(name)}\b", top_level(code)):
        code = f"object Solution {{ {code}\n}}\n"  # a function can only be in an object
    return {"Solution.scala": code}


def _test_files(prelude: str, code: str, tests: str) -> dict[str, str]:
    return {"Solution.scala": f"{prelude}\n{code}\n{tests}\n"}


_MAIN = re.compile(r"\bdef[ \t]+main[ \t]*\(|\bextends[ \t]+App\b")


def _with_ending(tests: str, word: str) -> str:
    return with_last_statement(tests, _MAIN, f'println("{word}")')


_SAMPLE = """\
import scala.collection.mutable

object Sample {
  case class Item(name: String, size: Int)

  def sample(words: List[String], least: Option[Long]): Map[String, List[Double]] = {
    val found = mutable.Map.empty[String, List[Double]]
    for ((word, index) <- words.zipWithIndex if word.length > least.getOrElse(3L)) {
      found(word) = math.sqrt(word.length.toDouble) :: found.getOrElse(word, Nil)
    }
    val squares = Array.tabulate(10)(i => i * i)
    val even = squares.filter(_ % 2 == 0).sorted.reverse.map(i => s"x$i").toSet
    try {
      even.size match {
        case 0 => println(Item("none", 0))
        case n if n < 4 => println(even.mkString(", "))
        case _ => throw new IllegalArgumentException("too many")
      }
    } catch { case error: IllegalArgumentException => println(error.getMessage) }
    words.groupBy(identity).map { case (word, same) => (word, same.map(_ => 1.0)) } ++ found
  }
}
"""

_COMPILER_PATH = "{compiler}:{library}:{reflect}"
_COMPILER = "scala.tools.nsc.Main"
_OPTIONS = ("-nowarn", "-cp", "{library}")
_COMPILE = (*COMPILE, "-cp", _COMPILER_PATH, _COMPILER, *_OPTIONS, "-d", ".", "Solution.scala")
_CLASS_PATH = ("-cp", "{cache}:{library}:.")
_PROGRAM = Build(commands=(_COMPILE,), run=(*RUN, *_CLASS_PATH, "llmbench.Program"), is_served=True)

LANGUAGE = Language(
    name="scala",
    title="Scala",
    comment="//",
    file="Solution.scala",
    install=(
        "Scala 2 and a JDK: install scala and openjdk-17-jdk-headless, or name the folder of an "
        f"unpacked release in {_HOME_VARIABLE}"
    ),
    find=_find,
    read_version=_version,
    grammar=Grammar(
        fences=frozenset({"scala", "sc", "scala2", "scala3"}),
        entry=(
            r"^[ \t]*(?:(?:@\w+|private|protected|override|final|implicit)[ \t]+)*"
            r"def[ \t]+NAME(?!\w)"
        ),
        definition=lines(
            r"""^(?:(?:private|final|sealed|abstract|implicit|case)[ \t]+)*
                 (?:object|class|trait|def)[ \t]+(\w+)"""
        ),
        binding=lines(r"^import[ \t]+[\w.]*?(\w+)[ \t]*$ | ^(?:lazy[ \t]+)?va[lr][ \t]+(\w+)"),
        first_line=lines(
            r"""^(?:(?:import|package)[ \t]+[\w.{}, \t]+$ | //|/\* | @\w
              | (?:(?:private|final|sealed|abstract|implicit|case)[ \t]+)*
                (?:object|class|trait)[ \t]+\w+.*(?:\{|\)|\w)$
              | def[ \t]+\w+[ \t]*[\[(:=])"""
        ),
        statement=lines(r"^(?:(?:lazy[ \t]+)?va[lr][ \t]|(?:if|for|while)[ \t]*[({]|try[ \t]*\{)"),
        test=lines(r"^import[ \t]+(?:org\.scalatest|org\.junit|munit|utest) | ^class.*FunSuite"),
        text_marks=('"""',),
    ),
    declaration=_declaration,
    reserved=frozenset(
        "abstract case catch def do extends false final finally forSome implicit lazy macro match "
        "new null object override package private protected sealed super this throw trait true "
        "try type val var while class else for if import return with yield".split()
    ),
    driver=Driver(
        files=_driver_files,
        build=replace(_PROGRAM, run=(*RUN, *_CLASS_PATH, "llmbench.ScalaDriver")),
    ),
    program=_PROGRAM,
    runners={
        "program": Runner(
            files=_test_files,
            build=_PROGRAM,
            failure=re.compile(r"AssertionError|assertion failed"),
            ending=_with_ending,
        )
    },
    cache=driver_cache(
        *("ScalaDriver", "ToolServer", "ScalaServer"),
        sample=("Sample.scala", _SAMPLE),
        class_path=_COMPILER_PATH,
        archive=("-Xmx1g", "-cp", _COMPILER_PATH, _COMPILER, *_OPTIONS),
    ),
    server=Server(
        run=(
            *(*SERVE, f"-Dllmbench.options={chr(10).join(_OPTIONS)}"),
            *("-cp", f"{_COMPILER_PATH}:{{cache}}"),
            *("llmbench.Driver", "llmbench.ScalaServer"),
        ),
        trial={"Sample.scala": _SAMPLE},
        memory_bytes=512 * 1024 * 1024,
    ),
    overhead_bytes=OVERHEAD_BYTES,
    processes=PROCESSES,
)
