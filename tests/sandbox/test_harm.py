"""Answers that would do harm are bounded, see nothing, and leave nothing behind.

Attacks report what they achieved as their value, and each finding of nothing has
a control that shows that the attack would have found something.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pytest_llmbench.grading import CandidateFailed
from pytest_llmbench.vocabulary import Limits, Outcome
from tests.sandbox.conftest import Grade, Open

SHORT = Limits(time_s=1)


def processes_with(marker: str) -> list[str]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                text = (entry / "cmdline").read_bytes().decode(errors="replace")
                found += [text] if marker in text else []
    return found


def eventually(claim: Callable[[], object]) -> bool:
    """Wait up to two seconds: what the kernel does to a process takes a moment."""
    deadline = time.monotonic() + 2
    while not claim() and time.monotonic() < deadline:
        time.sleep(0.01)
    return bool(claim())


@pytest.fixture
def marker() -> str:
    return f"llmbench-{uuid.uuid4().hex}"


# Resources


def test_a_fork_bomb_stops_at_the_limit(open_answer: Open) -> None:
    code = (
        "import os, time\ndef f():\n    n = 0\n    try:\n        while n < 500:\n"
        "            if os.fork() == 0: time.sleep(60); os._exit(0)\n            n += 1\n"
        "    except OSError: pass\n    return n\n"
    )
    answer = open_answer(code, limits=Limits(processes=32))

    assert isinstance(forks := answer.call("f"), int)
    assert 20 <= forks < 32


def test_two_fork_bombs_have_a_limit_each(open_answer: Open) -> None:
    code = (
        "import os, time\ndef f():\n    n = 0\n    try:\n        while n < 500:\n"
        "            if os.fork() == 0: time.sleep(60); os._exit(0)\n            n += 1\n"
        "    except OSError: pass\n    return n\n"
    )
    answers = [open_answer(code, limits=Limits(processes=16)) for _ in range(3)]

    assert 1 == len({answer.call("f") for answer in answers})


def test_a_fork_bomb_without_end_is_over_with_its_verdict(grade: Grade, marker: str) -> None:
    code = (
        "import os\nwhile True:\n    try:\n        if os.fork() == 0:\n"
        f"            os.execv('/bin/sleep', ['{marker}', '60'])\n    except OSError: pass\n"
    )

    verdict = grade(code, limits=SHORT)

    assert verdict.outcome in {Outcome.TIMEOUT, Outcome.RUNTIME_ERROR, Outcome.WRONG_ANSWER}
    assert [] == processes_with(marker)


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("python", "x = []\nwhile True: x.append(bytearray(10**7))"),
        ("python", "def add(a, b): return 'x' * 10**10"),
        ("javascript", "const x = []; for (;;) x.push(new Array(1e5).fill(0.5));"),
        ("javascript", "const x = []; for (;;) x.push(Buffer.alloc(1e7, 1));"),
    ],
)
def test_a_memory_bomb_hits_the_memory_limit(grade: Grade, language: str, code: str) -> None:
    verdict = grade(code, language, limits=Limits(time_s=20, memory_bytes=128 << 20))

    assert Outcome.MEMORY_LIMIT is verdict.outcome, verdict


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("python", "while True: print('x' * 1000)"),
        ("python", "import os\nwhile True:\n    try: os.write(2, b'x' * 10000)\n    except OSError: pass"),  # noqa: E501
        ("javascript", "for (;;) console.log('x'.repeat(1000));"),
        ("python", "import subprocess\nsubprocess.run(['yes'])\ndef add(a, b): return a + b"),
    ],
)  # fmt: skip
def test_a_flood_hits_the_output_limit(grade: Grade, language: str, code: str) -> None:
    verdict = grade(code, language, limits=Limits(time_s=3))

    assert Outcome.OUTPUT_LIMIT is verdict.outcome, verdict
    assert len(verdict.evidence) < 4096


def test_the_disk_is_small_and_so_is_a_file(open_answer: Open) -> None:
    code = (
        "import os\ndef f(folder):\n    total = 0\n    largest = 0\n    for n in range(300):\n"
        "        size = 0\n        try:\n            with open(f'{folder}/{n}', 'wb', 0) as file:\n"
        "                for _ in range(50):\n"
        "                    size += file.write(b'x' * 100_000)\n"
        "        except OSError: pass\n"
        "        total += size; largest = max(largest, size)\n    return total, largest\n"
    )
    answer = open_answer(code, limits=Limits(output_bytes=1 << 20))

    for folder, quota in (("/tmp", 64 << 20), ("/dev/shm", 16 << 20)):
        total, largest = answer.call("f", (folder,))  # type: ignore[misc]
        assert 0 < total <= quota
        assert 0 < largest <= 1 << 20


def test_ignoring_signals_does_not_help(grade: Grade, marker: str) -> None:
    code = (
        "import signal, time\nfor s in range(1, 65):\n"
        "    try: signal.signal(s, signal.SIG_IGN)\n    except (OSError, ValueError): pass\n"
        f"import subprocess; subprocess.Popen(['{marker}', '60'], executable='/bin/sleep')\n"
        "time.sleep(60)\n"
    )
    started = time.monotonic()

    verdict = grade(code, limits=SHORT)

    assert Outcome.TIMEOUT is verdict.outcome
    assert time.monotonic() - started < 1.5
    assert [] == processes_with(marker)


DAEMON = """
import os, time
def f(marker):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execv("/bin/sleep", [marker, "60"])
        os._exit(0)
    time.sleep(0.2)
