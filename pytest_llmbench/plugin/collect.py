"""Problems become test items: suites and data files as modules, marks as parameters.

The one file that leans on pytest's private API; `tests/plugin/test_private_api.py`
names what it relies on: `Module._getobj`, and the default `pytest_make_collect_report`.
"""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_llmbench.errors import SuiteError
from pytest_llmbench.pipeline import Job
from pytest_llmbench.plugin.chosen import id_part
from pytest_llmbench.plugin.keys import SESSION, TRIAL
from pytest_llmbench.plugin.mark import MarkError, read_mark
from pytest_llmbench.plugin.ownership import our_fixtures
from pytest_llmbench.plugin.trial import Trial
from pytest_llmbench.vocabulary import Limits, Model, Problem, Suite

if TYPE_CHECKING:
    from pytest_llmbench.plugin.session import LLMSession

__all__ = [
    "SuiteModule",
    "TaskFileModule",
    "attach_trial",
    "collect_unfiltered",
    "parametrize",
]


class SuiteModule(pytest.Module):
    """A suite as a test module with one parametrised function, `test_<suite>`.

    A module, because only a module gives fixtures of every scope, marks, `-k` and
    node ids to what is in it.
    """

    load: Callable[[], Suite]

    def _getobj(self) -> types.ModuleType:
        try:
            suite = self.load()
        except SuiteError as error:
            raise self.CollectError(str(error)) from None
        module = types.ModuleType(re.sub(r"\W", "_", suite.name))
        function = _suite_function(suite)
        setattr(module, function.__name__, function)
        return module


class InstalledSuite(SuiteModule):
    """A suite that `--llm-suite` chose; its path is only a name below the root."""

    @classmethod
    def of(cls, session: pytest.Session, name: str) -> InstalledSuite:
        path = session.config.rootpath / name
        module: InstalledSuite = cls.from_parent(session, path=path)
        module.load = lambda: session.config.stash[SESSION].chosen.suite(name)
        return module

    def collect(self) -> Any:
        only = self.config.stash[SESSION].chosen.items.get(self.name)
        return [
            item
            for item in super().collect()
            if only is None or not isinstance(item, pytest.Item) or item.name in only
        ]


class TaskFileModule(SuiteModule):
    """A `*.llmbench.yaml` file."""

    @classmethod
    def of(cls, parent: pytest.Collector, path: Path) -> TaskFileModule:
        module: TaskFileModule = cls.from_parent(parent, path=path)
        module.load = lambda: parent.config.stash[SESSION].chosen.task_file(path)
        return module


def _suite_function(suite: Suite) -> Callable[..., None]:
    """Make the test function of a suite; the plugin judges instead of calling it."""

    def test_suite(llm_problem: Problem, llm_model: Model, llm_samples: object) -> None:
        """Ask the model for the problem's samples and judge each."""

    name = "test_" + re.sub(r"\W+", "_", suite.name).strip("_")
    test_suite.__name__ = test_suite.__qualname__ = name
    test_suite.__module__ = suite.name
    test_suite.llm_suite = suite  # type: ignore[attr-defined]
    return test_suite


def collect_unfiltered(collector: pytest.Collector) -> pytest.CollectReport | None:
    """Collect an installed suite in full, whatever `--lf` thinks of its path.

    `--lf` skips files that are not on disk as soon as another file has failures;
    its filter over items is right for suites too.
    """
    if not isinstance(collector, InstalledSuite):
        return None
    from _pytest.runner import pytest_make_collect_report

    return pytest_make_collect_report(collector)


