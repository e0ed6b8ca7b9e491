"""Forked workers are as alone as started ones, and the server outlives what they do."""

from __future__ import annotations

import itertools
import os
import signal
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pytest_llmbench.errors import SandboxUnavailableError
from pytest_llmbench.grading import Judge, Sandbox, find_sandbox
from pytest_llmbench.grading.sandbox import tiers
from pytest_llmbench.grading.sandbox.fork_server import ForkServer
from pytest_llmbench.grading.sandbox.process import SpawnedProcess
from pytest_llmbench.grading.sandbox.walled import WalledSandbox
from pytest_llmbench.vocabulary import Answer, ByValue, Case, Limits, Outcome, Problem, Verdict

ADD = "def add(a, b): return a + b"


@pytest.fixture(scope="module")
def forking() -> Iterator[WalledSandbox]:
    try:
        sandbox = find_sandbox("auto")
    except SandboxUnavailableError as error:
        pytest.skip(str(error))
    assert isinstance(sandbox, WalledSandbox)
    if not sandbox.can_fork:
        pytest.skip("no fork server: namespaces inside the sandbox are not allowed here")
    yield sandbox
    sandbox.close()


@pytest.fixture(scope="module")
def judge(forking: WalledSandbox) -> Iterator[Judge]:
    judge = Judge(forking)
    yield judge
    judge.close()


def server_of(sandbox: WalledSandbox) -> ForkServer:
    (server,) = sandbox._fork_servers.values()
    return server


_numbers = itertools.count()


def grade(judge: Judge, code: str) -> Verdict:
    """Judge an answer, never by memory of another one."""
    judging = ByValue(entry_point="add", cases=(Case(args=(2, 3), returns=5),))
    name = f"p{next(_numbers)}"
    problem = Problem(
        suite="s", id=name, task_id=name, language="python", prompt="", judging=judging
    )
    return judge.grade(problem, Answer(code=code, language="python", how="fence"))


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def value(judge: Judge, code: str, *args: object) -> object:
    candidate = judge.open("python", code, Limits())
    try:
        return candidate.call("f", args)
    finally:
        candidate.close()


def test_a_worker_has_no_descriptor_of_the_servers(judge: Judge) -> None:
    code = "import os\ndef f(): return sorted(int(fd) for fd in os.listdir('/proc/self/fd'))"

    assert [0, 1, 2, 3] == value(judge, code)[:4]  # type: ignore[index]
    assert len(value(judge, code)) == 5  # type: ignore[arg-type]  # and the listing's own


def test_chance_differs_between_answers(judge: Judge) -> None:
    code = "import random, uuid\ndef f(): return [random.random(), str(uuid.uuid4())]"

    first, second = value(judge, code), value(judge, code)

    assert first != second


def test_a_signal_ends_an_answer_as_it_would_elsewhere(judge: Judge) -> None:
    for name in ("SIGTERM", "SIGKILL", "SIGALRM", "SIGABRT", "SIGSEGV"):
        code = f"import os, signal\ndef add(a, b): os.kill(os.getpid(), signal.{name})"

        verdict = grade(judge, code)

        assert Outcome.RUNTIME_ERROR is verdict.outcome
        assert str(128 + getattr(signal, name)) in verdict.evidence


def test_answers_that_run_at_once_cannot_meet(judge: Judge) -> None:
    """By loopback, an abstract socket, a file, shared memory, or the process table."""
    code = """
import os, socket, time
def f(which):
    met = []
    servers = []
    if which == 0:
        tcp = socket.create_server(("127.0.0.1", 47111))
        abstract = socket.socket(socket.AF_UNIX)
        abstract.bind("\\0llmbench-test")
        abstract.listen()
        for folder in ("/tmp", "/dev/shm"):
            open(folder + "/met", "w").close()
        os.openpty()
        time.sleep(1.0)
        return [len([n for n in os.listdir("/proc") if n.isdigit()])]
    time.sleep(0.4)
    tcp = (socket.AF_INET, ("127.0.0.1", 47111))
    for family, address in (tcp, (socket.AF_UNIX, "\\0llmbench-test")):
        s = socket.socket(family)
        try:
            s.connect(address)
            met.append(str(address))
        except OSError:
            pass
    met += [name for name in os.listdir("/dev/pts") if name.isdigit()]
    met += [folder for folder in ("/tmp", "/dev/shm") if os.path.exists(folder + "/met")]
    return met
"""
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda which: value(judge, code, which), (0, 1))

    assert [2] == first  # the namespace's first process, and the answer
    assert [] == second


NETWORK = "import os, socket\ndef f(): return os.readlink('/proc/self/ns/net')\n"
TRACES = {
    "a packet": """
        server = socket.create_server(("127.0.0.1", 0))
        socket.create_connection(server.getsockname()).close()""",
    "a packet without a connection": """
        socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9))""",
    "an error that was counted": """
        try:
            socket.create_connection(("192.0.2.1", 80), 0.1)
        except OSError:
            pass""",
}