"""


def test_a_daemon_does_not_outlive_its_answer(open_answer: Open, marker: str) -> None:
    answer = open_answer(DAEMON)
    answer.call("f", (marker,))

    assert eventually(lambda: processes_with(marker))
    answer.close()
    assert [] == processes_with(marker)


def test_a_daemon_does_not_outlive_an_answer_that_ends_by_itself(grade: Grade, marker: str) -> None:
    verdict = grade(f"{DAEMON}\nf({marker!r})\nos._exit(0)")

    assert Outcome.WRONG_ANSWER is verdict.outcome
    assert [] == processes_with(marker)


def test_a_detached_child_of_node_does_not_outlive_its_answer(
    open_answer: Open, marker: str
) -> None:
    code = (
        "const { spawn } = require('child_process');\n"
        "function f(marker) { spawn('/bin/sleep', ['60'], "
        "{ argv0: marker, detached: true, stdio: 'ignore' }).unref(); }"
    )
    answer = open_answer(code, "javascript")
    answer.call("f", (marker,))

    assert eventually(lambda: processes_with(marker))
    answer.close()
    assert [] == processes_with(marker)


def test_killing_everything_reaches_nothing_outside(open_answer: Open) -> None:
    answer = open_answer("import os, signal\ndef f(): os.kill(-1, signal.SIGKILL)\n")

    with contextlib.suppress(CandidateFailed, Exception):
        answer.call("f")
    assert os.getpid()


def test_the_parent_death_signal_cannot_be_switched_off(open_answer: Open, marker: str) -> None:
    code = "import ctypes\nctypes.CDLL(None).prctl(1, 0, 0, 0, 0)\n" + DAEMON
    answer = open_answer(code)
    answer.call("f", (marker,))

    answer.close()

    assert [] == processes_with(marker)


def test_nothing_outlives_a_harness_that_is_killed(
    open_answer: Open, marker: str, tmp_path: Path
) -> None:
    open_answer("")  # skips where there is no sandbox
    program = tmp_path / "harness.py"
    program.write_text(
        "import time\n"
        "from pytest_llmbench.grading import Judge, find_sandbox\n"
        "from pytest_llmbench.vocabulary import Limits\n"
        "judge = Judge(find_sandbox('auto'))\n"
        f"judge.open('python', {DAEMON!r}, Limits()).call('f', ({marker!r},))\n"
        "time.sleep(60)\n"
    )
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "TMPDIR": str(tmp_path),
    }
    harness = subprocess.Popen([sys.executable, program], env=environment)
    assert eventually(lambda: processes_with(marker))

    harness.kill()
    harness.wait()

    assert eventually(lambda: not processes_with(marker))


# Secrets


STEAL_ENVIRONMENT = """
import glob, os
def f():
    texts = [str(dict(os.environ))]
    for path in glob.glob('/proc/*/environ') + glob.glob('/proc/*/task/*/environ'):
        try: texts.append(open(path, 'rb').read().decode(errors='replace'))
        except OSError: pass
    return '\\n'.join(texts)
