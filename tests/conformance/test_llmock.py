"""A mock from outside the project injects faults in the dialects of nine vendors, and judges us.

llmock (PyPI) sees each attempt and its time. Its verdict names what a client did wrong: a
Retry-After that was not waited for, a retry of what cannot succeed, a storm of retries, a
stream cut short that was taken for an answer, a stall that was sat through. It is asked for
by LLMBENCH_LLMOCK or found on the PATH. All vendors take their turn with LLMBENCH_FULL=1;
without it, one of each API.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from pytest_llmbench.generation.engine import Engine
from pytest_llmbench.generation.retry import RetryPolicy
from pytest_llmbench.vocabulary import (
    FinishReason,
    Generation,
    Message,
    Model,
    Request,
    Sampling,
    Secret,
)

DIALECTS = {
    "openai": ("openai", "/v1"),
    "responses": ("openai-responses", "/v1"),
    "anthropic": ("anthropic", "/anthropic"),
    "gemini": ("google", "/gemini/v1beta"),
    "mistral": ("openai", "/mistral/v1"),
    "groq": ("openai", "/groq/openai/v1"),
    "together": ("openai", "/together/v1"),
    "perplexity": ("openai", "/perplexity/v1"),
    "ai21": ("openai", "/ai21/v1"),
    "xai": ("openai", "/xai/v1"),
}
"""Our type of model and the path of its address. Cohere's own API is not among our types."""
OWN_DIALECTS = ("openai", "responses", "anthropic", "gemini")
"""Those that are not OpenAI's as others speak it."""
IS_FULL = os.environ.get("LLMBENCH_FULL") == "1"
SAID = "Hello! You said: "
"""What llmock puts before the echo of a prompt."""


class Llmock:
    """A running server."""

    def __init__(self, url: str) -> None:
        self.url = url

    def play(self, *behaviours: Mapping[str, Any]) -> None:
        """Forget all, and do this next."""
        self._call("POST", "reset")
        if behaviours:
            self._call("POST", "scenario", {"behaviors": behaviours})

    def verdict(self) -> dict[str, Any]:
        return json.loads(self._call("GET", "verdict"))

    def _call(self, method: str, path: str, body: Any = None) -> bytes:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_llmock/{path}", data=data, method=method)
        with urllib.request.urlopen(request, timeout=20) as reply:
            return reply.read()


@pytest.fixture(scope="session")
def serve_llmock() -> Iterator[Callable[..., Llmock]]:
    """Start a server with options of its own."""
    program = os.environ.get("LLMBENCH_LLMOCK") or shutil.which("llmock")
    if program is None:
        pytest.skip("no llmock: set LLMBENCH_LLMOCK to its program (pip install llmock)")
    with ExitStack() as servers:
        yield lambda *options: servers.enter_context(_llmock(program, options))


