"""What one pytest session knows and owns of ours.

Made only when an `llm_*` option is set, or when the first test of ours is collected.
Under xdist the controller has one too: it writes the run, and its workers, which have
theirs, ask and judge.
"""

from __future__ import annotations

import os
import platform
import secrets
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_llmbench.errors import (
    ConfigError,
    SandboxUnavailableError,
    StoreError,
    SuiteError,
)
from pytest_llmbench.generation.registry import PROVIDERS, check_model
from pytest_llmbench.models.selection import ModelSource, select_models
from pytest_llmbench.pipeline import Draft, Job, Pipeline
from pytest_llmbench.plugin.keys import TRIAL
from pytest_llmbench.plugin.manifest import model_facts
from pytest_llmbench.plugin.run import Journal, Run
from pytest_llmbench.plugin.settings import Settings, home_of
from pytest_llmbench.plugin.trial import Trial
from pytest_llmbench.records.record import SCHEMA, Record, record_of
from pytest_llmbench.records.store import RunDirectory
from pytest_llmbench.suites.registry import installed_suites, load_suite
from pytest_llmbench.suites.taskfile import load_task_file
from pytest_llmbench.vocabulary import Generation, Model, Problem, Request, Sample, Suite

if TYPE_CHECKING:
    from pytest_llmbench.generation.engine import Engine
    from pytest_llmbench.grading.judge import Judge
    from pytest_llmbench.grading.sandbox import Sandbox

__all__ = ["LLMSession"]

_TRUSTED = {"reference", "mutant"}
"""Models whose answers ship with the problems; running them needs no isolation."""


