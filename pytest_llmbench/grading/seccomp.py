"""A filter of system calls: what an answer has no use for and a kernel has bugs in.

Namespaces do not cover kernel keyrings, tracing of other processes of the same user,
System V shared memory against the memory limit, or the making of more namespaces.
The filter is a program of the classic packet filter (seccomp(2), linux/seccomp.h); what
it denies fails with EPERM, as without privileges.

Without namespaces more has to be denied (`alone`): sockets, sessions, and whatever else
reaches processes and files of the same user. Some of that answers need for what is their
own, so a supervisor decides (`seccomp_unotify(2)`).
"""

from __future__ import annotations

import os
import struct

__all__ = ["SUPERVISED", "filter_program", "supervised_calls"]

_COMMON = {"io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427}
_COMMON |= {"open_tree": 428, "move_mount": 429, "fsopen": 430, "fsconfig": 431}
_COMMON |= {"fsmount": 432, "fspick": 433, "pidfd_getfd": 438, "mount_setattr": 442}
_X86_64 = {"ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311}
_X86_64 |= {"keyctl": 250, "add_key": 248, "request_key": 249, "unshare": 272, "setns": 308}
_X86_64 |= {"mount": 165, "umount2": 166, "pivot_root": 155, "chroot": 161, "bpf": 321}
_X86_64 |= {"perf_event_open": 298, "userfaultfd": 323, "open_by_handle_at": 304}
_X86_64 |= {"fanotify_init": 300, "shmget": 29, "shmat": 30, "msgget": 68, "mq_open": 240}
_X86_64 |= {"semget": 64}
_AARCH64 = {"ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271}
_AARCH64 |= {"keyctl": 219, "add_key": 217, "request_key": 218, "unshare": 97, "setns": 268}
_AARCH64 |= {"mount": 40, "umount2": 39, "pivot_root": 41, "chroot": 51, "bpf": 280}
_AARCH64 |= {"perf_event_open": 241, "userfaultfd": 282, "open_by_handle_at": 265}
_AARCH64 |= {"fanotify_init": 262, "shmget": 194, "shmat": 196, "msgget": 186, "mq_open": 180}
_AARCH64 |= {"semget": 190}

# machine: (AUDIT_ARCH, denied calls, clone, clone3, socket)
_MACHINES = {
    "x86_64": (0xC000003E, _X86_64, 56, 435, 41),
    "aarch64": (0xC00000B7, _AARCH64, 220, 435, 198),
}
_FAMILIES = (17, 38, 40)
"""AF_PACKET, AF_ALG, AF_VSOCK: sockets that a network namespace does not hold."""
_CLONE_NEWUSER = 0x10000000
_X32_BIT = 0x40000000

# Without namespaces. What belongs to other processes of the same user:
_ALONE_COMMON = {"process_madvise": 440, "process_mrelease": 448}
_ALONE_X86_64 = {"socket": 41, "kcmp": 312, "setpriority": 141, "ioprio_set": 251}
_ALONE_X86_64 |= {"sched_setparam": 142, "sched_setscheduler": 144, "sched_setattr": 314}
_ALONE_X86_64 |= {"migrate_pages": 256, "move_pages": 279}
_ALONE_AARCH64 = {"socket": 198, "kcmp": 272, "setpriority": 140, "ioprio_set": 30}
_ALONE_AARCH64 |= {"sched_setparam": 118, "sched_setscheduler": 119, "sched_setattr": 274}
_ALONE_AARCH64 |= {"migrate_pages": 238, "move_pages": 239}
# System V objects can be used by their number, without having been asked for.
_ALONE_X86_64 |= {"shmctl": 31, "semop": 65, "semctl": 66, "semtimedop": 220}
_ALONE_X86_64 |= {"msgsnd": 69, "msgrcv": 70, "msgctl": 71}
_ALONE_AARCH64 |= {"shmctl": 195, "semop": 193, "semctl": 191, "semtimedop": 192}
_ALONE_AARCH64 |= {"msgsnd": 189, "msgrcv": 188, "msgctl": 187}
# What Landlock does not cover of files: owners and attributes; before its third version,
# truncation by name.
_ALONE_X86_64 |= {"chown": 92, "fchown": 93, "lchown": 94, "fchownat": 260, "setxattr": 188}
_ALONE_X86_64 |= {"lsetxattr": 189, "fsetxattr": 190, "removexattr": 197, "lremovexattr": 198}
_ALONE_X86_64 |= {"fremovexattr": 199, "truncate": 76}
_ALONE_AARCH64 |= {"fchownat": 54, "fchown": 55, "setxattr": 5, "lsetxattr": 6, "fsetxattr": 7}
_ALONE_AARCH64 |= {"removexattr": 14, "lremovexattr": 15, "fremovexattr": 16, "truncate": 45}
_ALONE_COMMON |= {"setxattrat": 463, "removexattrat": 466, "file_setattr": 469}
# What is said to have succeeded: nobody in here may leave the group that is ended as one,
# and times of files matter to nobody.
_PRETENDED_X86_64 = {"setsid": 112, "setpgid": 109, "utime": 132, "utimes": 235}
_PRETENDED_X86_64 |= {"futimesat": 261, "utimensat": 280}
_PRETENDED_AARCH64 = {"setsid": 157, "setpgid": 154, "utimensat": 88}
# What a supervisor decides: the first argument is a process, or a file's place comes first.
SUPERVISED = {
    "x86_64": {"kill": 62, "tkill": 200, "tgkill": 234, "rt_sigqueueinfo": 129,
               "rt_tgsigqueueinfo": 297, "prlimit64": 302, "sched_setaffinity": 203,
               "chmod": 90, "fchmod": 91, "fchmodat": 268, "fchmodat2": 452},
    "aarch64": {"kill": 129, "tkill": 130, "tgkill": 131, "rt_sigqueueinfo": 138,
                "rt_tgsigqueueinfo": 240, "prlimit64": 261, "sched_setaffinity": 122,
                "fchmod": 52, "fchmodat": 53, "fchmodat2": 452},
}  # fmt: skip
"""By machine; see `workers/landlock_launcher.py`."""
_OWN_WITH_0 = ("kill", "prlimit64", "sched_setaffinity")
"""Where 0 means the caller, or its group."""
_PIDFD_SEND_SIGNAL = 424
_SOCKETPAIR = {"x86_64": 53, "aarch64": 199}
_SOCK_TYPE, _SOCK_DGRAM = 0xF, 2

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_AND = 0x54
_NUMBER, _ARCH, _FIRST_ARGUMENT, _SECOND_ARGUMENT = 0, 4, 16, 24  # in struct seccomp_data
_ALLOW, _DENY, _UNKNOWN = 0x7FFF0000, 0x00050001, 0x00050026  # allow, EPERM, ENOSYS
_PRETEND, _ASK = 0x00050000, 0x7FC00000  # "fails" with 0; the supervisor decides


def filter_program(machine: str | None = None, *, alone: bool = False) -> bytes | None:
    """Give the filter as the kernel wants it; `None` for a machine that is not known.

    `alone` is for where there are no namespaces, and needs a supervisor.
    """
    machine = machine or os.uname().machine
    known = _MACHINES.get(machine)
    if known is None:
        return None
    arch, denied, clone, clone3, socket = known
    # Each test jumps over a `return`: far jumps would have to be counted.
    program = [(_LOAD, 0, 0, _ARCH), (_EQUAL, 1, 0, arch), (_RETURN, 0, 0, _DENY)]
    program += [(_LOAD, 0, 0, _NUMBER), (_AT_LEAST, 0, 1, _X32_BIT), (_RETURN, 0, 0, _DENY)]
    program += _each({*denied.values(), *_COMMON.values()}, _DENY)
    if alone:
        program += _alone(machine)
    # Its flags are out of sight, and the C library falls back to clone.
    program += [(_EQUAL, 0, 1, clone3), (_RETURN, 0, 0, _UNKNOWN)]
    program += [(_EQUAL, 0, 4, clone), (_LOAD, 0, 0, _FIRST_ARGUMENT)]
    program += [(_ANY_BIT, 0, 1, _CLONE_NEWUSER), (_RETURN, 0, 0, _DENY), (_RETURN, 0, 0, _ALLOW)]
    program += [(_EQUAL, 1, 0, socket), (_RETURN, 0, 0, _ALLOW), (_LOAD, 0, 0, _FIRST_ARGUMENT)]
    program += _each(_FAMILIES, _DENY)
    program.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *step) for step in program)


def supervised_calls(machine: str | None = None) -> dict[int, str]:
    """Return the names of the calls that a supervisor is asked about."""
    names = SUPERVISED.get(machine or os.uname().machine, {})
    return {number: name for name, number in names.items()}


def _each(numbers: object, action: int) -> list[tuple[int, int, int, int]]:
    assert isinstance(numbers, set | tuple)
    steps = [[(_EQUAL, 0, 1, number), (_RETURN, 0, 0, action)] for number in sorted(numbers)]
    return [step for pair in steps for step in pair]


def _alone(machine: str) -> list[tuple[int, int, int, int]]:
    is_x86 = machine == "x86_64"
    denied = _ALONE_COMMON | (_ALONE_X86_64 if is_x86 else _ALONE_AARCH64)
    pretended = _PRETENDED_X86_64 if is_x86 else _PRETENDED_AARCH64
    asked = SUPERVISED[machine]
    program = _each({*denied.values(), _PIDFD_SEND_SIGNAL}, _DENY)
    program += _each(set(pretended.values()), _PRETEND)
    # From a pair of datagram sockets one may write to any other of the machine.
    program += [(_EQUAL, 0, 5, _SOCKETPAIR[machine]), (_LOAD, 0, 0, _SECOND_ARGUMENT)]
    program += [(_AND, 0, 0, _SOCK_TYPE), (_EQUAL, 0, 1, _SOCK_DGRAM)]
    program += [(_RETURN, 0, 0, _DENY), (_RETURN, 0, 0, _ALLOW)]
    for name in _OWN_WITH_0:
        program += [(_EQUAL, 0, 4, asked[name]), (_LOAD, 0, 0, _FIRST_ARGUMENT)]
        program += [(_EQUAL, 0, 1, 0), (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _ASK)]
    program += _each({number for name, number in asked.items() if name not in _OWN_WITH_0}, _ASK)
    return program
