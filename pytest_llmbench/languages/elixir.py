"""Elixir: answers compiled and called in a virtual machine that runs nothing else."""

from __future__ import annotations

import os
import re
import shutil
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
from pytest_llmbench.languages.shapes import shape
from pytest_llmbench.languages.sources import driver_source
from pytest_llmbench.languages.toolchains import ask_path, outside_usr
from pytest_llmbench.signature import Signature, TypeRef

__all__ = ["LANGUAGE"]


def _find() -> Toolchain | None:
    """Find Erlang's machine and Elixir's modules: its commands are scripts around both."""
    elixir, erl = shutil.which("elixir"), shutil.which("erl")
    if elixir is None or erl is None:
        return None
    home, root = _home(elixir), _home(erl)
    if not (home / "lib" / "elixir" / "ebin").is_dir():  # a version manager's script
        asked = ask_path(elixir, "-e", "IO.puts(:code.lib_dir(:elixir))")
        home = asked.parent.parent if asked else home
    if not (root / "releases").is_dir():
        root = ask_path(erl, "-noshell", "-eval", "io:put_chars(code:root_dir()), halt(0).") or root
    programs = (
        ("elixir", home / "bin" / "elixir"),
        ("erl", root / "bin" / "erl"),
        ("modules", home / "lib"),
    )
    if not all(path.exists() for _, path in programs):
        return None
    return Toolchain(programs=programs, folders=outside_usr(home, root))


def _home(command: str) -> Path:
    """Return the folder that a command's own folder lies in, links followed."""
    return Path(os.path.realpath(command)).parent.parent


_NAMES = {
    "int": "integer()",
    "float": "float()",
    "str": "String.t()",
    "bool": "boolean()",
    "None": "nil",
    "any": "any()",
}


def _type(ref: TypeRef) -> str:
    """Write a shape as a typespec."""
    if ref.name in _NAMES:
        return _NAMES[ref.name]
    inner = [_type(arg) for arg in ref.args]
    match ref.name:
        case "optional":
            return f"{inner[0]} | nil"
        case "tuple":
            return f"{{{', '.join(inner)}}}"
        case "dict":
            return f"%{{{inner[0]} => {inner[1]}}}"
        case "set":
            return f"MapSet.t({inner[0]})"
    return f"[{inner[0]}]"


def _declaration(signature: Signature) -> str:
    types = ", ".join(_type(shape(param.type)) for param in signature.params)
    params = ", ".join(param.name for param in signature.params)
    return (
        "defmodule Solution do\n"
        f"  @spec {signature.name}({types}) :: {_type(shape(signature.returns))}\n"
        f"  def {signature.name}({params}) do"
    )


_MODULE = re.compile(r"^[ \t]*defmodule\b", re.MULTILINE)


def _in_module(code: str) -> str:
    """Put functions that stand in no module into one."""
    return code if _MODULE.search(code) else f"defmodule Solution do {code}\nend\n"


def _driver_files(code: str, _name: str, _signature: Signature | None) -> dict[str, str]:
    return {"solution.exs": _in_module(code)}


def _test_files(prelude: str, code: str, tests: str) -> dict[str, str]:
    return {"solution.exs": f"{prelude}\n{_in_module(code)}\n{tests}\n"}


def _with_ending(tests: str, word: str) -> str:
    """Say it after the last statement; tests of ExUnit run after that."""
    said = f'IO.puts(:stderr, "{word}")'
    if "ExUnit.start" in tests:
        said = f"ExUnit.after_suite(fn _ -> {said} end)"
    return f"{tests}\n{said}\n"


# One scheduler of each kind: answers are short, and threads count as processes. The machine
# wants a file for its code that is larger than answers may write; where it is refused one
# and not killed for it, it goes on without.
_MACHINE = (
    *("/bin/sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh", "{erl}", "-noshell"),
    *("+S", "1:1", "+SDcpu", "1:1", "+SDio", "1", "+sbwt", "none"),
)
_PROGRAM = Build(
    run=(
        *_MACHINE,
        *("-pa", "{modules}/elixir/ebin", "{modules}/ex_unit/ebin", "{modules}/logger/ebin"),
        *("-s", "elixir", "start_cli", "-extra", "solution.exs"),
    )
)
_DRIVER = Build(
    run=(
        *(*_MACHINE, "-noinput"),
        *("-pa", "{modules}/elixir/ebin", "{modules}/logger/ebin", "{cache}"),
        *("-s", "Elixir.LLMBench.Driver", "main"),
    )
)

LANGUAGE = Language(
    name="elixir",
    title="Elixir",
    aliases=("ex", "exs"),
    comment="#",
    file="solution.exs",
    install="elixir: install elixir",
    image="elixir:1",
    find=_find,
    version_pattern=r"(?<=Elixir )\d+\.\d+\S*",
    grammar=Grammar(
        fences=frozenset({"elixir", "ex", "exs"}),
        entry=r"^[ \t]*defp?[ \t]+NAME(?![\w?!])",
        definition=lines(r"^[ \t]*(?:defmodule[ \t]+([\w.]+) | defp?[ \t]+([\w?!]+))"),
        binding=lines(r"^[ \t]*(?:import|alias|require)[ \t]+(?:[\w.]+\.)?(\w+)"),
        first_line=lines(
            r"""^(?:defmodule[ \t]+[\w.]+[ \t]+do\b | def[ \t]+\w+[?!]?[ \t]*(?:\(|do\b|,)
              | (?:import|alias|require|use)[ \t]+[A-Z][\w.]* | @(?:spec|doc|moduledoc)\b | \#!)"""
        ),
        statement=lines(
            r"""^(?:(?:if|unless|case|cond|with|for)\b.*\bdo$ | \w+[ \t]*=[ \t]*\S | \|>[ \t]
              | (?:Enum|String|Map|List|Integer)\.\w+)"""
        ),
        test=lines(r"^[ \t]*(?:ExUnit\.start | use[ \t]+ExUnit\.Case)"),
        text_marks=('"""',),
    ),
    declaration=_declaration,
    reserved=frozenset("after catch do else end false fn nil rescue true when".split()),
    int_bits=None,
    driver=Driver(files=_driver_files, build=_DRIVER),
    program=_PROGRAM,
    runners={
        "program": Runner(
            files=_test_files,
            build=_PROGRAM,
            failure=re.compile(
                r"\b[1-9]\d* failures?\b|ExUnit\.AssertionError|Assertion with \S+ failed"
            ),
            ending=_with_ending,
        )
    },
    cache=Cache(
        files={"driver.ex": driver_source("elixir.ex")},
        commands=(
            (
                *(*_MACHINE, "-pa", "{modules}/elixir/ebin", "-s", "elixir", "start_cli"),
                *("-extra", "+elixirc", "-o", "{cache}", "{cache}/driver.ex"),
            ),
        ),
        is_needed=True,
    ),
    environment={"ERL_CRASH_DUMP_BYTES": "0"},
    overhead_bytes=256 * 1024 * 1024,
    processes=24,
)
