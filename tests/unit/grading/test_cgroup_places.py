"""Where control groups are made: below our own group, whatever the machine calls it."""

from __future__ import annotations

from pathlib import Path

from pytest_llmbench.grading.sandbox.cgroup_places import Place, places

V1 = """\
30 25 0:26 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
31 30 0:27 / /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory
32 30 0:28 / /sys/fs/cgroup/pids rw shared:10 - cgroup cgroup rw,pids
33 30 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct
"""
V2 = "30 25 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"


def found(mountinfo: str, own: str) -> list[Place]:
    return list(places(mountinfo, own))


def test_the_first_version_has_a_folder_for_each_controller_memory_first() -> None:
    own = "9:pids:/jobs\n8:memory:/jobs/one\n7:cpu,cpuacct:/\n"

    assert [
        Place(
            folders=(Path("/sys/fs/cgroup/memory/jobs/one"), Path("/sys/fs/cgroup/pids/jobs")),
            is_v2=False,
            is_own=True,
        )
    ] == found(V1, own)


def test_without_the_memory_controller_there_is_no_use_for_the_rest() -> None:
    assert [] == found(V1.replace("rw,memory", "rw,blkio"), "9:pids:/\n8:blkio:/\n")


def test_the_second_version_offers_our_group_and_the_one_above() -> None:
    slice_ = Path("/sys/fs/cgroup/user.slice/user-1000.slice")

    assert [
        Place(folders=(slice_ / "session-3.scope",), is_v2=True, is_own=True),
        Place(folders=(slice_,), is_v2=True, is_own=False),
    ] == found(V2, "0::/user.slice/user-1000.slice/session-3.scope\n")


def test_the_root_has_nothing_above() -> None:
    assert [Place(folders=(Path("/sys/fs/cgroup"),), is_v2=True, is_own=True)] == found(
        V2, "0::/\n"
    )


def test_both_versions_are_tried_where_there_are_both() -> None:
    both = V1 + V2.replace("/sys/fs/cgroup ", "/sys/fs/cgroup/unified ")

    assert [False, True] == [place.is_v2 for place in found(both, "9:memory:/\n8:pids:/\n0::/\n")]


def test_a_group_outside_of_what_is_mounted_cannot_be_used() -> None:
    mounted = V2.replace(" / /sys", " /docker/abc /sys")

    assert [] == found(mounted, "0::/elsewhere\n")
    assert [Path("/sys/fs/cgroup/inner")] == [
        place.folders[0] for place in found(mounted, "0::/docker/abc/inner\n") if place.is_own
    ]


def test_blanks_in_paths_are_read() -> None:
    mounted = V2.replace("/sys/fs/cgroup", r"/mnt/my\040groups")

    assert [Path("/mnt/my groups")] == [place.folders[0] for place in found(mounted, "0::/\n")]


def test_a_machine_without_any_has_none() -> None:
    assert [] == found("22 1 8:1 / / rw - ext4 /dev/sda rw\n", "")
