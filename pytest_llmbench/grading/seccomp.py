"""A filter of system calls: what an answer has no use for and a kernel has bugs in.

Namespaces do not cover kernel keyrings, tracing of other processes of the same user,
System V shared memory against the memory limit, or the making of more namespaces.
The filter is a program of the classic packet filter (seccomp(2), linux/seccomp.h); what
it denies fails with EPERM, as without privileges.
"""

from __future__ import annotations

import os
import struct

__all__ = ["filter_program"]

_COMMON = {"io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427}
_COMMON |= {"open_tree": 428, "move_mount": 429, "fsopen": 430, "fsconfig": 431}
_COMMON |= {"fsmount": 432, "fspick": 433, "pidfd_getfd": 438, "mount_setattr": 442}
_X86_64 = {"ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311}
_X86_64 |= {"keyctl": 250, "add_key": 248, "request_key": 249, "unshare": 272, "setns": 308}
_X86_64 |= {"mount": 165, "umount2": 166, "pivot_root": 155, "chroot": 161, "bpf": 321}
_X86_64 |= {"perf_event_open": 298, "userfaultfd": 323, "open_by_handle_at": 304}
_X86_64 |= {"fanotify_init": 300, "shmget": 29, "shmat": 30, "msgget": 68, "mq_open": 240}
_AARCH64 = {"ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271}
_AARCH64 |= {"keyctl": 219, "add_key": 217, "request_key": 218, "unshare": 97, "setns": 268}
_AARCH64 |= {"mount": 40, "umount2": 39, "pivot_root": 41, "chroot": 51, "bpf": 280}
_AARCH64 |= {"perf_event_open": 241, "userfaultfd": 282, "open_by_handle_at": 265}
_AARCH64 |= {"fanotify_init": 262, "shmget": 194, "shmat": 196, "msgget": 186, "mq_open": 180}

# machine: (AUDIT_ARCH, denied calls, clone, clone3, socket)
_MACHINES = {
    "x86_64": (0xC000003E, _X86_64, 56, 435, 41),
    "aarch64": (0xC00000B7, _AARCH64, 220, 435, 198),
}
_FAMILIES = (17, 38, 40)
"""AF_PACKET, AF_ALG, AF_VSOCK: sockets that a network namespace does not hold."""
_CLONE_NEWUSER = 0x10000000
_X32_BIT = 0x40000000

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCH, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
_ALLOW, _DENY, _UNKNOWN = 0x7FFF0000, 0x00050001, 0x00050026  # allow, EPERM, ENOSYS


def filter_program(machine: str | None = None) -> bytes | None:
    """Give the filter as the kernel wants it; `None` for a machine that is not known."""
    known = _MACHINES.get(machine or os.uname().machine)
    if known is None:
        return None
    arch, denied, clone, clone3, socket = known
    # Each test jumps over a `return`: far jumps would have to be counted.
    program = [(_LOAD, 0, 0, _ARCH), (_EQUAL, 1, 0, arch), (_RETURN, 0, 0, _DENY)]
    program += [(_LOAD, 0, 0, _NUMBER), (_AT_LEAST, 0, 1, _X32_BIT), (_RETURN, 0, 0, _DENY)]
    for number in sorted({*denied.values(), *_COMMON.values()}):
        program += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _DENY)]
    # Its flags are out of sight, and the C library falls back to clone.
    program += [(_EQUAL, 0, 1, clone3), (_RETURN, 0, 0, _UNKNOWN)]
    program += [(_EQUAL, 0, 4, clone), (_LOAD, 0, 0, _FIRST_ARGUMENT)]
    program += [(_ANY_BIT, 0, 1, _CLONE_NEWUSER), (_RETURN, 0, 0, _DENY), (_RETURN, 0, 0, _ALLOW)]
    program += [(_EQUAL, 1, 0, socket), (_RETURN, 0, 0, _ALLOW), (_LOAD, 0, 0, _FIRST_ARGUMENT)]
    for family in _FAMILIES:
        program += [(_EQUAL, 0, 1, family), (_RETURN, 0, 0, _DENY)]
    program.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *step) for step in program)
