"""What an attack on this machine would be after, worthless and watched."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from pathlib import Path

from pytest_llmbench.grading.sandbox import Program, Sandbox, SandboxedProcess

__all__ = ["Host", "Overheard", "processes_with"]

_PLACES = ("MARKER", "FILE", "SENTINEL", "PORT", "SOCKET", "ABSTRACT")
_HEARD_BYTES = 1 << 20


class Host:
    """Secrets, servers, a bystander and a precious file, as an attack finds them by name."""

    def __init__(self) -> None:
        self.canary = uuid.uuid4().hex
        self.folder = Path(tempfile.mkdtemp(prefix="attacked-"))
        self.folder.chmod(0o755)
        secret, self._sentinel = self.folder / "id_rsa", self.folder / "precious.txt"
        for path, text in ((secret, self.canary), (self._sentinel, "precious")):
            path.write_text(text)
            path.chmod(0o666)
        self._tcp = socket.create_server(("127.0.0.1", 0))
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        port = self._tcp.getsockname()[1]
        self._udp.bind(("127.0.0.1", port))
        self._named, self._unnamed = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
        agent, abstract = str(self.folder / "agent.sock"), f"llmbench-{uuid.uuid4().hex}"
        self._named.bind(agent)
        os.chmod(agent, 0o666)
        self._unnamed.bind(f"\0{abstract}")
        for each in self._servers:
            each.setblocking(False)
            if each is not self._udp:
                each.listen()
        self._places = dict(
            zip(
                _PLACES,
                ("", str(secret), str(self._sentinel), str(port), agent, abstract),
                strict=True,
            )
        )
        # Somebody else's process: of this user, with a secret in its environment.
        self._bystander = subprocess.Popen(
            ["/bin/sleep", "3600"], env={"OPENAI_API_KEY": self.canary}
        )

    @property
    def _servers(self) -> tuple[socket.socket, ...]:
        return self._tcp, self._udp, self._named, self._unnamed

    def aim(self, code: str, marker: str) -> str:
        """Put the names of this host into an attack."""
        for name, place in {**self._places, "MARKER": marker}.items():
            code = code.replace(f"@{name}@", place)
        return code

    def harm(self) -> list[str]:
        """Return what was done to this host, in words."""
        harm = []
        for each, name in zip(self._servers, ("tcp", "udp", "unix", "abstract"), strict=True):
            with contextlib.suppress(BlockingIOError):
                each.recv(1) if each is self._udp else each.accept()[0].close()
                harm.append(f"reached {name}")
        if self._sentinel.read_text() != "precious":
            harm.append("changed a file")
        if self._bystander.poll() is not None or self._is_stopped():
            harm.append("reached a process")
        return harm

    def _is_stopped(self) -> bool:
        stat = Path(f"/proc/{self._bystander.pid}/stat").read_text()
        return stat.rpartition(")")[2].split()[0] == "T"

    def close(self) -> None:
        for each in self._servers:
            each.close()
        self._bystander.kill()
        self._bystander.wait()
        shutil.rmtree(self.folder)


class Overheard:
    """A sandbox that remembers what is printed in it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.printed: list[str] = []

    def start(self, program: Program) -> SandboxedProcess:
        return _Overheard(self._sandbox.start(program), self.printed)  # type: ignore[return-value]

    def __getattr__(self, name: str) -> object:
        return getattr(self._sandbox, name)


class _Overheard:
    def __init__(self, process: SandboxedProcess, printed: list[str]) -> None:
        self._process = process
        self._printed: list[str] | None = printed

    def close(self) -> None:
        if self._printed is not None:
            self._process.kill()
            self._printed.append(self._process.read_output(_HEARD_BYTES))
            self._printed = None
        self._process.close()

    def __getattr__(self, name: str) -> object:
        return getattr(self._process, name)


def processes_with(marker: str, patience_s: float = 0) -> list[str]:
    """Return the commands that hold a word; wait for their end as long as is given."""
    deadline = time.monotonic() + patience_s
    while (found := _commands(marker)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def _commands(marker: str) -> list[str]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                text = (entry / "cmdline").read_bytes().decode(errors="replace")
                found += [text] if marker in text else []
    return found
