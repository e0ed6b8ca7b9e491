"""Python: the interpreter that runs this process, each answer forked from a warm one."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from pytest_llmbench.languages.definition import Build, Language, Runner, Toolchain
from pytest_llmbench.languages.grammar import Grammar, lines
from pytest_llmbench.languages.sources import driver_source
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

_FUTURE = re.compile(r"^from[ \t]+__future__[ \t]+import\b.*\n", re.MULTILINE)
_COMMAND = ("python", "-I", "-S", "-B", "-X", "utf8")
_FLAGS = _COMMAND[1:]


def _test_files(prelude: str, code: str, tests: str) -> dict[str, str]:
    # Python wants these imports before all others.
    futures = "".join(_FUTURE.findall(code))
    return {
        "solution.py": f"{futures}{prelude}\n{_FUTURE.sub('', code)}\n",
        "tests.py": _running(tests),
        "main.py": driver_source("python_tests.py"),
    }


def _with_ending(tests: str, word: str) -> str:
    return f"{_running(tests)}\nimport sys as _sys; print({word!r}, file=_sys.stderr)\n"


def _running(tests: str) -> str:
    """Add what runs tests that are only defined, for a runner to find."""
    if _TEST_CLASS.search(tests):
        return tests if _RUNS_CLASSES.search(tests) else f"{tests}\n{_RUN_CLASSES}"
    names = _TEST_FUNCTION.findall(tests)
    if any(re.search(rf"^(?!def\b).*\b{name}\b", tests, re.MULTILINE) for name in names):
        return tests
    return "\n".join([tests, *(f"{name}()" for name in names)])


_TEST_CLASS = re.compile(r"^class[ \t]+\w+\(.*TestCase\b.*\):", re.MULTILINE)
_RUNS_CLASSES = re.compile(r"\bunittest\.main\(|\bTextTestRunner\b|\.run\(|_unittest_result\b")
_RUN_CLASSES = """\
import unittest
_unittest_result = unittest.main(module="__main__", exit=False, verbosity=0).result
if not _unittest_result.testsRun or not _unittest_result.wasSuccessful():
    raise SystemExit("FAILED")
"""
_TEST_FUNCTION = re.compile(r"^def[ \t]+(test_\w+)\(\)", re.MULTILINE)

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
    flags=_FLAGS,
    program=Build(run=(*_COMMAND, "solution.py")),
    runners={
        "program": Runner(
            files=_test_files,
            build=Build(run=(*_COMMAND, "main.py")),
            failure=re.compile(r"\bAssertionError\b|^FAIL: ", re.MULTILINE),
            ending=_with_ending,
        )
    },
    limits_address_space=True,
)
