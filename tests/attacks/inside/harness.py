"""Run one program the way most harnesses do, and tell what became of it.

A child with the harness's own environment, a limit on time, and nothing else. It runs
in a sandbox whose only purpose is that the harness, its secrets and its servers are
worth nothing: what an attack achieves here it would achieve where they are worth something.

`python harness.py plan.json`; the plan is that of `naive.py`, and so is the report, one line of
JSON on standard output.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Iterable
from pathlib import Path

REPORT_FD = 4
SHOWN_BYTES = 256 * 1024
POLL_S = 0.01
FOLDERS = ("/tmp", "/dev/shm")


class Servers:
    """What listens beside the harness: a database, a metadata service, an agent."""

    def __init__(self, port: int, path: str, abstract: str) -> None:
        tcp = socket.create_server(("127.0.0.1", port))
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", port))
        named, unnamed = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
        named.bind(path)
        unnamed.bind("\0" + abstract)
        self._names = {tcp: "tcp", udp: "udp", named: "unix", unnamed: "abstract"}
        for each in (tcp, named, unnamed):
            each.listen()
        self.reached: set[str] = set()

    def look(self) -> None:
        for each in select.select(list(self._names), [], [], 0)[0]:
            self.reached.add(self._names[each])
            with contextlib.suppress(OSError):
                each.recv(1) if self._names[each] == "udp" else each.accept()[0].close()


class Watch:
    """What the program, and all that it started, prints, reports and takes."""

    def __init__(self, servers: Servers) -> None:
        self.servers = servers
        self.before = set(processes())
        self.printed, self.said = os.memfd_create("stdout"), os.memfd_create("stderr")
        self._reports, self._report = os.pipe()
        os.set_blocking(self._reports, False)
        self._null = os.open(os.devnull, os.O_RDONLY)
        self._stored = [stored(folder) for folder in FOLDERS]
        self.lines = b""
        self.peak_processes = self.peak_bytes = 0

    def fds(self) -> dict[int, int]:
        return {0: self._null, 1: self.printed, 2: self.said, REPORT_FD: self._report}

    def look(self) -> None:
        self.servers.look()
        with contextlib.suppress(BlockingIOError):
            self.lines += os.read(self._reports, 65536)
        alive = set(processes()) - self.before
        self.peak_processes = max(self.peak_processes, len(alive))
        self.peak_bytes = max(self.peak_bytes, resident_bytes(alive))

    def report(self) -> dict[str, object]:
        now = [stored(folder) for folder in FOLDERS]
        growth = [
            [after - before for before, after in zip(*pair, strict=True)]
            for pair in zip(self._stored, now, strict=True)
        ]
        return {
            "stdout": os.pread(self.printed, SHOWN_BYTES, 0).decode("utf-8", "replace"),
            "stderr": os.pread(self.said, SHOWN_BYTES, 0).decode("utf-8", "replace"),
            "printed_bytes": os.fstat(self.printed).st_size + os.fstat(self.said).st_size,
            "lines": self.lines.decode("utf-8", "replace").splitlines()[:100],
            "reached": sorted(self.servers.reached),
            "survivors": [text for pid, text in processes().items() if pid not in self.before],
            "peak_processes": self.peak_processes,
            "peak_bytes": self.peak_bytes,
            "stored_bytes": sum(size for size, _ in growth),
            "stored_entries": sum(entries for _, entries in growth),
        }


def processes() -> dict[int, str]:
    """All processes that can be seen and live, with their commands."""
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError):
                command = Path(f"/proc/{name}/cmdline").read_bytes().decode("utf-8", "replace")
                state = Path(f"/proc/{name}/stat").read_text("utf-8", "replace")
                if state.rpartition(")")[2].split()[0] != "Z":
                    found[int(name)] = command.replace("\0", " ")
    return found


def resident_bytes(pids: Iterable[int]) -> int:
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError, IndexError):
            total += int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * 4096
    return total


def stored(folder: str) -> tuple[int, int]:
    """Bytes and entries in use where a folder lies."""
    used = os.statvfs(folder)
    return (used.f_blocks - used.f_bfree) * used.f_frsize, used.f_files - used.f_ffree


def start(command: list[str], environment: dict[str, str], fds: dict[int, int]) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            high = {number: os.dup2(fd, 50 + number) for number, fd in fds.items()}
            for number, fd in high.items():
                os.dup2(fd, number)
            os.closerange(REPORT_FD + 1, 256)
            for number in (signal.SIGPIPE, signal.SIGXFSZ):
                signal.signal(number, signal.SIG_DFL)
            os.execvpe(command[0], command, environment)
        finally:
            os._exit(127)
    return pid


def wait(child: int, limit_s: float, watch: Watch) -> int | None:
    """Wait for an exit status; kill what takes too long, as `subprocess.run` does."""
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        watch.look()
        time.sleep(POLL_S)
    os.kill(child, signal.SIGKILL)  # the child, and nothing else
    os.waitpid(child, 0)
    return None


def main() -> None:
    plan = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    Path(sys.argv[1]).unlink()
    sentinel = Path(plan["sentinel"])
    sentinel.write_text("precious")
    home = {"OPENAI_API_KEY": plan["canary"], "HOME": str(sentinel.parent)}
    watch = Watch(Servers(plan["port"], plan["socket"], plan["abstract"]))
    for _ in range(plan["times"]):
        child = start(plan["command"], {**os.environ, **home}, watch.fds())
        status = wait(child, plan["limit_s"], watch)
    time.sleep(plan["aftermath_s"])
    watch.look()
    kept = sentinel.read_text("utf-8") if sentinel.exists() else None
    sys.stdout.write(json.dumps({"status": status, "sentinel": kept, **watch.report()}))


if __name__ == "__main__":
    main()
