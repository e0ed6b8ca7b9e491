"""Workers on another host: a real sshd in a network namespace of its own.

The other host can reach nothing but the controller's address of the link between them,
where nobody listens: what its items ask goes through the controller, and so do records.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.plugin.conftest import RunsOnDisk
from tests.servers.misbehaving import MisbehavingServer

HOST = "10.213.77.2"
SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
IP = shutil.which("ip", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def sh(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no second host here: {' '.join(command[:4])}...: {done.stderr.strip()[:200]}")


@pytest.fixture(scope="module")
def other_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give xdist's spec of a host that is reached by ssh only, without its folder."""
    if os.geteuid() != 0 or not SSHD or not IP or not shutil.which("ssh"):
        pytest.skip("a second host needs root, sshd, ssh and ip")
    folder = tmp_path_factory.mktemp("host")
    folder.chmod(0o700)
    for key in ("host", "user"):
        sh("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / key))
    shutil.copy(folder / "user.pub", folder / "authorized")
    (folder / "sshd_config").write_text(
        f"HostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized\nStrictModes no\n"
        f"ListenAddress {HOST}:2222\nPidFile {folder}/pid\nPasswordAuthentication no\n"
        "UsePAM no\nPermitRootLogin yes\n"
    )
    (folder / "config").write_text(
        f"Host *\n  Port 2222\n  IdentityFile {folder}/user\n  IdentitiesOnly yes\n"
        f"  StrictHostKeyChecking no\n  UserKnownHostsFile {folder}/known\n  LogLevel ERROR\n"
    )
    Path("/run/sshd").mkdir(exist_ok=True)
    # Not by `ip netns`, which leaves a mount behind. The host is there while sshd is.
    serve = f"read go; exec {SSHD} -D -e -f {folder}/sshd_config"
    sshd = subprocess.Popen(
        ["unshare", "--net", "sh", "-c", serve],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        there = str(sshd.pid)
        _wait_until(lambda: _network(there) != _network("self"))
        sh(IP, "link", "add", "lb-here", "type", "veth", "peer", "name", "lb-there", "netns", there)
        sh(IP, "addr", "add", "10.213.77.1/30", "dev", "lb-here")
        sh(IP, "link", "set", "lb-here", "up")
        for command in (
            ("addr", "add", f"{HOST}/30", "dev", "lb-there"),
            ("link", "set", "lb-there", "up"),
            ("link", "set", "lo", "up"),
        ):
            sh("nsenter", "-t", there, "-n", IP, *command)
        assert sshd.stdin is not None
        sshd.stdin.write("go\n")
        sshd.stdin.flush()
        spec = f"ssh=root@{HOST}//ssh_config={folder}/config//python={sys.executable}"
        _wait_for(folder)
        yield spec
    finally:
        sshd.terminate()
        sshd.wait(5)
        subprocess.run([IP, "link", "del", "lb-here"], check=False, capture_output=True)


def _wait_for(folder: Path) -> None:
    command = ["ssh", "-F", str(folder / "config"), f"root@{HOST}", "true"]
    _wait_until(lambda: not subprocess.run(command, capture_output=True, check=False).returncode)


def _network(pid: str) -> str:
    return str(Path(f"/proc/{pid}/ns/net").readlink())


def _wait_until(condition: Callable[[], bool]) -> None:
    for _ in range(100):
        if condition():
            return
        time.sleep(0.1)
    pytest.skip("no second host here: it does not come up")


@pytest.fixture
def there(tmp_path: Path) -> Path:
    """The folder of the other host in which its worker runs: nothing of ours is in it."""
    folder = tmp_path / "there"
    folder.mkdir()
    return folder


def test_a_worker_on_another_host_asks_through_the_controller(
    pytester: pytest.Pytester,
    runs: RunsOnDisk,
    other_host: str,
    there: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTHER_KEY", "sk-only-here-1234567890")
    with MisbehavingServer(latency_s=0.02) as server:
        (pytester.path / "models.yaml").write_text(
            f"models:\n- {{name: m, type: openai, model: ok, api_base: '{server.url}', "
            "api_key: $OTHER_KEY}\n"
        )
        shutil.copy(pytester.path / "models.yaml", there)
        result = pytester.runpytest_subprocess(
            "--llm-suite=core",
            "--llm-models=models.yaml",
            "--llm-samples=2",
            "--dist=load",
            f"--tx={other_host}//chdir={there}",
            "--tx=popen",
        )

        keys = {request.headers["authorization"] for request in server.requests}
        assert server.count("ok") == 56
    assert keys == {"Bearer sk-only-here-1234567890"}
    assert result.parseoutcomes()["failed"] == 28
    assert len(runs.records) == len(runs.lines("generations.jsonl")) == 56
    assert not list(there.rglob("*.jsonl"))


def test_a_run_that_only_another_host_judges_can_be_reused(
    pytester: pytest.Pytester, runs: RunsOnDisk, other_host: str, there: Path
) -> None:
    with MisbehavingServer() as server:
        options = (
            "--llm-suite=core",
            f"--llm-models=openai:ok@{server.url}",
            "--llm-reuse=last",
            "--dist=load",
            f"--tx={other_host}//chdir={there}",
        )
        pytester.runpytest_subprocess(*options)
        pytester.runpytest_subprocess(*options)

        assert server.count("ok") == 28
    assert len(runs.paths) == 2
    assert all(record["reused_from"] for record in runs.records)
