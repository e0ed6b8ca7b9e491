"""Where answers run: one interface, one backend that isolates, one that does not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from pytest_llmbench.errors import ConfigError
from pytest_llmbench.grading.sandbox.bubblewrap import FORK_SERVER, BubblewrapSandbox
from pytest_llmbench.grading.sandbox.interface import Program, Sandbox, SandboxedProcess
from pytest_llmbench.grading.sandbox.probe import prove
from pytest_llmbench.grading.sandbox.unconfined import UnconfinedSandbox

__all__ = ["Program", "Sandbox", "SandboxedProcess", "find_sandbox"]


def find_sandbox(choice: str) -> Sandbox:
    """Return the sandbox for `auto`, `bubblewrap` or `none`.

    The first two prove that they isolate by trying to break out, and raise
    SandboxUnavailableError with the reason and the remedy where they do not.
    """
    if choice == "none":
        return UnconfinedSandbox()
    if choice not in {"auto", "bubblewrap"}:
        raise ConfigError(f"unknown sandbox {choice!r}; known: auto, bubblewrap, none")
    sandbox = BubblewrapSandbox()
    try:
        with ThreadPoolExecutor(1, thread_name_prefix="llm-probe") as beside:
            forking = beside.submit(prove, sandbox, FORK_SERVER)  # its server starts slowly
            prove(sandbox)
        sandbox.try_forking(forking.result)
    except BaseException:
        sandbox.close()
        raise
    return sandbox
