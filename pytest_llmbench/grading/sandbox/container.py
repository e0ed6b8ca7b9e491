"""Isolation by a container engine: podman or docker, with or without root.

One container for each program. Without an image, it is an empty one in which the host's
toolchains are shown, read-only, as in the other backends; with an image, the image's own
programs are used: it needs a Python (3.10 or newer) as `python3`, and what its languages
need.
"""

from __future__ import annotations

import io
import os
import re
import secrets
import shutil
import subprocess
import tarfile
import threading
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pytest_llmbench.errors import SandboxUnavailableError
from pytest_llmbench.grading.sandbox.container_process import ContainerProcess, ask_engine
from pytest_llmbench.grading.sandbox.interface import Program, SandboxedProcess
from pytest_llmbench.grading.sandbox.landlock import LandlockSandbox
from pytest_llmbench.grading.sandbox.limits import SEARCH_PATH, limit_numbers
from pytest_llmbench.grading.sandbox.places import INSIDE, binds, inside, system_folders
from pytest_llmbench.grading.staging import StagedWorkers
from pytest_llmbench.languages import find_language

__all__ = ["ContainerSandbox", "engines"]

_ENGINES = ("podman", "docker")
_WORKERS = f"{INSIDE}/workers"
_FOLDERS = ("dev", "etc", "opt", "proc", "run", "sys", "tmp", "usr")
_UID = 65534
_SHM_BYTES = 16 * 1024 * 1024
_OWN_BYTES = 64 * 1024 * 1024
_STARTING_PROCESSES = 16
"""Threads of a runtime while it starts a container, in the container's name."""
_MANY_PROCESSES = 4096
_OPEN_FILES = 1024
_VARIABLES = ("PATH", "HOME", "TMPDIR", "LANG", "LD_LIBRARY_PATH")


def engines() -> list[str]:
    """Return the engines that are installed."""
    return [name for name in _ENGINES if shutil.which(name)]


