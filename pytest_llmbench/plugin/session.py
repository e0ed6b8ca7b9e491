"""What one pytest session knows and owns of ours.

Made only when an `llm_*` option is set, or when the first test of ours is collected.
Under xdist the controller has one too: it writes the run, and its workers, which have
theirs, ask and judge.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_llmbench.analysis.forecast import estimated_tokens, is_priced, most_usd
from pytest_llmbench.errors import (
    ConfigError,
    SandboxUnavailableError,
    StoreError,
)
from pytest_llmbench.pipeline import Draft, Job, Pipeline
from pytest_llmbench.plugin.chosen import Chosen
from pytest_llmbench.plugin.keys import TRIAL
from pytest_llmbench.plugin.manifest import first_facts, suite_facts
from pytest_llmbench.plugin.progress import Progress
from pytest_llmbench.plugin.run import Run
from pytest_llmbench.plugin.settings import Settings
from pytest_llmbench.plugin.trial import Trial
from pytest_llmbench.records.cost import cost_of
from pytest_llmbench.records.journal import Journal, Recorded, find_journal
from pytest_llmbench.records.record import Record, record_of
from pytest_llmbench.records.store import GENERATIONS, RunDirectory
from pytest_llmbench.vocabulary import (
    Assurance,
    EndpointFailure,
    Generation,
    Model,
    Request,
    Sample,
)

if TYPE_CHECKING:
    from pytest_llmbench.generation.budget import Budget
    from pytest_llmbench.generation.engine import Engine
    from pytest_llmbench.grading.judge import Judge
    from pytest_llmbench.grading.sandbox import Sandbox

__all__ = ["ASK_NOBODY", "LLMSession"]

_TRUSTED = {"reference", "mutant"}
"""Models whose answers ship with the problems; running them needs no isolation."""
ASK_NOBODY = frozenset({*_TRUSTED, "replay"})
"""Types whose answers cost nothing and are stored elsewhere."""


class LLMSession:
    """The machinery of one pytest session: sandbox, pipeline and run."""

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        self.config = config
        self.settings = settings
        self.chosen = Chosen(config, settings)
        self.run: Run | None = None
        self.outbox: dict[str, list[Record]] = {}
        """In an xdist worker: records by node id, to travel with the item's report."""
        self.suite_facts: dict[str, dict[str, Any]] = {}
        """In a controller: what its workers said of the suites that they read."""
        self._journal: Journal | None = None
        self.trouble: StoreError | None = None
        """Why the journal cannot be written."""
        self._sandbox_search: Future[Sandbox] | None = None
        self.progress = Progress(
            config,
            settings.progress,
            lambda: self.engine.in_flight() if "engine" in self.__dict__ else {},
        )

    # -- where it runs ----------------------------------------------------------------

    @property
    def is_worker(self) -> bool:
        return hasattr(self.config, "workerinput")

    @property
    def is_distributing(self) -> bool:
        """Whether this process only hands out items to xdist workers."""
        return not self.is_worker and self.config.getoption("dist", "no") != "no"

    @property
    def is_collecting_only(self) -> bool:
        """Whether no test will run: `--collect-only`, `--setup-plan`, `--llm-dry-run`."""
        names = ("collectonly", "setupplan")
        return self.settings.is_dry_run or any(self.config.getoption(name, False) for name in names)

    def look_for_sandbox(self) -> None:
        """Begin to prove the sandbox, beside pytest's collection: it takes 0.1 s."""
        if self._sandbox_search is None:
            from pytest_llmbench.grading.sandbox import find_sandbox

            search: Future[Sandbox] = Future()
            self._sandbox_search = search

            def find() -> None:
                try:
                    search.set_result(find_sandbox(self.settings.sandbox))
                except BaseException as error:  # whoever waits must hear of it
                    search.set_exception(error)

            threading.Thread(target=find, name="llm-sandbox", daemon=True).start()

    @cached_property
    def sandbox(self) -> Sandbox:
        """The sandbox of this machine; raise UsageError where a real model needs a better one."""
        from pytest_llmbench.grading.sandbox import find_sandbox

        self.look_for_sandbox()
        assert self._sandbox_search is not None
        try:
            return self._sandbox_search.result()
        except SandboxUnavailableError as error:
            is_trusted = all(model.type in _TRUSTED for model in self.chosen.models)
            if self.settings.sandbox == "auto" and is_trusted:
                return find_sandbox("none")
            raise pytest.UsageError(str(error)) from None
        except OSError as error:
            raise pytest.UsageError(f"the sandbox cannot be set up: {error}") from None

    @cached_property
    def judge(self) -> Judge:
        from pytest_llmbench.grading.judge import Judge

        return Judge(self.sandbox, self.settings.sql_urls)

    @cached_property
    def engine(self) -> Engine:
        from pytest_llmbench.generation.engine import Engine

        return Engine(
            self._concurrency,
            on_generation=self._journal_generation,
            recorded=self._find_recorded,
            budget=self._budget(),
        )

    def _budget(self) -> Budget | None:
        """Give this process's share of what the run may spend."""
        limit_usd = self.settings.budget_usd
        if limit_usd is None:
            return None
        from pytest_llmbench.generation.budget import Budget

        return Budget(
            limit_usd / self._workers,
            most_usd=lambda request: most_usd(request.model, estimated_tokens(request)) or 0.0,
            cost_usd=lambda request, generation: cost_of(generation, request.model).usd,
        )

    def check_budget(self) -> None:
        """Raise UsageError where a budget is set and a model's cost has no bound."""
        if self.settings.budget_usd is None:
            return
        for model in self.chosen.models:
            if model.type in ASK_NOBODY or most_usd(model, 1) is not None:
                continue
            key = "max_tokens" if is_priced(model) else "prices"
            place = f"{model.origin}: " if model.origin else ""
            msg = f"{place}model {model.name!r} needs {key}, or --llm-budget cannot bound its cost"
            raise pytest.UsageError(msg)

    @cached_property
    def reused_journal(self) -> Path | None:
        """Where `--llm-reuse` looks; found before this run exists, so that it is another one.

        Raise UsageError for a run that does not exist.
        """
        if self.is_worker:
            path = self.config.workerinput.get("llm_reuse")  # type: ignore[attr-defined]
            return Path(path) if path and Path(path).is_file() else None
        if self.settings.reuse is None:
            return None
        start = Path(self.config.invocation_params.dir)
        try:
            return find_journal(self.settings.reuse, self.settings.output, start)
        except ConfigError as error:
            raise pytest.UsageError(str(error)) from None

    @cached_property
    def recorded(self) -> Recorded | None:
        """What may be reused; raise UsageError where it cannot be read."""
        if self.reused_journal is None:
            return None
        try:
            return Recorded(self.reused_journal)
        except ConfigError as error:
            raise pytest.UsageError(str(error)) from None

    def is_recorded(self, request: Request) -> bool:
        """Whether an earlier run's answer would be reused."""
        found = self._find_recorded(request)
        return found is not None and found.failure is None

    def _find_recorded(self, request: Request) -> Generation | None:
        model = request.model
        if model.type in ASK_NOBODY:
            return None
        found = self.recorded.find(request) if self.recorded is not None else None
        if found is None and model.missing:
            names = ", ".join(model.missing)
            message = f"not recorded, and it cannot be asked: {names} not set"
            return Generation(failure=EndpointFailure(kind="auth", message=message), attempts=0)
        return found

    @property
    def _concurrency(self) -> int:
        return max(1, self.settings.concurrency // self._workers)

    @property
    def _workers(self) -> int:
        if not self.is_worker:
            return 1
        return int(self.config.workerinput["workercount"])  # type: ignore[attr-defined]

    @cached_property
    def pipeline(self) -> Pipeline:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2
        return Pipeline(
            engine=self.engine,
            judge=self.judge,
            window=self._window,
            # One more: while the kernel ends one sandbox, a core has time for another.
            judging_slots=max(1, cores // self._workers) + 1,
            on_sample=self.keep,
        )

    def _window(self, model: Model) -> int:
        """How far to run ahead: enough to bridge one slow answer, little enough to waste."""
        return max(64, 4 * (model.concurrency or self._concurrency))

    # -- the run ----------------------------------------------------------------------

    def open_run(self) -> Run:
        """Make the run directory: in the controller, or in the only process."""
        if self.run is None:
            now = datetime.now(UTC)
            run_id = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
            directory = RunDirectory.create(self.settings.output, run_id)
            self.run = Run(directory, self._first_facts(run_id, now), self.progress.see)
        return self.run

    def _journal_generation(self, request: Request, generation: Generation) -> None:
        if generation.failure is not None or request.model.type in ASK_NOBODY:
            return
        try:
            if self._journal is None:
                directory = self._journal_directory()
                if directory is None:
                    return
                self._journal = Journal(directory)
            self._journal.write(request, generation)
        except StoreError as error:
            self.trouble = error

    def _journal_directory(self) -> Path | None:
        if not self.is_worker:
            return self.open_run().directory.path
        path = Path(self.config.workerinput.get("llm_run", ""))  # type: ignore[attr-defined]
        return path if path.is_dir() else None  # a worker on another host has none

    def poll(self) -> None:
        """Called while an item waits: stop the session if the disk is full."""
        if self.trouble is not None:
            raise self.trouble

    def keep(self, job: Job, sample: Sample) -> None:
        """Store a judged sample: on disk at once, or in the report of a worker."""
        was_run = sample.answer.code is not None and sample.verdict.assurance != Assurance.NONE
        isolation = self.sandbox.tier if was_run else None
        record = record_of(sample, isolation=isolation, node_id=job.node_id)
        if self.is_worker:
            self.outbox.setdefault(job.node_id, []).append(record)
        else:
            self.open_run().add(record)

    def wait(self, jobs: Sequence[Job]) -> list[Draft | Sample]:
        """Wait for the samples of an item; all of them are asked for at once."""
        return self.pipeline.wait(jobs, self.poll)

    def begin(self) -> None:
        """Before the first item: find the sandbox, and open the run.

        Raise UsageError where the machine gives no sandbox or the disk no folder.
        """
        _ = self.sandbox, self.recorded
        try:
            if not self.is_worker:
                self.open_run()
        except StoreError as error:
            raise pytest.UsageError(str(error)) from None

    def shown_path(self, path: Path) -> Path:
        """Shorten a path for the terminal: relative to where pytest was started."""
        start = Path(self.config.invocation_params.dir)
        return path.relative_to(start) if path.is_relative_to(start) else path

    def plan(self, items: Sequence[pytest.Item]) -> None:
        """Begin to ask for what these items will need, in their order."""
        jobs = [job for item in items for job in _jobs_ahead(item)]
        if not self.is_worker:
            for name, samples in _samples_of(items).items():
                self.progress.expect(name, samples)
        self.pipeline.plan(jobs)
        self.judge.warm_up([job.problem for job in jobs])

    def release(self, trial: Trial) -> None:
        if "pipeline" in self.__dict__:
            self.pipeline.release(trial.jobs)
        trial.reset()  # a session of 100 000 samples must not keep their texts

    def close(self) -> None:
        """Stop asking and judging; idempotent, returns within about two seconds."""
        if "pipeline" in self.__dict__:
            self.pipeline.close()
        elif "judge" in self.__dict__:
            self.judge.close()
        search = self._sandbox_search
        if search is not None and search.done() and search.exception() is None:
            search.result().close()
        if self._journal is not None:
            self._journal.close()
        if (recorded := self.__dict__.get("recorded")) is not None:
            recorded.close()

    def _first_facts(self, run_id: str, now: datetime) -> dict[str, Any]:
        return first_facts(
            run_id,
            started_at=now.isoformat(timespec="seconds"),
            command=[str(arg) for arg in self.config.invocation_params.args],
            models=self.chosen.models,
            suites=self.chosen.suites,
            settings=self.settings,
            sandbox=self.sandbox.describe(),
        )

    def finish_run(self, exit_status: int, *, is_complete: bool) -> None:
        """Close the run; an empty one leaves nothing behind."""
        run = self.run
        if run is None:
            return
        facts: dict[str, Any] = {
            "status": "complete" if is_complete else "incomplete",
            "exit_status": exit_status,
            "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "records": run.records_count,
            "suites": [*self.suite_facts.values(), *map(suite_facts, self.chosen.suites)],
            "languages": self._language_versions(),
        }
        if run.records_count or (run.directory.path / GENERATIONS).exists():
            run.finish(facts)
        else:
            run.discard()
            self.run = None

    def _language_versions(self) -> dict[str, str]:
        rows = self.run.summary.by_language() if self.run else ()
        names = sorted({row.language or "text" for row in rows} - {"text"})
        return {name: self._version(name) or "unknown" for name in names}

    def _version(self, name: str) -> str | None:
        from pytest_llmbench.languages import find_language
        from pytest_llmbench.languages.dialects import is_dialect

        if is_dialect(name):
            return self.judge.sql.version(name)
        return find_language(name).installed_version()


def _samples_of(items: Sequence[pytest.Item]) -> Counter[str]:
    """Count the samples of each model in items that will not be skipped for sure."""
    counts: Counter[str] = Counter()
    for item in items:
        trial = item.stash.get(TRIAL, None)
        if trial is not None and not trial.skip_reason and not item.get_closest_marker("skip"):
            counts.update(job.model.name for job in trial.jobs)
    return counts


def _jobs_ahead(item: pytest.Item) -> Sequence[Job]:
    """Give what can be asked before the item runs: not for one that may be skipped."""
    trial = item.stash.get(TRIAL, None)
    if trial is None or not trial.is_asked_ahead:
        return ()
    if item.get_closest_marker("skip") or item.get_closest_marker("skipif"):
        return ()
    return trial.jobs
