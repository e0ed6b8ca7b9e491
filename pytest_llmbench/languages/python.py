"""Python: the interpreter that runs this process, each answer forked from a warm one."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from pytest_llmbench.languages.definition import Build, Language, Toolchain
from pytest_llmbench.languages.grammar import Grammar, lines
from pytest_llmbench.languages.toolchains import outside_usr
from pytest_llmbench.signature import Signature, TypeRef

__all__ = ["LANGUAGE"]


def _find() -> Toolchain | None:
    """Find the interpreter that runs this process, behind its virtual environment.

    `sys._base_executable` may be a link; a version manager's shim is never it.
    """
    executable = Path(os.path.realpath(getattr(sys, "_base_executable", sys.executable)))
    prefix = Path(os.path.realpath(sys.base_prefix))
    if not executable.is_file() or not executable.is_relative_to(prefix):
        return None
    if Path.home().is_relative_to(prefix):  # showing it would show everything
        return None
    library = prefix / "lib"
    has_own_library = any(library.glob("libpython*.so*")) and prefix != Path("/usr")
    return Toolchain(
        programs=(("python", executable),),
        folders=outside_usr(prefix),
        library_path=library if has_own_library else None,
    )


def _python_type(ref: TypeRef) -> str:
    match ref.name:
        case "any":
            return "object"
        case "union":
            return " | ".join(_python_type(arg) for arg in ref.args)
    if not ref.args:
        return ref.name
    return f"{ref.name}[{', '.join(_python_type(arg) for arg in ref.args)}]"


def _python(signature: Signature) -> str:
    params = ", ".join(f"{param.name}: {_python_type(param.type)}" for param in signature.params)
    return f"def {signature.name}({params}) -> {_python_type(signature.returns)}:"


_PYTHON = Grammar(
    fences=frozenset({"python", "py", "python3", "py3", "python2", "ipython", "ipython3"}),
    entry=(
        r"^(?:(?:async[ \t]+)?def|class)[ \t]+NAME(?!\w)"
        r"|^NAME[ \t]*(?::[^=\n]*)?=(?!=)"
    ),
    definition=lines(r"^(?:(?:async[ \t]+)?def|class)[ \t]+(\w+)"),
    binding=lines(
        r"""^(?:from[ \t]+[\w.]+[ \t]+)?import[ \t]+(.+)
          | ^([A-Z_]\w*)[ \t]*(?::[^=\n]*)?=(?!=)"""
    ),
    first_line=lines(
        r"""^(?:
            from[ \t]+[\w.]+[ \t]+import\b
          | import[ \t]+[\w.]+(?=,|[ \t]+as\b|[ \t]*$)
          | (?:async[ \t]+)?def[ \t]+\w+[ \t]*[(\[]
          | class[ \t]+\w+[ \t]*[(:\[]
          | @[A-Za-z_][\w.]*(?=\(|[ \t]*$)
          | [A-Za-z_][\w.\[\]]*[ \t]*(?:[-+*/%&|^]=|=(?!=))
          | \#! | \"\"\" | '''
        )"""
    ),
    statement=lines(
        r"""^(?:
            (?:return|yield|raise|assert|del|global|nonlocal|pass)\b
          | (?:if|for|while|with|try|match)\b.*:
        )"""
    ),
    test=lines(
        r"""^(?:import|from)[ \t]+(?:unittest|pytest)\b | ^(?:async[ \t]+)?def[ \t]+test_"""
    ),
    text_marks=('"""', "'''"),
    is_indented=True,
)

LANGUAGE = Language(
    name="python",
    title="Python",
    aliases=("py", "python3"),
    comment="#",
    file="solution.py",
    install="a Python interpreter outside a shim",
    image="python:3",
    find=_find,
    grammar=_PYTHON,
    declaration=_python,
    int_bits=None,
    worker="python_worker.pyc",
    fork_server="fork_server.pyc",
    flags=("-I", "-S", "-B", "-X", "utf8"),
    program=Build(run=("python", "-I", "-S", "-B", "-X", "utf8", "solution.py")),
    limits_address_space=True,
)