"""


@pytest.mark.parametrize("language", ["python", "javascript"])
def test_no_environment_variable_of_the_parent_is_found(
    open_answer: Open, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    canary = uuid.uuid4().hex
    monkeypatch.setenv("OPENAI_API_KEY", canary)
    # What /proc shows of this process is what it was started with: look for that too.
    own = Path("/proc/self/environ").read_bytes().split(b"\0")
    code = (
        STEAL_ENVIRONMENT
        if language == "python"
        else "const fs = require('fs');\nfunction f() { let t = JSON.stringify(process.env);\n"
        "for (const p of fs.readdirSync('/proc')) try { "
        "t += fs.readFileSync(`/proc/${p}/environ`, 'utf8'); } catch {} return t; }"
    )

    stolen = open_answer(code, language).call("f")

    assert isinstance(stolen, str)
    assert "HOME" in stolen
    assert canary not in stolen
    names = {entry.partition(b"=")[0].decode() for entry in own} - {
        "PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH", "PWD", "LC_CTYPE", "", "_", "SHLVL",
    }  # fmt: skip
    assert [] == [name for name in names if f"{name}=" in stolen]


def test_the_files_of_the_host_are_not_there(open_answer: Open, tmp_path: Path) -> None:
    secret = tmp_path / "id_rsa"
    secret.write_text("secret")
    secret.chmod(0o644)
    tmp_path.chmod(0o755)
    wanted = [
        secret, Path.home(), Path.home() / ".ssh", "/root", "/home", "/etc/passwd", "/etc/shadow",
        "/etc/hosts", "/var", "/run", "/run/docker.sock", "/proc/1/root/etc/passwd", "/proc/1/cwd/etc/passwd",  # noqa: E501
        "/sys", "/boot", "/mnt", "/srv", Path(__file__), Path.cwd(), "/dev/sda", "/dev/vda", "/dev/kmsg",  # noqa: E501
    ]  # fmt: skip
    code = (
        "import os\ndef f(paths):\n    found = []\n    for p in paths:\n        try: os.stat(p)\n"
        "        except OSError: continue\n        found.append(p)\n    return found\n"
    )

    found = open_answer(code).call("f", ([str(path) for path in wanted],))

    assert [] == found


def test_nothing_outside_its_folders_can_be_written(open_answer: Open) -> None:
    code = (
        "import os\ndef f(folders):\n    written = []\n    for folder in folders:\n        try:\n"
        "            with open(folder + '/.probe', 'w') as file: file.write('x')\n"
        "            written.append(folder)\n        except OSError: pass\n    return written\n"
        "def g():\n    return [p for p in ('/proc/sys/kernel/core_pattern', '/proc/sysrq-trigger',"
        " '/proc/self/oom_score_adj_x') if os.access(p, os.W_OK)]\n"
    )
    answer = open_answer(code)
    folders = ["/", "/usr", "/usr/local", "/etc", "/dev", "/opt", "/opt/llmbench",
               "/opt/llmbench/workers", "/proc", "/tmp", "/dev/shm", "/usr/lib/python3"]  # fmt: skip  # noqa: E501

    assert ["/tmp", "/dev/shm"] == answer.call("f", (folders,))
    assert [] == answer.call("g")


def test_it_is_nobody_and_can_become_nobody_else(open_answer: Open) -> None:
    code = (
        "import os\ndef f():\n    status = dict(l.split(':', 1) for l in open('/proc/self/status'))\n"  # noqa: E501
        "    became = []\n    for uid in (0, 1, 1000):\n        try: os.setuid(uid); became.append(uid)\n"  # noqa: E501
        "        except OSError: pass\n"
        "    keys = ('CapPrm', 'CapEff', 'CapBnd', 'CapAmb')\n"
        "    return os.getuid(), [int(status[k], 16) for k in keys], "
        "status['NoNewPrivs'].strip(), became, os.getgroups()\n"
    )

    uid, capabilities, no_new_privileges, became, groups = open_answer(code).call("f")  # type: ignore[misc]

    assert uid != 0
    assert [0, 0, 0, 0] == capabilities
    assert "1" == no_new_privileges
    assert [] == became
    assert 0 not in groups


# Network


@pytest.fixture
def listener() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


CONNECT = """
import socket
def f(address):
    if isinstance(address, str):
        family, address = socket.AF_UNIX, '\\0' + address
    else:
        family, address = socket.AF_INET, tuple(address)
    try:
        with socket.socket(family) as s:
            s.settimeout(2); s.connect(address); return 'connected'
    except OSError as error:
        return type(error).__name__