def test_a_network_that_nobody_used_is_handed_on(judge: Judge) -> None:
    assert len({value(judge, NETWORK) for _ in range(12)}) < 12


@pytest.mark.parametrize("trace", TRACES.values(), ids=TRACES)
def test_a_network_with_a_trace_in_it_is_not(judge: Judge, trace: str) -> None:
    traced = value(judge, f"{NETWORK}network = f\ndef f():\n    if 1:{trace}\n    return network()")

    assert traced not in [value(judge, NETWORK) for _ in range(12)]


def test_sockets_that_hold_each_other_are_not_seen_by_the_next(judge: Judge) -> None:
    code = """
import socket
def f():
    a, b = socket.socketpair()
    name = socket.socket(socket.AF_UNIX)
    name.bind("\\0llmbench-held")
    name.listen()
    for end in (a, b):
        socket.send_fds(end, [b"x"], [a.fileno(), b.fileno(), name.fileno()])
    return open("/proc/net/unix").read()
"""
    look = "def f(): return open('/proc/net/unix').read()"

    assert "llmbench-held" in str(value(judge, code))
    for _ in range(12):
        assert "llmbench-held" not in str(value(judge, look))


def test_answers_that_run_at_once_have_a_network_each(judge: Judge) -> None:
    both = [judge.open("python", NETWORK, Limits()) for _ in range(2)]
    try:
        first, second = (candidate.call("f") for candidate in both)
    finally:
        for candidate in both:
            candidate.close()

    assert first != second


@pytest.mark.parametrize(
    ("number", "code"),
    [("1", ""), ("2", "import os\n"), ("2", "import subprocess\n"), ("2", "# eval\n")],
)
def test_an_answer_that_may_start_processes_is_not_the_first(
    judge: Judge, number: str, code: str
) -> None:
    code += "def f(): return open('/proc/self/stat').read().split()[0]"

    assert number == value(judge, code)


def test_orphans_are_not_the_answers_to_wait_for(judge: Judge) -> None:
    code = """
import os, time
def f():
    middle = os.fork()
    if not middle:
        if not os.fork():
            time.sleep(0.1)
        os._exit(3)
    ended = os.waitpid(middle, 0)[1]
    time.sleep(0.3)
    try:
        return ["an orphan", os.wait()[0]]
    except ChildProcessError:
        return ["nothing", ended >> 8]
"""

    assert ["nothing", 3] == value(judge, code)


def test_loopback_of_its_own_works(judge: Judge) -> None:
    code = """
import socket
def f():
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname()):
            return "connected"
"""
    assert "connected" == value(judge, code)


def test_the_server_is_out_of_reach(judge: Judge) -> None:
    code = """
import os, signal
def f():
    seen = [n for n in os.listdir("/proc") if n.isdigit()]
    try:
        os.kill(1, signal.SIGKILL)
    except PermissionError:
        pass
    try:
        open("/proc/1/mem", "rb").read(1)
        seen.append("memory")
    except OSError:
        pass
    try:
        os.kill(-1, signal.SIGKILL)
    except OSError:
        pass
    return seen
"""
    assert {"1", "2"} == set(value(judge, code))  # type: ignore[call-overload]
    assert 3 == value(judge, "def f(): return 3")


def test_a_server_that_hangs_is_replaced(judge: Judge, forking: WalledSandbox) -> None:
    """Stopped with its copies, not dead: only its silence tells."""
    assert Outcome.PASSED is grade(judge, ADD).outcome
    server = server_of(forking)._server
    assert isinstance(server, SpawnedProcess)
    for first in server._children():
        for inner in children(first):
            for pid in (inner, *children(inner)):
                os.kill(pid, signal.SIGSTOP)

    assert Outcome.ERROR is grade(judge, ADD).outcome

    assert Outcome.PASSED is grade(judge, ADD).outcome


def test_a_server_that_dies_is_an_error_and_is_started_again(
    judge: Judge, forking: WalledSandbox
) -> None:
    assert Outcome.PASSED is grade(judge, ADD).outcome
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(grade, judge, "import time\ndef add(a, b): time.sleep(5)")
        time.sleep(0.5)

        server = server_of(forking)._server
        assert server is not None
        server.kill()

        assert Outcome.ERROR is slow.result().outcome
    assert Outcome.PASSED is grade(judge, ADD).outcome


def test_where_forking_is_not_isolated_workers_are_started_instead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = tiers.prove

    def leaks_when_forked(
        sandbox: Sandbox, fork_server: str | None = None, **others: Sequence[str]
    ) -> bool:
        if fork_server:
            raise SandboxUnavailableError("code can still read the host's files")
        return real(sandbox, **others)

    monkeypatch.setattr(tiers, "prove", leaks_when_forked)
    sandbox = find_sandbox("bubblewrap")

    assert sandbox.describe()["fork_server"] is False
    assert Outcome.PASSED is grade(Judge(sandbox), ADD).outcome
    assert isinstance(sandbox, WalledSandbox)
    assert not sandbox._fork_servers
    sandbox.close()
