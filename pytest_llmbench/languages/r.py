"""R, without the scripts around it and with its default packages only where they are used."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from pytest_llmbench.languages.definition import Build, Driver, Language, Runner, Toolchain
from pytest_llmbench.languages.grammar import Grammar, lines
from pytest_llmbench.languages.shapes import check_keys, shape, shape_literal, signature_shape
from pytest_llmbench.languages.sources import driver_source
from pytest_llmbench.languages.toolchains import ask_path, outside_usr
from pytest_llmbench.signature import Signature, TypeRef

__all__ = ["LANGUAGE"]


def _find() -> Toolchain | None:
    """Find R itself: the command is a script that sets variables, and takes its time."""
    script, env = shutil.which("R"), shutil.which("env")
    home = ask_path("R", "RHOME")
    if script is None or env is None or home is None:
        return None
    binary = home / "bin" / "exec" / "R"
    if not binary.is_file():
        return None
    settings = Path("/etc/R")
    return Toolchain(
        programs=(
            ("R", Path(script)),
            ("binary", binary),
            ("home", home),
            ("env", Path(os.path.realpath(env))),
        ),
        folders=(*outside_usr(home), *((settings,) if settings.exists() else ())),
    )


_ONE = {
    "int": "integer",
    "float": "numeric",
    "str": "character string",
    "bool": "logical",
    "None": "NULL",
    "any": "any value",
}
_VECTORS = {"int": "integer", "float": "numeric", "str": "character", "bool": "logical"}
_KEYS = frozenset({"int", "str", "any"})


def _shape(ref: TypeRef) -> TypeRef:
    """Give a type's shape; raise ValueError for keys that are no names."""
    shaped = shape(ref)
    check_keys(shaped, _KEYS, frozenset({"dict"}))
    return shaped


def _vector(items: tuple[TypeRef, ...]) -> str | None:
    """Name the vector that holds items of these shapes; None where only a list does."""
    is_missing = any(item.name == "optional" for item in items)
    names = {item.args[0].name if item.name == "optional" else item.name for item in items}
    name = _VECTORS.get(names.pop())
    return None if names or name is None else f"{name} vector{' with NA' * is_missing}"


def _said(ref: TypeRef) -> str:
    """Describe a shape in the words of R's manuals."""
    match ref.name:
        case "optional":
            return f"{_said(ref.args[0])} or NULL"
        case "list":
            return _vector(ref.args) or f"list of: {_said(ref.args[0])}"
        case "set":
            return f"{_vector(ref.args) or f'list of: {_said(ref.args[0])}'}, distinct, any order"
        case "tuple":
            vector = _vector(ref.args)
            if vector:
                return f"{vector} of length {len(ref.args)}"
            return f"list({', '.join(_said(arg) for arg in ref.args)})"
        case "dict":
            return f"named list of: {_said(ref.args[1])}"
    return _ONE[ref.name]


def _declaration(signature: Signature) -> str:
    doc = [f"#' @param {param.name} {_said(_shape(param.type))}" for param in signature.params]
    doc.append(f"#' @return {_said(_shape(signature.returns))}")
    params = ", ".join(param.name for param in signature.params)
    return "\n".join([*doc, f"{signature.name} <- function({params})"])


def _driver_files(code: str, _name: str, signature: Signature | None) -> dict[str, str]:
    if signature is not None:
        _declaration(signature)  # refuses what cannot be had
    types = ", ".join(shape_literal(ref, "list(", ")") for ref in signature_shape(signature))
    return {
        "solution.R": code,
        "types.R": f"list({types})\n",
        "driver.R": driver_source("r.R"),
    }


def _test_files(prelude: str, code: str, tests: str) -> dict[str, str]:
    return {"solution.R": f"{prelude}\n{code}\n{tests}\n"}


def _with_ending(tests: str, word: str) -> str:
    return f'{tests}\ncat("{word}\\n")\n'


_FLAGS = ("--no-echo", "--no-save", "--no-restore", "--no-init-file", "--no-site-file")
_DRIVER = ("env", "R_DEFAULT_PACKAGES=NULL", "{binary}", *_FLAGS, "--file=driver.R")
_PROGRAM = Build(run=("binary", *_FLAGS, "--file=solution.R"))

LANGUAGE = Language(
    name="r",
    title="R",
    aliases=("rlang",),
    comment="#",
    file="solution.R",
    install="R: install r-base-core",
    find=_find,
    grammar=Grammar(
        fences=frozenset({"r", "rlang", "rscript"}),
        entry=r"^[ \t]*[`\"']?NAME[`\"']?[ \t]*(?:<<?-|=)[ \t]*(?:function\b|\\\()",
        definition=lines(
            r"""^[`"']?([\w.]+)[`"']?[ \t]*(?:<<?-|=)[ \t]*(?:function\b|\\\()
              | ^(?:setClass|setGeneric|setMethod|setRefClass)\(['"]([\w.]+)"""
        ),
        binding=lines(
            r"""^([\w.]+)[ \t]*(?:<<?-|=(?!=))
              | ^(?:library|require|suppressPackageStartupMessages)\([ \t]*["']?([\w.]+)"""
        ),
        first_line=lines(
            r"""^(?:[\w.`]+[ \t]*(?:<<?-|=[ \t]*function\b) | (?:library|require|source)\(
              | \#! | \#')"""
        ),
        statement=lines(
            r"""^(?:return\( | (?:if|for|while)[ \t]*\( | repeat[ \t]*\{ | stop\(
              | [\w.$\[\]]+[ \t]*<<?-)"""
        ),
        test=lines(r"^(?:library\(testthat\) | test_that\( | stopifnot\()"),
    ),
    declaration=_declaration,
    reserved=frozenset(
        "FALSE Inf NA NA_character_ NA_complex_ NA_integer_ NA_real_ NULL NaN TRUE else for "
        "function next repeat".split()
    ),
    # Beyond 31 bits an integer is a double.
    int_bits=53,
    driver=Driver(files=_driver_files, build=Build(run=_DRIVER)),
    program=_PROGRAM,
    runners={
        "program": Runner(
            files=_test_files,
            build=_PROGRAM,
            failure=re.compile(r"(?:is|are) not (?:all )?TRUE|── Failure|Failure \("),
            ending=_with_ending,
        )
    },
    environment={
        "R_HOME": "{home}",
        "LD_LIBRARY_PATH": "{home}/lib",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    },
    overhead_bytes=128 * 1024 * 1024,
    processes=2,
)
