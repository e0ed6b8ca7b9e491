"""The naive judges of the field, which show that the attacks work.

They are naive about verdicts, not about isolation: what they run, they run in a sandbox.

`status`
    Answer and asserting tests in one program; exit status 0 passes.
`marker`
    The same, and the tests print a line of success as their last act.
`lines`
    The same program reports each test that passed as a line on descriptor 4; the exit
    status does not matter.
`unittest`, `pytest`
    A test module imports the answer; the runner's exit status counts (Python).
`shared-list`
    A child process runs answer and checks and appends its own verdict to a list of its
    parent (Python).
`inside`
    A child is given the expected values, compares with `==`, and writes its verdicts into
    shared memory (Python).
"""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_llmbench.grading.caches import Caches
from pytest_llmbench.grading.candidate import CandidateProcess
from pytest_llmbench.grading.failures import CandidateFailed
from pytest_llmbench.grading.sandbox import Sandbox
from pytest_llmbench.languages import Build, Language, Toolchain, find_language
from pytest_llmbench.vocabulary import Limits
from tests.attacks.corpus import Attack
from tests.attacks.problems import CASES

__all__ = ["JUDGES", "PYTHON_JUDGES", "NaiveHarness"]

_HERE = Path(__file__).parent
_MIB = 1024 * 1024
_MARKER = "ALL TESTS PASSED"
JUDGES = ("status", "marker", "lines")
PYTHON_JUDGES = ("unittest", "pytest", "shared-list", "inside")

_WIDE = Limits(
    time_s=20, build_s=60, memory_bytes=2048 * _MIB, output_bytes=64 * _MIB, processes=250
)
"""So wide that what an attack achieves is to be seen."""
_HARNESS = Build(run=("python", "-I", "-S", "-B", "harness.py", "plan.json"))
_TAKES_MORE = frozenset({"java", "scala", "csharp", "haskell"})
"""Languages where answer and tests cannot simply stand one after the other."""
_CANARY = uuid.uuid4().hex
_RUN_S, _ENDLESS_S = 10.0, 1.5
_AFTERMATH_S = 0.2


class _Broken(Exception):
    """The harness did not survive the attack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What the harness in the sandbox is told; see `inside/harness.py`."""

    command: list[str]
    limit_s: float = _RUN_S
    """How long a program may take; `_ENDLESS_S` for one that is known not to end."""
    aftermath_s: float = 0
    """How long it looks for what is left when the program has ended."""
    times: int = 1
    """How often the program is run, one after the other, as if for one answer after another."""
    canary: str = _CANARY
    file: str = "/tmp/home/.ssh/id_rsa"
    sentinel: str = "/tmp/home/precious.txt"
    port: int = 4711
    socket: str = "/tmp/agent.sock"
    abstract: str = "llmbench-agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Report:
    """What the harness saw."""

    status: int | None
    stdout: str
    stderr: str
    printed_bytes: int
    lines: list[str]
    reached: list[str]
    survivors: list[str]
    peak_processes: int
    peak_bytes: int
    stored_bytes: int
    stored_entries: int
    sentinel: str | None

    def effects(self) -> frozenset[str]:
        """What an attack achieved, in the words of its `shows`."""
        output = f"{self.stdout}\n{self.stderr}"
        seen = {
            "canary": _CANARY in output,
            "achieved": "achieved" in output,
            "survives": bool(self.survivors),
            "endless": self.status is None,
            "flood": self.printed_bytes > 8 * _MIB,
            "crowd": self.peak_processes > 60,
            "hoard": self.peak_bytes > 300 * _MIB,
            "litter": self.stored_bytes > 100 * _MIB or self.stored_entries > 5000,
            "destroys": self.sentinel != "precious",
            "escapes": "\x1b[" in output or "::" in output,
        }
        return frozenset(name for name, is_seen in seen.items() if is_seen) | set(self.reached)


