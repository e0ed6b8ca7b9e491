"""The folder that a sandbox shows to its programs: the workers, ready to run.

The package may lie below a home that nobody else can enter, and compiling a
worker at every start costs more than running it. So the workers and the modules
they share are compiled once into a private folder that others may read.
"""

from __future__ import annotations

import importlib._bootstrap_external as bootstrap
import shutil
import tempfile
import weakref
from pathlib import Path

from pytest_llmbench.grading.seccomp import filter_program

__all__ = ["SECCOMP_FILE", "StagedWorkers"]

SECCOMP_FILE = "seccomp.bpf"
"""Beside the workers; absent on machines whose system calls are not known."""

_HERE = Path(__file__).parent
_SHARED = ("values", "frames", "wire", "system_calls", "seccomp")


class StagedWorkers:
    """A temporary folder with every worker; it goes with the object or the process."""

    def __init__(self, *, as_sources: bool = False) -> None:
        """Stage the workers: compiled for this interpreter, or for any other one."""
        self.path = Path(tempfile.mkdtemp(prefix="llmbench-workers-"))
        self._remove = weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)
        package = self.path / "pytest_llmbench" / "grading"
        package.mkdir(parents=True)
        write = _copy if as_sources else _compile
        for folder in (package.parent, package):
            write("", folder / "__init__")
        for name in _SHARED:
            write((_HERE / f"{name}.py").read_text("utf-8"), package / name)
        for worker in sorted((_HERE / "workers").iterdir()):
            if worker.suffix == ".py":
                write(worker.read_text("utf-8"), self.path / worker.stem)
            elif worker.suffix == ".cjs":
                (self.path / worker.name).write_bytes(worker.read_bytes())
        if (program := filter_program()) is not None:
            (self.path / SECCOMP_FILE).write_bytes(program)
        for entry in (self.path, *self.path.rglob("*")):
            entry.chmod(0o755 if entry.is_dir() else 0o644)

    def close(self) -> None:
        """Remove the folder."""
        self._remove()


def _copy(source: str, target: Path) -> None:
    target.with_suffix(".py").write_text(source, "utf-8")


def _compile(source: str, target: Path) -> None:
    code = compile(source, target.name, "exec", dont_inherit=True, optimize=2)
    # The header of an unchecked, hash-based pyc (PEP 552): never compared with a source.
    data = bootstrap._code_to_hash_pyc(code, b"\0" * 8, False)  # type: ignore[attr-defined]
    target.with_suffix(".pyc").write_bytes(data)