@contextmanager
def _llmock(program: str, options: tuple[str, ...]) -> Iterator[Llmock]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [program, "serve", "--port", str(port), "--response-style", "echo", *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            assert process.poll() is None, "llmock ended at once"
            try:
                urllib.request.urlopen(f"{url}/health", timeout=1).close()
                break
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
        yield Llmock(url)
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def llmock(serve_llmock: Callable[..., Llmock]) -> Llmock:
    """Give a server that takes its time between two tokens, so that it sees who hangs up."""
    return serve_llmock("--stream-chunk-delay-ms=25")


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Requests to a model of their own, what happens to some of them, and what comes of it."""

    fault: Mapping[str, Any] = field(default_factory=dict)
    times: int = 4
    requests: int = 8
    failures: Mapping[str, int] = field(default_factory=dict)
    """How many end with which failure; the others are answered."""
    outcomes: int = 0
    """How many end without an answer because of the model."""
    attempts: int | None = None
    """Of all requests together; `None`: at least one for each request and each fault."""
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def breaks_something(self) -> bool:
        return self.fault.get("type") in ("fail", "stream_fault")


def fails(status: int, **fields: Any) -> dict[str, Any]:
    return {"type": "fail", "status": status} | fields


def breaks(kind: str, after_chunks: int, **fields: Any) -> dict[str, Any]:
    return {"type": "stream_fault", "kind": kind, "after_chunks": after_chunks} | fields


SCENARIOS = {
    "no-fault": Scenario(times=0),
    "429": Scenario(fault=fails(429, retry_after=0.4)),
    "429-whole-second": Scenario(fault=fails(429)),
    "500": Scenario(fault=fails(500)),
    "500-thrice": Scenario(fault=fails(500), requests=1, times=3),
    "502": Scenario(fault=fails(502)),
    "503": Scenario(fault=fails(503, retry_after=0.3)),
    "504": Scenario(fault=fails(504, retry_after=0.3)),
    "529": Scenario(fault=fails(529, retry_after=0.3)),
    "408": Scenario(fault=fails(408), times=3),
    "409": Scenario(fault=fails(409)),
    "400": Scenario(fault=fails(400), failures={"bad_request": 4}, attempts=8),
    "413": Scenario(fault=fails(413), failures={"bad_request": 4}, attempts=8),
    "422": Scenario(fault=fails(422), failures={"bad_request": 4}, attempts=8),
    "context": Scenario(fault=fails(400, code="context_length_exceeded"), outcomes=4, attempts=8),
    "truncate-at-once": Scenario(fault=breaks("truncate", 0)),
    "truncate": Scenario(fault=breaks("truncate", 3)),
    "disconnect-at-once": Scenario(fault=breaks("disconnect", 0)),
    "disconnect": Scenario(fault=breaks("disconnect", 3)),
    "corrupt-at-once": Scenario(fault=breaks("malformed", 0)),
    "corrupt": Scenario(fault=breaks("malformed", 3)),
    "stall": Scenario(
        fault=breaks("stall", 8, stall_seconds=8.0), settings={"idle_timeout_s": 1.5}
    ),
    "stall-at-once": Scenario(
        fault=breaks("stall", 0, stall_seconds=8.0), settings={"timeout_s": 4.0}
    ),
    "slow-first-token": Scenario(
        fault={"type": "slow_first_token", "seconds": 2.0},
        attempts=8,
        settings={"idle_timeout_s": 1.5},
    ),
    "delay": Scenario(fault={"type": "delay", "seconds": 1.0}, attempts=8),
}


@pytest.fixture
def engine() -> Iterator[Engine]:
    # A machine with much to do may let a time limit pass that was not at stake.
    policy = RetryPolicy(timeout_retries=3)
    # llmock takes a retry that comes before it saw us hang up for a call of its own.
    made = Engine(16, retry_policy=policy, random=lambda: random.uniform(0.6, 1.0))
    yield made
    made.close()


def requests(
    llmock: Llmock, dialect: str, name: str, count: int, settings: Mapping[str, Any]
) -> list[Request]:
    kind, path = DIALECTS[dialect]
    defaults = {"timeout_s": 30.0, "sampling": Sampling(max_tokens=64)}
    model = Model(
        **{"name": name, "type": kind, "model": name, "base_url": llmock.url + path}
        | {"api_key": Secret("sk-llmock")}
        | defaults
        | settings
    )
    return [
        Request(
            model=model,
            messages=(Message(role="user", content=f"{name} {number} " + "to be or not " * 6),),
            sample=number,
        )
        for number in range(count)
    ]


def is_right(request: Request, generation: Generation) -> bool:
    usage = generation.usage
    return (
        generation.failure is None
        and generation.finish_reason is FinishReason.STOP
        and generation.text == SAID + request.messages[0].content.rstrip()
        and (usage.input_tokens or 0) > 0
        and (usage.output_tokens or 0) > 0
    )


@pytest.mark.parametrize("dialect", DIALECTS if IS_FULL else OWN_DIALECTS)
def test_every_fault_is_met_as_it_should_be(llmock: Llmock, engine: Engine, dialect: str) -> None:
    llmock.play(
        *(
            {**each.fault, "times": each.times, "match": {"model": name}}
            for name, each in SCENARIOS.items()
            if each.fault
        )
    )
    asked = {
        name: requests(llmock, dialect, name, each.requests, each.settings)
        for name, each in SCENARIOS.items()
    }
    futures = {name: [engine.submit(each) for each in asked[name]] for name in asked}
    for name, scenario in SCENARIOS.items():
        came = [future.result(60) for future in futures[name]]

        failures = Counter(each.failure.kind for each in came if each.failure)
        outcomes = sum(
            each.failure is None and each.finish_reason is FinishReason.LENGTH for each in came
        )
        right = sum(map(is_right, asked[name], came))
        lost = sum(scenario.failures.values()) + scenario.outcomes
        assert (name, dict(failures)) == (name, dict(scenario.failures))
        assert (name, outcomes, right) == (name, scenario.outcomes, scenario.requests - lost)
        attempts = sum(each.attempts for each in came)
        assert attempts == (scenario.attempts or max(attempts, scenario.requests + scenario.times))
    verdict = llmock.verdict()
    assert verdict["findings"] == []
    faults = sum(each.times for each in SCENARIOS.values() if each.breaks_something)
    assert verdict["faults_injected"] == faults


@pytest.mark.parametrize("dialect", OWN_DIALECTS if IS_FULL else ["openai", "anthropic"])
@pytest.mark.parametrize("status", [429, 500, 401, 404])
def test_an_outage_is_neither_stormed_nor_hammered(
    llmock: Llmock, dialect: str, status: int
) -> None:
    retry_after = 0.05 if status == 429 else None
    llmock.play(fails(status, times=None, retry_after=retry_after))
    engine = Engine(12, retry_policy=RetryPolicy(base_s=0.1))
    try:
        asked = requests(llmock, dialect, f"down-{status}", 12, {})
        came = [future.result(60) for future in [engine.submit(each) for each in asked]]
    finally:
        engine.close()
    assert all(each.failure for each in came)
    assert llmock.verdict()["findings"] == []


@pytest.mark.parametrize("dialect", ["openai", "anthropic"])
def test_quotas_are_kept_to(
    serve_llmock: Callable[..., Llmock], engine: Engine, dialect: str
) -> None:
    llmock = serve_llmock("--rpm=120", "--context-window=200")
    asked = requests(llmock, dialect, "quota", 128, {"concurrency": 20})
    too_long = Message(role="user", content="too long " * 200)
    asked.append(Request(model=asked[0].model, messages=(too_long,), sample=0))

    came = [future.result(60) for future in [engine.submit(each) for each in asked]]

    assert sum(map(is_right, asked, came)) == 128
    assert (came[-1].failure, came[-1].finish_reason) == (None, FinishReason.LENGTH)
    verdict = llmock.verdict()
    assert verdict["findings"] == []
    assert verdict["attempts"] < 129 + 20