class ContainerSandbox:
    """Starts each program in a container of its own."""

    name = "container"
    tier = "container"
    is_isolating = True

    def __init__(
        self, engine: str, image: str = "", *, options: Sequence[str] = (), has_limits: bool = True
    ) -> None:
        """Use an engine, and an image or the host's own toolchains.

        `options` are the engine's own; without limits it is not asked to bound the
        memory and the number of all processes together.
        """
        self.engine = engine
        self._options = list(options)
        self.has_limits = has_limits
        self._image = image
        self._workers = StagedWorkers(as_sources=True)
        self._lock = threading.Lock()
        self._servers: LandlockSandbox | None = None
        self._base = image or self._host_image()
        self.variables = self._variables()
        """Names of the environment's variables inside."""

    def start(self, program: Program) -> SandboxedProcess:
        if program.takes_descriptors:
            return self._beside().start(program)
        if program.writable is not None:
            self._lend(program.writable)
        name = f"llmbench-{secrets.token_hex(8)}"
        return ContainerProcess(
            [self.engine, *self._options],
            name,
            [*self._run(name, program), *self._command(program)],
            output_bytes=program.output_bytes,
            has_limits=self.has_limits,
        )

    def _lend(self, folder: Path) -> None:
        """Let containers write into a folder; raise OSError where it would not come back."""
        if self._image:
            raise OSError("caches are made with the host's toolchains only")
        if os.geteuid() != 0:
            raise OSError("what a container writes would belong to another user")
        os.chown(folder, _UID, _UID)

    def _beside(self) -> LandlockSandbox:
        """Return where our own servers run: no descriptor reaches into a container."""
        with self._lock:
            if self._servers is None:
                try:
                    self._servers = LandlockSandbox(drops_root=False)
                except SandboxUnavailableError as error:
                    raise OSError(str(error)) from None
            return self._servers

    def _run(self, name: str, program: Program) -> list[str]:
        """Return the arguments that make the walls."""
        tmpfs = "rw,exec,nosuid,nodev,mode=1777"
        arguments = ["run", "--rm", "--interactive", "--name", name, "--hostname", "sandbox"]
        arguments += [
            "--network",
            "none",
            "--read-only",
            "--cap-drop",
            "all",
            "--user",
            f"{_UID}:{_UID}",
        ]
        arguments += ["--security-opt", "no-new-privileges", "--security-opt", "label=disable"]
        arguments += ["--pull", "never", "--log-driver", "none", "--workdir", "/tmp"]  # noqa: S108
        arguments += ["--tmpfs", f"/tmp:{tmpfs},size={program.tmp_bytes}"]  # noqa: S108
        arguments += ["--shm-size", str(_SHM_BYTES), "--ulimit", "core=0:0"]
        arguments += ["--ulimit", f"nofile={_OPEN_FILES}:{_OPEN_FILES}"]
        # Counted by user, and all containers may have the same one.
        arguments += ["--ulimit", f"nproc={_MANY_PROCESSES}:{_MANY_PROCESSES}"]
        if self.engine == "podman":  # else it adds folders that can be written without end
            arguments += ["--read-only-tmpfs=false"]
        if self.has_limits:
            memory = program.memory_bytes + _OWN_BYTES
            arguments += ["--memory", str(memory), "--memory-swap", str(memory)]
            processes = max(program.processes + 1, _STARTING_PROCESSES)  # and the bridge
            arguments += ["--pids-limit", str(processes)]
        for variable in ("HOME=/tmp", "TMPDIR=/tmp", "LANG=C.UTF-8"):
            arguments += ["--env", variable]
        if not self._image:
            arguments += self._host_folders(program)
        return [*arguments, "--volume", f"{self._workers.path}:{_WORKERS}:ro"]

    def _host_folders(self, program: Program) -> list[str]:
        folders, _, files = system_folders()
        shown = [*((path, path) for path in (*folders, *files)), *binds(_shown(program))]
        arguments = []
        for source, target in shown:
            mode = "rw" if source == str(program.writable) else "ro"
            arguments += ["--volume", f"{source}:{target}:{mode}"]
        arguments += ["--env", f"PATH={SEARCH_PATH}"]
        if library := program.toolchain.library_path:
            arguments += ["--env", f"LD_LIBRARY_PATH={inside(library, _shown(program))}"]
        return arguments

    def _command(self, program: Program) -> list[str]:
        """Return the image, and what is run in it: the bridge, and through it the worker."""
        python = find_language("python")
        toolchain = python.toolchain()
        if toolchain is None:
            raise OSError(python.missing())
        shown = _shown(program)
        interpreter = self.place(toolchain.executable, shown)
        limited = replace(program, processes=_MANY_PROCESSES) if self.has_limits else program
        # Compiled, it would be for this interpreter only.
        worker = re.sub(r"\.pyc$", ".py", program.worker)
        return [
            *("--entrypoint", interpreter, self._base, *python.flags),
            f"{_WORKERS}/container_bridge.py",
            ",".join(map(str, limit_numbers(limited))),
            ",".join(self.variables),
            *(self.place(program.toolchain.executable, shown), *program.flags),
            f"{_WORKERS}/{worker}",
        ]

    def _host_image(self) -> str:
        """Make an image with nothing but places for the host's folders; return its name."""
        _, links, _ = system_folders()
        name = f"llmbench-host:{zlib.crc32(_tar(links)):08x}"
        if self._ask("image", "inspect", name).returncode == 0:
            return name
        made = self._ask("import", "-", name, stdin=_tar(links))
        if made.returncode:
            # Warnings come first, each on a line.
            said = made.stdout.decode("utf-8", "replace").strip().rpartition("\n")[2]
            self._workers.close()
            raise SandboxUnavailableError(f"{self.engine} makes no image: {said[-500:]}")
        return name

    def _variables(self) -> list[str]:
        """Return what programs are given: what is ours, and what is the image's."""
        form = "{{range .Config.Env}}{{println .}}{{end}}"
        asked = self._ask("image", "inspect", "--format", form, self._base)
        if asked.returncode:
            said = asked.stdout.decode("utf-8", "replace").strip()
            self._workers.close()
            raise SandboxUnavailableError(f"no image {self._base}: {said[-500:]}")
        lines = asked.stdout.decode("utf-8", "replace").splitlines()
        return [*_VARIABLES, *(line.partition("=")[0] for line in lines if "=" in line)]

    def _ask(self, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return ask_engine([self.engine, *self._options], *arguments, stdin=stdin)

    def place(self, path: Path, folders: tuple[Path, ...]) -> str:
        if not self._image:
            return inside(path, folders)
        python = find_language("python").toolchain()
        return "python3" if python is not None and path == python.executable else path.name

    def describe(self) -> dict[str, object]:
        together = ["memory of all processes of an answer together"]
        return {
            "name": self.name,
            "tier": self.tier,
            "isolating": True,
            "engine": self.engine,
            "version": self._ask("--version").stdout.decode("utf-8", "replace").strip(),
            "image": self._image or "the host's toolchains",
            "kernel": os.uname().release,
            "fork_server": False,
            "enforced": [
                "no network",
                "no host files",
                "no host processes",
                "wall time",
                "cpu time of a process",
                "memory of a process",
                *(together if self.has_limits else []),
                "processes",
                "output",
                "file size",
                "open files",
                "temporary files",
            ],
            "system_calls_filtered": True,
            "not_enforced": [] if self.has_limits else together,
        }

    def close(self) -> None:
        if self._servers is not None:
            self._servers.close()
        self._workers.close()


def _shown(program: Program) -> tuple[Path, ...]:
    python = find_language("python").toolchain()
    own = python.folders if python is not None else ()
    return tuple(dict.fromkeys((*program.toolchain.folders, *program.folders, *own)))


def _tar(links: Sequence[tuple[str, str]]) -> bytes:
    """Make an archive of empty folders, and the links between the system's."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for folder in _FOLDERS:
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if folder == "tmp" else 0o755
            archive.addfile(entry)
        for link, target in links:
            entry = tarfile.TarInfo(link.lstrip("/"))
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            archive.addfile(entry)
    return data.getvalue()
