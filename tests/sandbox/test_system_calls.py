"""What namespaces do not hold back is refused by the filter of system calls."""

from __future__ import annotations

import ctypes
import os

import pytest

from pytest_llmbench.grading.seccomp import filter_program
from tests.sandbox.conftest import Open

pytestmark = pytest.mark.skipif(
    os.uname().machine != "x86_64", reason="the numbers of the calls below are those of x86-64"
)

CALL = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *args):
    ctypes.set_errno(0)
    result = libc.syscall(number, *args)
    return [result, ctypes.get_errno()]
def attach(pid):
    return libc.ptrace(16, pid, 0, 0)
def pty():
    ours, theirs = os.openpty()
    os.write(ours, b"hi\\n")
    return [os.read(theirs, 10).decode(), sorted(os.listdir("/dev/pts"))]
def threads_and_children():
    import subprocess, threading
    thread = threading.Thread(target=print)
    thread.start()
    thread.join()
    return subprocess.run(["/bin/echo", "fine"], capture_output=True).stdout.decode()
"""
EPERM = 1


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("keyctl of the session keyring", (250, 0, -3, 0)),
        ("add_key", (248, None, None, None, 0, -3)),
        ("request_key", (249, None, None, None, 0)),
        ("unshare of a user namespace", (272, 0x10000000)),
        ("clone into a user namespace", (56, 0x10000000 | 17, None, None, None, 0)),
        ("shmget of 100 MB", (29, 0, 100 << 20, 0o1600)),
        ("io_uring_setup", (425, 1, None)),
        ("userfaultfd", (323, 0)),
        ("bpf", (321, 0, None, 0)),
        ("mount", (165, None, None, None, 0, None)),
        ("a vsock", (41, 40, 1, 0)),
        ("the x32 way around", (0x40000000 + 39,)),
    ],
)
def test_it_is_refused(open_answer: Open, name: str, arguments: tuple[object, ...]) -> None:
    assert [-1, EPERM] == open_answer(CALL).call("call", arguments)


def test_the_first_process_cannot_be_traced(open_answer: Open) -> None:
    assert -1 == open_answer(CALL).call("attach", (1,))


def test_a_key_of_the_host_cannot_be_read(open_answer: Open) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    key = libc.syscall(248, b"user", b"llmbench-canary", b"secret", 6, -3)
    if key < 0:
        pytest.skip("this machine has no kernel keyrings")

    assert [-1, EPERM] == open_answer(CALL).call("call", (250, 11, key, None, 0))


def test_terminals_threads_and_children_still_work(open_answer: Open) -> None:
    answer = open_answer(CALL)

    assert ["hi\n", ["0", "ptmx"]] == answer.call("pty")
    assert "fine\n" == answer.call("threads_and_children")


def test_a_machine_that_is_not_known_has_no_filter() -> None:
    assert filter_program("riscv64") is None
    assert len(filter_program("aarch64") or b"") % 8 == 0
