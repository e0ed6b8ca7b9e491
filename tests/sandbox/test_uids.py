"""No two answers have one user, also where a process has two sandboxes."""

from __future__ import annotations

from pytest_llmbench.grading.sandbox.home import Homes


def test_two_sandboxes_of_a_process_share_no_user() -> None:
    homes = [Homes(None, has_uids=True), Homes(None, has_uids=True)]

    taken = [each.take(1, 1) for each in homes for _ in range(3)]

    assert 6 == len({home.uid for home in taken})
    for home in taken:
        home.leave()
