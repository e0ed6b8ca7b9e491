"""Which sandbox this machine can have: the strongest that proves itself."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pytest_llmbench.errors import ConfigError, SandboxUnavailableError
from pytest_llmbench.grading.sandbox.bubblewrap import BubblewrapSandbox
from pytest_llmbench.grading.sandbox.container import ContainerSandbox, engines
from pytest_llmbench.grading.sandbox.interface import Sandbox
from pytest_llmbench.grading.sandbox.landlock import LandlockSandbox
from pytest_llmbench.grading.sandbox.namespaces import NamespaceSandbox
from pytest_llmbench.grading.sandbox.probe import is_bounding, prove
from pytest_llmbench.grading.sandbox.unconfined import UnconfinedSandbox
from pytest_llmbench.grading.sandbox.walled import FORK_SERVER, FORK_SERVER_VARIABLES, WalledSandbox

__all__ = ["TIERS", "find_sandbox", "open_tier"]

_Kind = TypeVar("_Kind", bound=Sandbox)
_REMEDY = "or opt out of isolation with --llm-sandbox=none"


def find_sandbox(choice: str) -> Sandbox:
    """Return the sandbox for `auto`, one of `TIERS`, `container:IMAGE` or `none`.

    `auto` is the first of `TIERS` that isolates: each proves it by trying to break out.
    Raise SandboxUnavailableError with reasons and remedies where none does.
    """
    if choice == "none":
        return UnconfinedSandbox()
    reasons = []
    for name in TIERS if choice == "auto" else [choice]:
        try:
            return open_tier(name)
        except SandboxUnavailableError as error:
            reasons.append(f"{name}: {error}")
    raise SandboxUnavailableError(f"no isolation: {'; '.join([*reasons, _REMEDY])}")


def open_tier(choice: str) -> Sandbox:
    """Return a sandbox that has proven itself.

    Raise SandboxUnavailableError with the reason where it cannot be had or leaks.
    """
    name, _, image = choice.partition(":")
    if name not in TIERS or (image and name != "container"):
        known = ", ".join(["auto", *TIERS, "container:IMAGE", "none"])
        raise ConfigError(f"unknown sandbox {choice!r}; known: {known}")
    return _container(image) if image else TIERS[name]()


def _proven(sandbox: _Kind, prove: Callable[[_Kind], object]) -> _Kind:
    try:
        prove(sandbox)
    except BaseException:
        sandbox.close()
        raise
    return sandbox


def _prove_walled(sandbox: WalledSandbox) -> None:
    """Prove both ways to start programs at once: a fork server starts slowly."""
    with ThreadPoolExecutor(1, thread_name_prefix="llm-probe") as beside:
        forking = beside.submit(prove, sandbox, FORK_SERVER, variables=[*FORK_SERVER_VARIABLES])
        is_counted = prove(sandbox)
    try:
        is_counted &= forking.result()
    except SandboxUnavailableError:
        sandbox.can_fork = False
    if sandbox.counts_together and not is_counted:
        sandbox.do_without_cgroups("control groups are there but do not count")


def _container(image: str = "") -> Sandbox:
    """Find a way to start containers: engines, runtimes and kernels agree on few."""
    reasons = {}
    for engine in engines():
        for options, has_limits in _ways(engine):
            try:
                sandbox = _proven(
                    ContainerSandbox(engine, image, options=options, has_limits=has_limits),
                    lambda sandbox: prove(sandbox, variables=sandbox.variables),
                )
            except SandboxUnavailableError as error:
                reasons[" ".join([engine, *options])] = str(error)
                continue
            sandbox.has_limits = has_limits and is_bounding(sandbox)
            return sandbox
    told = "; ".join(f"{way}: {reason}" for way, reason in reasons.items())
    raise SandboxUnavailableError(told or "neither podman nor docker is installed")


def _ways(engine: str) -> Iterator[tuple[list[str], bool]]:
    for has_limits in (True, False):
        yield [], has_limits
        if engine == "podman" and shutil.which("runc"):
            yield ["--runtime", "runc"], has_limits


TIERS: dict[str, Callable[[], Sandbox]] = {
    "bubblewrap": lambda: _proven(BubblewrapSandbox(), _prove_walled),
    "namespaces": lambda: _proven(NamespaceSandbox(), _prove_walled),
    "container": _container,
    "landlock": lambda: _proven(LandlockSandbox(), prove),
}
"""From the strongest to the weakest; each opens a sandbox that has proven itself."""
