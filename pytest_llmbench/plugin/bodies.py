"""Running an item: a test function's body once per sample, or the judge's verdicts."""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from pytest_llmbench.grading.candidate import CandidateProcess
from pytest_llmbench.grading.failures import CallError, CandidateFailed, CandidateRaised
from pytest_llmbench.hostile_text import shorten
from pytest_llmbench.pipeline import Draft, Job, verdict_without_running, with_truncation
from pytest_llmbench.plugin.trial import Failed, InfraFailure, Trial, Tried
from pytest_llmbench.signature import Signature
from pytest_llmbench.vocabulary import (
    Answer,
    Assurance,
    ByBody,
    FinishReason,
    Generation,
    Message,
    Outcome,
    Problem,
    Request,
    Sample,
    ServerTiming,
    Timing,
    Usage,
    Verdict,
)

if TYPE_CHECKING:
    from pytest_llmbench.plugin.session import LLMSession

__all__ = ["LLM", "EndpointFailedError", "Reply", "Solution", "run_trial"]

_Number = TypeVar("_Number", int, float)

# What wrong data makes a test body raise; anything else is the test's own fault.
_DATA_ERRORS = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError)


class EndpointFailedError(Exception):
    """The endpoint gave no answer to `llm.generate`."""


def run_trial(item: pytest.Function, trial: Trial, session: LLMSession) -> None:
    """Run every sample of an item and conclude; raises what failed."""
    __tracebackhide__ = True
    if isinstance(trial.problem.judging, ByBody):
        _run_bodies(item, trial, session)
    else:
        trial.tried.extend(Tried(draft) for draft in trial.drafts if isinstance(draft, Sample))
    trial.conclude(session.settings.pass_rule)


def _run_bodies(item: pytest.Function, trial: Trial, session: LLMSession) -> None:
    __tracebackhide__ = True
    drafts: list[Draft | Sample] = list(trial.drafts)
    if not drafts and trial.is_asked_ahead:  # no fixture waited for them
        drafts = session.wait(trial.jobs)
    for job, draft in zip(trial.jobs, drafts or map(_unasked, trial.jobs), strict=True):
        if not isinstance(draft, Draft):
            continue
        tried = _run_body(item, trial, session, draft)
        if tried is not None:
            trial.tried.append(tried)
            session.keep(job, tried.sample)


def _unasked(job: Job) -> Draft:
    answer = Answer(code=None, language=job.problem.language, how="none")
    return Draft(job=job, generation=Generation(attempts=0, calls=0), answer=answer)


def _run_body(
    item: pytest.Function, trial: Trial, session: LLMSession, draft: Draft
) -> Tried | None:
    """Call the test function for one sample; `None` where it asked the model nothing."""
    __tracebackhide__ = True
    has_prompt = bool(trial.problem.prompt)
    if has_prompt and (verdict := verdict_without_running(draft)) is not None:
        return Tried(draft.judged(verdict))
    bound = _Bound(draft, session)
    start = time.perf_counter()
    error: Exception | Failed | None = None
    with _binding(item, trial, bound):
        try:
            item.config.hook.pytest_pyfunc_call(pyfuncitem=item)
        except (pytest.skip.Exception, pytest.xfail.Exception):
            raise
        except (Exception, Failed) as caught:
            error = caught
        printed = bound.printed()
    draft = bound.draft_as_asked()
    if not has_prompt and not bound.generations:
        if error is not None:
            raise error
        return None
    verdict = _verdict(error, printed, time.perf_counter() - start)
    sample = draft.judged(with_truncation(draft.generation, verdict))
    is_our_fault = verdict.outcome is Outcome.ERROR and not isinstance(error, EndpointFailedError)
    return Tried(sample, error, is_test_broken=is_our_fault)


@contextmanager
def _binding(item: pytest.Function, trial: Trial, bound: _Bound) -> Iterator[None]:
    """Point the `solution` and `llm` fixtures at one sample while its body runs."""
    trial.is_running_body = True
    proxies = [value for value in item.funcargs.values() if isinstance(value, Solution | LLM)]
    for proxy in proxies:
        object.__setattr__(proxy, "_bound", bound)
    try:
        yield
    finally:
        trial.is_running_body = False
        bound.close()
        for proxy in proxies:
            object.__setattr__(proxy, "_bound", None)