def parametrize(metafunc: pytest.Metafunc, session: LLMSession) -> None:
    """Give a test of ours its models, and a suite's function its problems."""
    suite: Suite | None = getattr(metafunc.function, "llm_suite", None)
    if suite is not None:
        _parametrize_suite(metafunc, session, suite)
        return
    marks = list(metafunc.definition.iter_markers("llm"))
    wanted = sorted(our_fixtures(metafunc))
    if not marks:
        pytest.fail(f"fixture {wanted[-1]!r} needs @pytest.mark.llm(...)", pytrace=False)
    if inspect.iscoroutinefunction(metafunc.function):
        pytest.fail("a test that a model is asked for cannot be async", pytrace=False)
    try:
        mark = read_mark(marks)
        if "solution" in wanted and mark.prompt is not None:
            mark.check_callable()
    except MarkError as error:
        pytest.fail(f"@pytest.mark.llm: {error}", pytrace=False)
    if mark.prompt is None and (needy := {"solution", "llm_samples"}.intersection(wanted)):
        name = max(needy)
        pytest.fail(f"fixture {name!r} needs @pytest.mark.llm(prompt=...)", pytrace=False)
    models = session.chosen.models
    if "llm_model" in metafunc.fixturenames and models:
        ids = [session.chosen.slugs[model.name] for model in models]
        metafunc.parametrize("llm_model", models, ids=ids, indirect=True, scope="function")


def _parametrize_suite(metafunc: pytest.Metafunc, session: LLMSession, suite: Suite) -> None:
    problems = suite.problems[: session.settings.limit]
    models: Sequence[Model | None] = session.chosen.models or (None,)
    params = [
        pytest.param(
            problem,
            model,
            id=_item_id(problem, model, session),
            marks=pytest.mark.llm(
                suite=suite.name,
                task_id=problem.task_id,
                language=problem.language,
                model=model.name if model else None,
            ),
        )
        for problem in problems
        for model in models
    ]
    metafunc.parametrize(("llm_problem", "llm_model"), params, scope="function")


def _item_id(problem: Problem, model: Model | None, session: LLMSession) -> str:
    name = id_part(problem.id)
    return f"{name}-{session.chosen.slugs[model.name]}" if model else name


def attach_trial(item: pytest.Function, session: LLMSession) -> None:
    """Put the trial of an item of ours into its stash."""
    params: dict[str, Any] = item.callspec.params if hasattr(item, "callspec") else {}
    model: Model | None = params.get("llm_model")
    problem: Problem | None = params.get("llm_problem")
    if problem is None:
        problem = _problem_of(item, model, session)
        facts = {"suite": problem.suite, "task_id": problem.task_id, "language": problem.language}
        item.add_marker(pytest.mark.llm(**facts, model=model.name if model else None))
    elif session.settings.time_limit_s is not None and problem.limits.time_s == Limits().time_s:
        limits = replace(problem.limits, time_s=session.settings.time_limit_s)
        problem = replace(problem, limits=limits)
    trial = make_trial(problem, model, item.nodeid, session)
    item.stash[TRIAL] = trial
    if trial.skip_reason is not None:
        item.add_marker(pytest.mark.skip(reason=trial.skip_reason))


def _problem_of(item: pytest.Function, model: Model | None, session: LLMSession) -> Problem:
    """Make the problem of a test function.

    The user's own parameters stay in its task id: each set is another task. The model's goes.
    """
    mark = read_mark(list(item.iter_markers("llm")))
    own = item.callspec.id if hasattr(item, "callspec") else ""
    if model is not None:
        own = f"-{own}-".replace(f"-{session.chosen.slugs[model.name]}-", "-", 1).strip("-")
    base = mark.id or item.nodeid.partition("[")[0]
    return mark.problem(
        suite=item.path.stem,
        task_id=f"{base}[{own}]" if own else base,
        default_time_s=session.settings.time_limit_s,
    )


def make_trial(problem: Problem, model: Model | None, node_id: str, session: LLMSession) -> Trial:
    """Plan the samples of one item, or say why it is skipped."""
    if model is None:
        return Trial(problem, None, skip_reason=NO_MODEL)
    session.chosen.claim(problem, model, node_id)
    reason = session.chosen.why_not(problem, model)
    samples = session.settings.samples
    expects_failure = session.settings.is_calibration and model.type == "mutant"
    if expects_failure:
        samples = max(1, len(problem.mutants))
    jobs = tuple(
        Job(problem=problem, model=model, number=number, node_id=node_id)
        for number in range(samples)
    )
    return Trial(problem, model, jobs, reason, expects_failure)


NO_MODEL = (
    "no model chosen: give --llm-models=models.yaml, --llm-models=auto for the servers on this "
    "machine, or --llm-models=reference for the known-right answers"
)