class LLMSession:
    """Models, suites, the pipeline and the run of one pytest session."""

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        self.config = config
        self.settings = settings
        self.chosen_ids: dict[str, set[str]] = {}
        """Items of installed suites that were named on the command line, by suite."""
        self.config_error: str | None = None
        self.run: Run | None = None
        self.outbox: dict[str, list[Record]] = {}
        """In an xdist worker: records by node id, to travel with the item's report."""
        self._suites: dict[str, Suite] = {}
        self.discovered: tuple[Model, ...] = ()
        """What `--llm-models=auto` found."""
        self._journal: Journal | None = None
        self._trouble: StoreError | None = None
        self._sandbox_search: Future[Sandbox] | None = None

    # -- what is tested ---------------------------------------------------------------

    @cached_property
    def models(self) -> tuple[Model, ...]:
        """The chosen models. A mistake is kept in `config_error` and leaves none."""
        try:
            return self._select_models()
        except ConfigError as error:
            self.config_error = str(error)
            return ()

    def _select_models(self) -> tuple[Model, ...]:
        source = ModelSource(
            root=home_of(self.config),
            folder=Path(self.config.invocation_params.dir),
            environ=os.environ,
            discover=self._discover,
        )
        models = select_models(self.settings.model_specs, source)
        for model in models:
            if model.type in PROVIDERS:
                check_model(model)
        return models

    def _discover(self) -> Iterable[Model]:
        if self.is_worker:  # what the controller found, so that all workers agree
            from pytest_llmbench.plugin.manifest import model_from_wire

            return [model_from_wire(wire) for wire in self.config.workerinput["llm_discovered"]]  # type: ignore[attr-defined]
        from pytest_llmbench.generation.discovery import discover_models

        models, notes = discover_models()
        if not models:
            raise ConfigError(f"--llm-models=auto found no server with a model: {'; '.join(notes)}")
        self.discovered = tuple(models)
        return models

    def choose_arguments(self) -> None:
        """Collect only the suites where no file was named, and items of suites by their id.

        Raise UsageError for an unknown suite.
        """
        config = self.config
        if self.settings.suites and config.args_source is not config.ArgsSource.ARGS:
            config.args = []
            config.args_source = config.ArgsSource.ARGS  # or the header says `testpaths: ...`
        for arg in list(config.args):
            name, _, item = arg.partition("::")
            if name in self.settings.suites and not (config.invocation_params.dir / name).exists():
                config.args.remove(arg)
                if item:
                    self.chosen_ids.setdefault(name, set()).add(item)

    def check(self) -> None:
        """Raise UsageError for a mistake in the options or in models.yaml."""
        known = installed_suites()
        for name in self.settings.suites:
            if name not in known:
                self._usage(lambda name=name: load_suite(name, None, self.notify))  # type: ignore[misc]
        _ = self.models
        if self.config_error is not None:
            raise pytest.UsageError(self.config_error)

    def load_suites(self) -> None:
        """Load the chosen suites now, so that a missing file is a usage error."""
        for name in self.settings.suites:
            self._usage(lambda name=name: self.suite(name))  # type: ignore[misc]

    def _usage(self, action: Callable[[], object]) -> None:
        try:
            action()
        except (SuiteError, ConfigError) as error:
            raise pytest.UsageError(str(error)) from None

    def suite(self, name: str) -> Suite:
        if name not in self._suites:
            self._suites[name] = load_suite(name, self.settings.data_dir, self.notify)
        return self._suites[name]

    def task_file(self, path: Path) -> Suite:
        key = str(path)
        if key not in self._suites:
            self._suites[key] = load_task_file(path, lambda name: self._missing(name) is None)
        return self._suites[key]

    def why_not(self, problem: Problem, model: Model) -> str | None:
        """Say why a model cannot be asked about a problem on this machine, if so."""
        if model.type not in PROVIDERS:
            place = f"{model.origin}: " if model.origin else ""
            return f"{place}models of type {model.type!r} cannot be run by this version yet"
        if model.type == "reference" and not problem.references:
            return f"{problem.task_id} has no reference answer"
        if model.type == "mutant" and not problem.mutants:
            return f"{problem.task_id} has no known-wrong answer"
        return self._missing(problem.language)

    def _missing(self, language: str) -> str | None:
        if language == "text":
            return None
        from pytest_llmbench.grading.languages import find_language

        return find_language(language).missing()

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
        return bool(self.config.getoption("collectonly", False))

    def notify(self, line: str) -> None:
        reporter = self.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.write_line(f"llm: {line}")
        else:
            print(f"llm: {line}", file=sys.stderr)

    def look_for_sandbox(self) -> None:
        """Begin to prove the sandbox, beside pytest's collection: it takes 0.1 s."""
        if self._sandbox_search is None:
            from pytest_llmbench.grading.sandbox import find_sandbox

            search: Future[Sandbox] = Future()
            self._sandbox_search = search

            def find() -> None:
                try:
                    search.set_result(find_sandbox(self.settings.sandbox))
                except SandboxUnavailableError as error:
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
            is_trusted = all(model.type in _TRUSTED for model in self.models)
            if self.settings.sandbox == "auto" and is_trusted:
                return find_sandbox("none")
            raise pytest.UsageError(str(error)) from None

    @cached_property
    def judge(self) -> Judge:
        from pytest_llmbench.grading.judge import Judge

        return Judge(self.sandbox)

    @cached_property
    def engine(self) -> Engine:
        from pytest_llmbench.generation.engine import Engine

        return Engine(self._concurrency, on_generation=self._journal_generation)

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
            judging_slots=max(1, cores // self._workers),
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
            self.run = Run(directory, self._manifest(run_id, now))
        return self.run

    def _journal_generation(self, request: Request, generation: Generation) -> None:
        if generation.failure is not None or request.model.type in {*_TRUSTED, "replay"}:
            return
        try:
            if self._journal is None:
                directory = self._journal_directory()
                if directory is None:
                    return
                self._journal = Journal(directory)
            self._journal.write(request, generation)
        except StoreError as error:
            self._trouble = error

    def _journal_directory(self) -> Path | None:
        if not self.is_worker:
            return self.open_run().directory.path
        path = Path(self.config.workerinput.get("llm_run", ""))  # type: ignore[attr-defined]
        return path if path.is_dir() else None  # a worker on another host has none

    def poll(self) -> None:
        """Called while an item waits: stop the session if the disk is full."""
        if self._trouble is not None:
            raise self._trouble

    def keep(self, job: Job, sample: Sample) -> None:
        """Store a judged sample: on disk at once, or in the report of a worker."""
        needs_sandbox = sample.answer.code is not None
        isolation = self.sandbox.name if needs_sandbox else None
        record = record_of(sample, isolation=isolation, node_id=job.node_id)
        if self.is_worker:
            self.outbox.setdefault(job.node_id, []).append(record)
        else:
            self.open_run().add(record)

    def wait(self, job: Job) -> Draft | Sample:
        return self.pipeline.wait(job, self.poll)

    def begin(self) -> None:
        """Before the first item: find the sandbox, and open the run.

        Raise UsageError where the machine gives no sandbox or the disk no folder.
        """
        _ = self.sandbox
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
        self.pipeline.plan(jobs)
        self.judge.warm_up([job.problem for job in jobs])

    def release(self, trial: Trial) -> None:
        if "pipeline" in self.__dict__:
            self.pipeline.release(trial.jobs)

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

    def _manifest(self, run_id: str, now: datetime) -> dict[str, Any]:
        settings = self.settings
        return {
            "schema": SCHEMA,
            "run": run_id,
            "status": "running",
            "started_at": now.isoformat(timespec="seconds"),
            "command": _command(self.config),
            "models": [model_facts(model) for model in self.models],
            "suites": [
                {
                    "name": suite.name,
                    "source": suite.source,
                    "sha256": suite.sha256,
                    "problems": len(suite.problems),
                }
                for suite in self._suites.values()
            ],
            "settings": {
                "samples": settings.samples,
                "limit": settings.limit,
                "pass_rule": str(settings.pass_rule),
                "concurrency": settings.concurrency,
                "time_limit_s": settings.time_limit_s,
                "fail_under": [str(gate) for gate in settings.fail_under],
                "max_infra": settings.max_infra_share,
                "calibration": settings.is_calibration,
            },
            "sandbox": self.sandbox.describe(),
            "machine": {
                "system": platform.platform(),
                "cores": os.cpu_count(),
            },
            "versions": {
                "pytest-llmbench": version("pytest-llmbench"),
                "pytest": pytest.__version__,
                "python": platform.python_version(),
            },
        }

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
            "languages": self._language_versions(),
        }
        run.finish(facts)

    def _language_versions(self) -> dict[str, str]:
        from pytest_llmbench.grading.languages import find_language

        rows = self.run.summary.by_language() if self.run else ()
        names = sorted({row.language or "text" for row in rows} - {"text"})
        return {name: find_language(name).version() or "unknown" for name in names}


def _jobs_ahead(item: pytest.Item) -> Sequence[Job]:
    """Give what can be asked before the item runs: not for one that may be skipped."""
    trial = item.stash.get(TRIAL, None)
    if trial is None or not trial.is_asked_ahead:
        return ()
    if item.get_closest_marker("skip") or item.get_closest_marker("skipif"):
        return ()
    return trial.jobs


def _command(config: pytest.Config) -> list[str]:
    """Give the command line as typed; keys are never options, so it holds none."""
    return [str(arg) for arg in config.invocation_params.args]