def g(): return [name for _, name in socket.if_nameindex() if name != 'lo']
"""


def test_the_loopback_of_the_host_is_not_reached(open_answer: Open, listener: int) -> None:
    with socket.create_connection(("127.0.0.1", listener), timeout=2):
        pass  # the control: it listens
    answer = open_answer(CONNECT)

    assert "connected" != answer.call("f", (("127.0.0.1", listener),))
    assert "connected" != answer.call("f", (("192.0.2.1", 80),))
    assert [] == answer.call("g")


def test_an_abstract_socket_of_the_host_is_not_reached(open_answer: Open, marker: str) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"\0{marker}")
        server.listen()

        assert "connected" != open_answer(CONNECT).call("f", (marker,))


def test_node_does_not_reach_the_loopback_either(open_answer: Open, listener: int) -> None:
    code = (
        "const net = require('net');\nfunction f(port) { return new Promise((done) => {\n"
        "  const s = net.connect(port, '127.0.0.1', () => done('connected'));\n"
        "  s.on('error', (e) => done(e.code)); }); }"
    )

    assert "connected" != open_answer(code, "javascript").call("f", (listener,))


# From one sample to the next


def test_nothing_is_left_for_the_next_answer(open_answer: Open) -> None:
    code = (
        "import glob, os\ndef leave():\n    for d in ('/tmp', '/dev/shm', '.'):\n"
        "        open(d + '/left', 'w').close()\n    return os.path.exists('/tmp/left')\n"
        "def find(): return glob.glob('/tmp/*') + glob.glob('/dev/shm/*') + glob.glob('*')\n"
    )
    first, second = open_answer(code), open_answer(code)

    assert True is first.call("leave")
    assert [] == second.call("find")
    first.close()
    assert [] == open_answer(code).call("find")


def test_answers_do_not_see_each_other(open_answer: Open) -> None:
    code = "import os\ndef f(): return sorted(int(p) for p in os.listdir('/proc') if p.isdigit())"
    answers = [open_answer(code) for _ in range(2)]

    assert [[1, 2], [1, 2]] == [answer.call("f") for answer in answers]


def test_only_its_own_descriptors_are_open(open_answer: Open) -> None:
    code = (
        "import os\ndef f():\n    kinds = []\n    for fd in os.listdir('/proc/self/fd'):\n"
        "        try: kinds.append(os.readlink('/proc/self/fd/' + fd).split(':')[0])\n"
        "        except OSError: pass\n    return sorted(kinds)\n"
    )

    kinds = open_answer(code).call("f")

    assert kinds == ["/dev/null", "/memfd", "/memfd", "socket"]
