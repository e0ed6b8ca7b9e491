"""Bash: functions that take text as arguments and print what they return.

There are no types: a declaration says how a value is written as text, and the driver reads
what was printed by the same rules. Numbers stand side by side, texts on lines of their
own, because they may hold spaces. So there is no text of several lines in a list, and no
list of lists at all.
"""

from __future__ import annotations

import re

from pytest_llmbench.languages.definition import Build, Driver, Language, Runner
from pytest_llmbench.languages.grammar import Grammar, lines
from pytest_llmbench.languages.shapes import shape, signature_shape
from pytest_llmbench.languages.sources import driver_source
from pytest_llmbench.languages.toolchains import programs
from pytest_llmbench.signature import Signature, TypeRef

__all__ = ["LANGUAGE"]

_ONE = {
    "int": "an integer",
    "float": "a number",
    "str": "a string",
    "bool": "true or false",
}
_MANY = {
    "int": "integers",
    "float": "numbers",
    "str": "strings",
    "bool": "words, true or false",
}


def _shape(ref: TypeRef) -> TypeRef:
    """Give a type's shape; raise ValueError for one that text cannot tell from another."""
    shaped = shape(ref)
    is_plain = shaped.name in {*_ONE, "None"}
    is_flat = bool(shaped.args) and all(arg.name in _ONE for arg in shaped.args)
    is_maybe_text = shaped.name == "optional" and shaped.args[0].name == "str"
    if not (is_plain or is_flat) or is_maybe_text:
        raise ValueError(f"there is no type for {ref}: everything is text here")
    return shaped


def _said(ref: TypeRef) -> str:
    """Say how a value of a shape is written."""
    if ref.name == "None":
        return "nothing"
    if not ref.args:
        return _ONE[ref.name]
    first = ref.args[0].name
    place = "one per line" if TypeRef("str") in ref.args else "separated by spaces"
    match ref.name:
        case "optional":
            return f"{_ONE[first]}, or an empty string for none"
        case "dict":
            return f"lines of {_ONE[first]}, a tab, and {_ONE[ref.args[1].name]}"
        case "tuple":
            return f"{', '.join(_ONE[arg.name] for arg in ref.args)}: {place}"
    distinct = "distinct " if ref.name == "set" else ""
    return f"{distinct}{_MANY[first]}, {place}"


def _declaration(signature: Signature) -> str:
    doc = [
        f"# ${number}: {_said(_shape(param.type))}"
        for number, param in enumerate(signature.params, 1)
    ]
    doc.append(f"# prints {_said(_shape(signature.returns))}")
    params = [f"    local {param.name}=${at}" for at, param in enumerate(signature.params, 1)]
    return "\n".join([*doc, f"{signature.name}() {{", *params])


def _driver_files(code: str, _name: str, signature: Signature | None) -> dict[str, str]:
    if signature is not None:
        _declaration(signature)  # refuses what cannot be had
    wanted = signature_shape(signature)[0]
    names = " ".join([wanted.name, *(arg.name for arg in wanted.args)])
    return {
        "solution.sh": code,
        "wanted.sh": f"llmbench_wanted=({names})\n",
        "driver.sh": driver_source("bash.sh"),
    }


def _test_files(prelude: str, code: str, tests: str) -> dict[str, str]:
    return {"solution.sh": f"{_TELL}\n{prelude}\n{code}\n{tests}\n"}


def _with_ending(tests: str, word: str) -> str:
    return f"{tests}\nbuiltin printf '%s\\n' {word}\n"


# With `set -e`, the usual way of a test to fail is to end without a word: this gives it one.
_TELL = 'trap \'(($? == 0)) || builtin printf "failed: %s\\n" "$BASH_COMMAND" >&2\' EXIT'

_PROGRAM = Build(run=("bash", "solution.sh"))

LANGUAGE = Language(
    name="bash",
    title="Bash",
    aliases=("sh", "shell"),
    comment="#",
    file="solution.sh",
    install="bash 4.3 or newer: install bash",
    image="python:3",
    find=programs("bash"),
    grammar=Grammar(
        fences=frozenset({"bash", "sh", "shell", "shellscript", "zsh"}),
        entry=r"^[ \t]*(?:function[ \t]+NAME(?![\w-])|NAME[ \t]*\([ \t]*\))",
        definition=lines(r"^(?:function[ \t]+([\w-]+) | ([\w-]+)[ \t]*\([ \t]*\))"),
        binding=lines(r"^(?:(?:readonly|declare[ \t]+-\w+|export)[ \t]+)?([A-Za-z_]\w*)="),
        first_line=lines(
            r"""^(?:\#! | set[ \t]+-\w | shopt[ \t]+-\w | function[ \t]+[\w-]+[ \t]*(?:\(|\{|$)
              | [\w-]+[ \t]*\([ \t]*\)[ \t]*\{? | (?:declare|readonly|local|export)[ \t]+\S
              | [A-Za-z_]\w*=)"""
        ),
        statement=lines(
            r"""^(?:(?:local|echo|printf|return|declare|read|shift)\b | if[ \t]+[\[(]
              | for[ \t]+(?:\w+[ \t]+in\b|\(\() | while[ \t] | case[ \t].*\bin$ | [a-z_]\w*=)"""
        ),
        test=lines(r"^(?:@test[ \t] | (?:source|\.)[ \t].*\bbats)"),
    ),
    declaration=_declaration,
    reserved=frozenset(
        "BASH BASHOPTS BASHPID DIRSTACK EPOCHREALTIME EPOCHSECONDS EUID FUNCNAME GROUPS HOME IFS "
        "LANG LINENO OLDPWD OPTARG OPTIND PATH PPID PWD RANDOM REPLY SECONDS SHELLOPTS SHLVL UID "
        "case coproc do done elif else esac fi for function if in select then time until "
        "while".split()
    ),
    driver=Driver(files=_driver_files, build=Build(run=("bash", "driver.sh"))),
    program=_PROGRAM,
    runners={
        "program": Runner(
            files=_test_files,
            build=_PROGRAM,
            failure=re.compile(r"^failed: (?:\[|test |\(\(|exit |return |false)", re.MULTILINE),
            ending=_with_ending,
        )
    },
    processes=2,
)
