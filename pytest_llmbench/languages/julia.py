"""Julia."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from pytest_llmbench.languages.definition import Build, Driver, Language, Runner, Toolchain
from pytest_llmbench.languages.grammar import Grammar, lines
from pytest_llmbench.languages.shapes import shape
from pytest_llmbench.languages.sources import driver_source
from pytest_llmbench.languages.toolchains import ask_path, outside_usr
from pytest_llmbench.signature import Signature, TypeRef

__all__ = ["LANGUAGE"]


def _find() -> Toolchain | None:
    """Find Julia itself: its installer puts a launcher on the path."""
    command = shutil.which("julia")
    if command is None:
        return None
    where = 'print(joinpath(Sys.BINDIR, "julia"))'
    binary = ask_path(command, "--startup-file=no", "-e", where)
    if binary is None:
        return None
    home = binary.parent.parent
    if Path.home().is_relative_to(home):  # showing it would show everything
        return None
    return Toolchain(programs=(("julia", binary),), folders=outside_usr(home))


_NAMES = {
    "int": "Int64",
    "float": "Float64",
    "str": "String",
    "bool": "Bool",
    "None": "Nothing",
    "any": "Any",
}
_CONTAINERS = {"list": "Vector", "set": "Set", "tuple": "Tuple", "dict": "Dict"}


def _type(ref: TypeRef) -> str:
    """Write a shape as a type."""
    if ref.name in _NAMES:
        return _NAMES[ref.name]
    inner = ", ".join(_type(arg) for arg in ref.args)
    if ref.name == "optional":
        return f"Union{{{inner}, Nothing}}"
    return f"{_CONTAINERS[ref.name]}{{{inner}}}"


def _declaration(signature: Signature) -> str:
    params = ", ".join(f"{param.name}::{_type(shape(param.type))}" for param in signature.params)
    return f"function {signature.name}({params})::{_type(shape(signature.returns))}"


def _driver_files(code: str, _name: str, signature: Signature | None) -> dict[str, str]:
    params = signature.params if signature else ()
    types = ", ".join(_type(shape(param.type)) for param in params)
    return {
        "solution.jl": code,
        "types.jl": f"Any[{types}]\n",
        "driver.jl": driver_source("julia.jl"),
    }


def _test_files(prelude: str, code: str, tests: str) -> dict[str, str]:
    return {"solution.jl": f"{prelude}\n{code}\n{tests}\n"}


def _with_ending(tests: str, word: str) -> str:
    return f'{tests}\nprintln("{word}")\n'


_RUN = ("julia", "--startup-file=no", "--color=no", "-O1")
_PROGRAM = Build(run=(*_RUN, "solution.jl"))

LANGUAGE = Language(
    name="julia",
    title="Julia",
    aliases=("jl",),
    comment="#",
    file="solution.jl",
    install="julia 1.6 or newer, from its own site or installer",
    find=_find,
    grammar=Grammar(
        fences=frozenset({"julia", "jl"}),
        entry=r"^[ \t]*(?:function[ \t]+NAME(?!\w)|NAME\([^()\n]*\)[^\n=#]*=(?!=))",
        definition=lines(
            r"""^(?:function|macro|(?:mutable[ \t]+)?struct|abstract[ \t]+type|module)[ \t]+(\w+)
              | ^(\w+)\([^()\n]*\)[^\n=#]*=(?!=)"""
        ),
        binding=lines(r"^(?:using|import)[ \t]+(.+) | ^(?:const[ \t]+)?([A-Za-z_]\w*)[ \t]*=(?!=)"),
        first_line=lines(
            r"""^(?:(?:function|struct|module|macro)[ \t]+\w | mutable[ \t]+struct\b
              | (?:using|import)[ \t]+[A-Z] | const[ \t]+\w+[ \t]*= | \"\"\"
              | \w+\([\w:,{} ]*\)[ \t]*= | \#!)"""
        ),
        statement=lines(
            r"""^(?:return\b | (?:if|for|while)[ \t] | (?:try|begin|let)$
              | \w+(?:\[[^\]\n]*\])?[ \t]*[-+*/]?=(?!=))"""
        ),
        test=lines(r"^(?:using[ \t]+Test\b | @test(?:set)?\b)"),
        text_marks=('"""',),
    ),
    declaration=_declaration,
    reserved=frozenset(
        "baremodule begin catch const do else elseif end export false finally function let local "
        "macro module quote struct true using".split()
    ),
    driver=Driver(files=_driver_files, build=Build(run=(*_RUN, "driver.jl"))),
    program=_PROGRAM,
    runners={
        "program": Runner(
            files=_test_files,
            build=_PROGRAM,
            failure=re.compile(r"Test Failed at |AssertionError: "),
            ending=_with_ending,
        )
    },
    environment={"JULIA_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    overhead_bytes=1024 * 1024 * 1024,
    processes=16,
)