class NaiveHarness:
    """Runs what a naive judge would run, inside a sandbox and with a language's caches."""

    def __init__(self, sandbox: Sandbox, caches: Caches) -> None:
        self._sandbox = sandbox
        self._caches = caches

    def fooled(self, attack: Attack) -> frozenset[str]:
        """Return which naive judges of every language pass an answer."""
        try:
            report = self._observe(attack, attack.code)
        except (_Broken, CandidateFailed):
            return frozenset()
        passes = {
            "status": report.status == 0,
            "marker": report.status == 0 and _MARKER in report.stdout,
            "lines": report.lines.count("ok") >= len(CASES[attack.problem]),
        }
        return frozenset(name for name, is_passed in passes.items() if is_passed)

    def passes_in_python(self, judge: str, attack: Attack) -> bool:
        """Tell whether one of the naive judges for Python passes an answer."""
        script = (_HERE / "inside" / f"{judge.replace('-', '_')}.py").read_text("utf-8")
        tests = (_HERE / "asserts" / "python" / f"{attack.problem}_unittest.py").read_text("utf-8")
        files = {"solution.py": attack.code, "test_solution.py": tests, "judge.py": script}
        flags = ("-I", "-S", "-B", "-X", "utf8")
        build = Build(run=("python", *flags, "judge.py", attack.problem, "{site}"))
        try:
            report = self._report(find_language("python"), files, build)
        except (_Broken, CandidateFailed):
            return False
        if judge in {"unittest", "pytest"}:
            return report.status == 0
        return report.stdout.split() == ["passed"]

    def effects(self, attack: Attack, times: int = 1) -> frozenset[str]:
        """Return what an attack does to a naive harness, in the words of its `shows`."""
        names = ("FILE", "SENTINEL", "PORT", "SOCKET", "ABSTRACT")
        plan = _Plan(command=[])
        code = attack.code.replace("@MARKER@", uuid.uuid4().hex)
        for name in names:
            code = code.replace(f"@{name}@", str(getattr(plan, name.lower())))
        try:
            limit_s = _ENDLESS_S if "endless" in attack.words("shows") else _RUN_S
            report = self._observe(
                attack, code, limit_s=limit_s, aftermath_s=_AFTERMATH_S, times=times
            )
        except _Broken:
            return frozenset({"broken"})
        except CandidateFailed as failure:
            stolen = {"canary"} if _CANARY in failure.evidence else set()
            return frozenset({f"{failure.outcome}"} | stolen)
        return report.effects()

    def _observe(self, attack: Attack, code: str, **plan: float) -> _Report:
        """Run answer and tests as one program."""
        language = find_language(attack.language)
        suffix = Path(language.file).suffix
        place = _HERE / "asserts" / language.name / f"{attack.problem}{suffix}"
        tests = place.read_text("utf-8")
        if language.name in _TAKES_MORE:
            runner = language.runners["program"]
            return self._report(language, runner.files("", code, tests), runner.build, **plan)
        assert language.program is not None
        one = {language.file: f"{code}\n{tests}"}
        return self._report(language, one, language.program, **plan)

    def _report(
        self, language: Language, files: Mapping[str, str], build: Build, **settings: float
    ) -> _Report:
        """Compile files and run them below the harness; give what it saw.

        Raise CandidateFailed where they cannot be compiled, and _Broken where the harness is
        lost.
        """
        equipped = _equipped(language.name)
        cache = self._caches.folder(language)
        candidate = CandidateProcess(self._sandbox, equipped, _WIDE, cache=cache)
        try:
            plan = _Plan(command=candidate._command(build.run), **settings)
            ours = {
                "harness.py": (_HERE / "inside" / "harness.py").read_text("utf-8"),
                "plan.json": json.dumps(dataclasses.asdict(plan)),
                os.path.relpath(plan.file, "/tmp/work"): plan.canary,
            }
            candidate.build({**files, **ours}, build)
            try:
                ran = candidate.run(_HARNESS, "")
            except CandidateFailed as failure:
                raise _Broken(failure.evidence) from None
        finally:
            candidate.close()
        if not ran.stdout:
            raise _Broken(ran.stderr)
        return _Report(**json.loads(ran.stdout))


@functools.cache
def _equipped(name: str) -> Language:
    """Give a language whose programs are started by a harness in Python."""
    language = find_language(name)
    own, python = language.toolchain(), find_language("python").toolchain()
    assert own is not None
    assert python is not None
    site = Path(pytest.__file__).parents[1]
    programs = {**dict(own.programs), "python": python.executable, "site": site}
    toolchain = Toolchain(
        programs=tuple(programs.items()),
        folders=tuple(dict.fromkeys((*own.folders, *python.folders, site))),
    )
    return dataclasses.replace(
        language,
        worker=None,
        fork_server=None,
        flags=(),
        memory_flag=None,
        find=lambda: toolchain,
        limits_address_space=False,
        processes=language.processes + 8,
    )