def _verdict(error: BaseException | None, printed: str, seconds: float) -> Verdict:
    outcome = Outcome.PASSED
    evidence = ""
    match error:
        case None:
            pass
        case CandidateFailed():
            outcome, evidence = error.outcome, error.evidence
        case CandidateRaised():
            outcome, evidence = Outcome.RUNTIME_ERROR, str(error)
        case EndpointFailedError() | InfraFailure():
            outcome, evidence = Outcome.ERROR, str(error)
        case CallError():
            outcome, evidence = Outcome.ERROR, f"the test itself failed: {error}"
        case AssertionError() | Failed():
            outcome, evidence = Outcome.WRONG_ANSWER, str(error)
        case _ if isinstance(error, _DATA_ERRORS):
            last = "".join(traceback.format_exception_only(error)).strip()
            outcome, evidence = Outcome.WRONG_ANSWER, f"the test could not use the value: {last}"
        case _:
            last = "".join(traceback.format_exception_only(error)).strip()
            outcome, evidence = Outcome.ERROR, f"the test itself failed: {last}"
    if printed:
        evidence = f"{evidence}\nprinted:\n{printed}".lstrip()
    return Verdict(
        outcome=outcome,
        evidence=shorten(evidence, 4000),
        assurance=Assurance.BODY,
        grading_s=seconds,
    )


class _Bound:
    """What the fixtures work on while one sample's body runs."""

    def __init__(self, draft: Draft, session: LLMSession) -> None:
        self.draft = draft
        self.session = session
        self.generations: list[Generation] = []
        self._asked_before = [draft.generation] if draft.job.problem.prompt else []
        self._candidate: CandidateProcess | None = None

    @property
    def candidate(self) -> CandidateProcess:
        """The answer's process, started by the first call."""
        if self._candidate is None:
            answer = self.draft.answer
            problem = self.draft.job.problem
            self._candidate = self.session.judge.open(
                answer.language, answer.code or "", problem.limits, _signature(problem)
            )
        return self._candidate

    def call(self, name: str, args: tuple[object, ...], kwargs: dict[str, object]) -> object:
        """Call a function of the answer; of some languages only the one that was declared."""
        __tracebackhide__ = True
        signature = _signature(self.draft.job.problem)
        driver = self.candidate.language.driver
        if signature and driver and driver.needs_signature and name != signature.name:
            raise CallError(f"only {signature.name} can be called, which the signature declares")
        return self.candidate.call(name, args, kwargs)

    def printed(self) -> str:
        return "" if self._candidate is None else shorten(self._candidate.output(), 1000)

    def close(self) -> None:
        if self._candidate is not None:
            self._candidate.close()

    def draft_as_asked(self) -> Draft:
        """Give the draft with what `llm.generate` brought, all its calls together."""
        if not self.generations:
            return self.draft
        asked = [*self._asked_before, *self.generations]
        return replace(self.draft, generation=_together(asked))


def _signature(problem: Problem) -> Signature | None:
    return problem.judging.signature if isinstance(problem.judging, ByBody) else None


def _together(generations: list[Generation]) -> Generation:
    """Add up several generations of one sample; the text is the last one's."""
    last = generations[-1]
    calls = sum(generation.calls for generation in generations)
    usages = [generation.usage for generation in generations]
    latencies = [g.timing.latency_s for g in generations if g.timing.latency_s is not None]
    return replace(
        last,
        usage=Usage(
            input_tokens=_sum([usage.input_tokens for usage in usages]),
            output_tokens=_sum([usage.output_tokens for usage in usages]),
            cached_input_tokens=_sum([usage.cached_input_tokens for usage in usages]),
            reasoning_tokens=_sum([usage.reasoning_tokens for usage in usages]),
            is_estimated=any(usage.is_estimated for usage in usages),
            is_shared=any(usage.is_shared for usage in usages),
            cache_write_tokens=_sum([usage.cache_write_tokens for usage in usages]),
            cache_write_1h_tokens=_sum([usage.cache_write_1h_tokens for usage in usages]),
            reported_cost_usd=_sum_of_all([usage.reported_cost_usd for usage in usages]),
        ),
        server_timing=_together_served([each.server_timing for each in generations]),
        timing=_together_timed(last.timing, latencies),
        attempts=sum(generation.attempts for generation in generations),
        tries=() if calls > 1 else last.tries,
        calls=calls,
        dropped=tuple(sorted({name for each in generations for name in each.dropped})),
        # One call of an earlier run makes the sum no time of this one.
        reused_from=next(filter(None, (each.reused_from for each in generations)), None),
    )


def _together_timed(last: Timing, latencies: list[float]) -> Timing:
    """Add up latencies; of several calls there is no one first token."""
    if len(latencies) < 2:
        return last
    return Timing(latency_s=sum(latencies), queued_s=last.queued_s, wall_s=last.wall_s)


def _together_served(timings: list[ServerTiming]) -> ServerTiming:
    return ServerTiming(
        prompt_s=_sum([timing.prompt_s for timing in timings]),
        decode_s=_sum([timing.decode_s for timing in timings]),
        load_s=_sum([timing.load_s for timing in timings]),
    )


def _sum(values: list[_Number | None]) -> _Number | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _sum_of_all(values: list[float | None]) -> float | None:
    """Add up charges; without one of them the sum would be too low."""
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


class Solution:
    """The model's answer in its sandbox: `solution.name(...)` calls its function `name`.

    Arguments and results cross as plain data (numbers, strings, lists, dicts, ...).
    """

    _bound: _Bound | None = None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Function(self, name)

    def raises(self, *expected: type[BaseException]) -> _Raises:
        """Expect the answer to raise: `with solution.raises(TypeError): ...`."""
        return _Raises(expected)

    def call(self, name: str, /, *args: object, **kwargs: object) -> object:
        """Call a function of the answer by name, also one called `raises` or `call`."""
        __tracebackhide__ = True
        bound = object.__getattribute__(self, "_bound")
        if bound is None:
            msg = "the solution fixture can be used in the test function's body only"
            raise RuntimeError(msg)
        return bound.call(name, args, kwargs)

    def __repr__(self) -> str:
        return "<solution>"


class _Function:
    def __init__(self, solution: Solution, name: str) -> None:
        self._solution = solution
        self._name = name

    def __call__(self, *args: object, **kwargs: object) -> object:
        __tracebackhide__ = True
        return self._solution.call(self._name, *args, **kwargs)

    def __eq__(self, other: object) -> bool:
        msg = f"solution.{self._name} is a function to call; values of an answer cannot be read"
        raise CallError(msg)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"solution.{self._name}"


class _Raises:
    """Passes when the answer raises one of the named exceptions, or a subclass by name."""

    def __init__(self, expected: tuple[type[BaseException], ...]) -> None:
        # By name, because the answer's classes are of another process, or language.
        self._names = [kind.__name__ for kind in expected]
        self._takes_any = not {Exception, BaseException}.isdisjoint(expected)
        self.error: CandidateRaised | None = None

    def __enter__(self) -> _Raises:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        __tracebackhide__ = True
        if error is None:
            pytest.fail(f"the answer did not raise {' or '.join(self._names)}", pytrace=False)
        if not isinstance(error, CandidateRaised):
            return False
        if self._takes_any or set(error.types) & set(self._names):
            self.error = error
            return True
        return False


class Reply:
    """What a model said to `llm.generate`."""

    def __init__(self, generation: Generation) -> None:
        self.text = generation.text
        self.reasoning = generation.reasoning
        self.finish_reason: FinishReason | None = generation.finish_reason
        self.usage = generation.usage
        self.timing = generation.timing

    def __repr__(self) -> str:
        return f"Reply({shorten(self.text, 200)!r})"


class LLM:
    """The model under test, to be asked from a test function's body."""

    _bound: _Bound | None = None

    def generate(self, prompt: str, *, system: str | None = None) -> Reply:
        """Ask the model and wait for its reply."""
        __tracebackhide__ = True
        bound = self._bound
        if bound is None:
            msg = "the llm fixture can be used in the test function's body only"
            raise RuntimeError(msg)
        generation = _ask(bound, prompt, system)
        bound.generations.append(generation)
        if generation.failure is not None:
            message = f"{generation.failure.kind}: {generation.failure.message}"
            raise EndpointFailedError(message) from None
        return Reply(generation)


def _ask(bound: _Bound, prompt: str, system: str | None) -> Generation:
    job = bound.draft.job
    system = system or job.model.system
    messages = [Message(role="system", content=system)] if system else []
    messages.append(Message(role="user", content=prompt))
    problem: Problem = replace(job.problem, prompt=prompt)
    bound.draft = replace(bound.draft, job=replace(job, problem=problem))
    request = Request(
        model=job.model,
        messages=tuple(messages),
        sample=job.number,
        problem=problem,
        call=len(bound.generations),
    )
    future = bound.session.asking.submit(request)
    while True:
        try:
            return future.result(timeout=0.1)
        except TimeoutError:
            if future.done():
                raise
            bound.session.poll()
