"""Servers other than llama.cpp's own: `transformers serve`, litellm's proxy, vLLM.

All serve the same small model, litellm's proxy with llama.cpp's server behind it. What is
true of all of them is tested on each; what only one does stands below it.
"""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from pytest_llmbench.generation.engine import Engine
from pytest_llmbench.generation.retry import RetryPolicy
from pytest_llmbench.vocabulary import FinishReason, Generation, Message, Model, Request, Sampling
from tests.conformance.tinycoder import read_problems, task_file
from tests.servers.real import RealServer, program, serving

OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
GGUF = "tinycoder-q8_0"
MEASURED_MEAN = 0.54
"""The share of right answers at temperature 0.8, measured with other servers."""
NEUTRAL = {"top_k": 0, "min_p": 0.0}
LIMIT = 16
"""Of tokens: litellm's proxy raises a lower one to this, which is OpenAI's least."""
TOO_LONG = "return a + b " * 300
"""Twice the 512 tokens that there is room for."""
CANNED = "```python\ndef f(): return 1\n```"
MOCKED = {
    "canned": {"model": "openai/gpt-4o", "mock_response": CANNED},
    "limited": {"model": "openai/gpt-4o", "mock_response": "litellm.RateLimitError"},
    "broken": {"model": "openai/gpt-4o", "mock_response": "litellm.InternalServerError"},
    "full": {"model": "openai/gpt-4o", "mock_response": "litellm.ContextWindowExceededError"},
    "filtered": {
        "model": "azure/gpt-4o",
        "api_base": "http://127.0.0.1:9",
        "mock_response": "Exception: content_filter_policy",
    },
    "unreachable": {"model": "openai/gpt-4o", "api_base": "http://127.0.0.1:9/v1"},
}
"""Models that litellm answers for by itself; nobody listens at port 9."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A server, and how the small model is asked there."""

    server: RealServer
    model: str
    samples: int
    """How many for each problem are quick enough."""
    extra_body: dict[str, Any] = field(default_factory=dict)


@pytest.fixture(scope="module")
def transformers(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    model = shared / "models/tinycoder/hf"
    with _transformers_serve(model, tmp_path_factory.mktemp("transformers")) as server:
        yield Target(server=server, model=str(model), samples=3)


def _transformers_serve(model: Path, folder: Path) -> AbstractContextManager[RealServer]:
    command = [program("LLMBENCH_TRANSFORMERS"), "serve", str(model)]
    command += ["--device", "cpu", "--log-level", "info"]
    env = {**OFFLINE, "HF_HOME": str(folder / "home")}
    return serving(command, folder / "log", limit_s=180.0, env=env)


@pytest.fixture(scope="module")
def litellm(
    shared: Path,
    serve_gguf: Callable[[Path], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Target]:
    proxy = program("LLMBENCH_LITELLM")
    llama = serve_gguf(shared / f"models/tinycoder/{GGUF}.gguf")
    models = {**MOCKED, GGUF: {"model": f"openai/{GGUF}", "api_base": llama}}
    folder = tmp_path_factory.mktemp("litellm")
    config = {
        "model_list": [
            {"model_name": name, "litellm_params": {"api_key": "none", **params}}
            for name, params in models.items()
        ],
        "litellm_settings": {"num_retries": 0, "telemetry": False},
        "router_settings": {"num_retries": 0, "disable_cooldowns": True},
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    env = {
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true",
    }
    command = [proxy, "--config", str(folder / "config.yaml")]
    health = "/health/liveliness"
    with serving(command, folder / "log", health=health, limit_s=180.0, env=env) as server:
        yield Target(server=server, model=GGUF, samples=10, extra_body=NEUTRAL)


@pytest.fixture(scope="module")
def vllm(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    model = shared / "models/tinycoder/hf"
    command = [program("LLMBENCH_VLLM"), "serve", str(model)]
    command += ["--served-model-name", "tinycoder", "--max-model-len", "512", "--enforce-eager"]
    command += ["--max-num-seqs", "16", "--dtype", "float32"]
    folder = tmp_path_factory.mktemp("vllm")
    env = {
        **OFFLINE,
        "HF_HOME": str(folder / "home"),
        "VLLM_CPU_KVCACHE_SPACE": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "VLLM_TARGET_DEVICE": "cpu",
    }
    with serving(command, folder / "log", limit_s=300.0, env=env) as server:
        yield Target(server=server, model="tinycoder", samples=10, extra_body=NEUTRAL)


@pytest.fixture(params=["transformers", "litellm", "vllm"])
def target(request: pytest.FixtureRequest) -> Target:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Target)
    return found


@pytest.fixture(scope="module")
def problems(shared: Path) -> list[dict[str, Any]]:
    return read_problems(shared)


@pytest.fixture(scope="module")
def sure(problems: list[dict[str, Any]]) -> dict[str, Any]:
    """Give a problem that the model was trained to solve always."""
    return next(each for each in problems if each["p_train"] == 1.0)


@pytest.fixture(scope="module")
def unsure(problems: list[dict[str, Any]]) -> dict[str, Any]:
    """Give one that it was trained to solve every other time."""
    return next(each for each in problems if each["p_train"] == 0.5)


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = Engine(4, retry_policy=RetryPolicy(base_s=0.001))
    yield made
    made.close()


def ask(
    engine: Engine,
    target: Target,
    prompt: str,
    *,
    api: str = "openai",
    model: str | None = None,
    extra_body: dict[str, Any] | None = None,
    **sampling: Any,
) -> Generation:
    asked = Model(
        name=f"{api} {model} {extra_body}",
        type=api,
        model=model or target.model,
        base_url=target.server.url,
        sampling=Sampling(**{"temperature": 0.0, "max_tokens": 128} | sampling),
        extra_body=extra_body or {},
    )
    messages = (Message(role="user", content=prompt),)
    return engine.submit(Request(model=asked, messages=messages, sample=0)).result(120)


@pytest.mark.parametrize("api", ["openai", "openai-completions", "openai-responses"])
def test_all_that_an_answer_says_is_read(
    engine: Engine, target: Target, sure: dict[str, Any], api: str
) -> None:
    is_base = api == "openai-completions"
    prompt = sure["base_prompt" if is_base else "prompt"]

    generation = ask(engine, target, prompt, api=api, stop=("\ndef ",) if is_base else ())

    assert generation.failure is None
    assert generation.finish_reason is FinishReason.STOP
    code = prompt + generation.text if is_base else generation.text.strip().strip("`")
    compile(code.removeprefix("python"), "answer", "exec")
    assert (generation.model_returned or "").removesuffix("@main") == target.model
    usage, timing = generation.usage, generation.timing
    assert not usage.is_estimated
    assert usage.input_tokens
    assert usage.output_tokens
    assert timing.ttft_s is not None
    assert timing.latency_s is not None
    assert 0 < timing.ttft_s <= timing.latency_s <= timing.wall_s
    assert len(timing.chunk_times_s) > 1


@pytest.mark.parametrize("api", ["openai", "openai-completions", "openai-responses"])
def test_the_limit_of_tokens_is_seen(
    engine: Engine, target: Target, unsure: dict[str, Any], api: str
) -> None:
    prompt = unsure["base_prompt" if api == "openai-completions" else "prompt"]
    generation = ask(engine, target, prompt, api=api, max_tokens=LIMIT)
    assert generation.failure is None
    assert generation.finish_reason is FinishReason.LENGTH
    assert generation.usage.output_tokens == LIMIT


def test_an_answer_does_not_contain_the_text_that_ended_it(
    engine: Engine, target: Target, sure: dict[str, Any]
) -> None:
    generation = ask(engine, target, sure["prompt"], stop=("\nde",))
    assert generation.failure is None
    assert generation.finish_reason is FinishReason.STOP
    assert generation.text == "```python"


def test_an_unknown_model_is_asked_for_once(
    engine: Engine, target: Target, sure: dict[str, Any]
) -> None:
    before = target.server.count("/chat/completions")

    generations = [ask(engine, target, sure["prompt"], model="nobody/nothing") for _ in range(3)]

    kinds = [each.failure and each.failure.kind for each in generations]
    assert kinds == ["not_found", "down", "down"]
    assert target.server.count("/chat/completions") == before + 1


def test_a_run_asks_once_for_each_sample_and_finds_the_known_rate(
    pytester: pytest.Pytester, target: Target, problems: list[dict[str, Any]]
) -> None:
    before = target.server.count("/chat/completions")
    model = {
        "name": "tinycoder",
        "type": "openai",
        "model": target.model,
        "api_base": target.server.url,
        "temperature": 0.8,
        "top_p": 1.0,
        "seed": 1,
        "max_tokens": 128,
        "concurrency": 4,
        "extra_body": target.extra_body,
    }
    run, records = run_of(pytester, [model], problems, target.samples, "-n2")

    assert len(records) == len(problems) * target.samples
    # litellm's proxy may lose its own connection to the server behind it; that is tried again.
    sent = sum(record["attempts"] for record in records)
    assert target.server.count("/chat/completions") == before + sent
    assert sent < 1.2 * len(records)
    assert {record["outcome"] for record in records}.isdisjoint({"error", "no_answer"})
    assert {record["usage_source"] for record in records} == {"server"}
    manifest = json.loads((run / "manifest.json").read_text())
    assert {note["kind"] for note in manifest["notes"]} <= {"client_saturated"}
    rates = rates_of(records)
    truth = {problem["task_id"]: problem["p_train"] for problem in problems}
    for name, expected in truth.items():
        if expected in {0.0, 1.0}:
            assert rates[name] == expected, name
    variance = sum(rate * (1 - rate) for rate in truth.values()) / target.samples
    mean = sum(rates.values()) / len(rates)
    assert abs(mean - MEASURED_MEAN) <= 4 * variance**0.5 / len(truth)


def run_of(
    pytester: pytest.Pytester,
    models: list[dict[str, Any]],
    problems: list[dict[str, Any]],
    samples: int,
    *options: str,
) -> tuple[Path, list[dict[str, Any]]]:
    """Run a session; give its run directory and the records of it."""
    (pytester.path / "models.yaml").write_text(yaml.safe_dump({"models": models}))
    (pytester.path / "tiny.llmbench.yaml").write_text(task_file(problems))
    pytester.runpytest_subprocess(
        "--llm-models=models.yaml", f"--llm-samples={samples}", "-q", "--tb=no", *options
    )
    (run,) = (pytester.path / ".llmbench/runs").iterdir()
    return run, [json.loads(line) for line in (run / "records.jsonl").open()]


def rates_of(records: list[dict[str, Any]]) -> dict[str, float]:
    passed: dict[str, list[bool]] = defaultdict(list)
    for record in records:
        passed[record["task_id"].removeprefix("tinycoder/")].append(record["passed"])
    return {name: sum(marks) / len(marks) for name, marks in passed.items()}


class TestTransformersServe:
    def test_a_seed_repeats_an_answer_and_another_one_does_not(
        self, engine: Engine, transformers: Target, unsure: dict[str, Any]
    ) -> None:
        def sampled(seed: int) -> str:
            generation = ask(engine, transformers, unsure["prompt"], temperature=1.0, seed=seed)
            assert generation.failure is None
            return generation.text

        texts = [sampled(seed) for seed in range(8)]
        assert sampled(0) == texts[0]
        assert len(set(texts)) > 1

    @pytest.mark.parametrize(
        ("extra_body", "status"), [({"min_p": 0.0}, 422), ({"temperature": -3.0}, 200)]
    )
    def test_a_mistake_is_named_and_sent_once(
        self,
        engine: Engine,
        transformers: Target,
        sure: dict[str, Any],
        extra_body: dict[str, Any],
        status: int,
    ) -> None:
        generation = ask(engine, transformers, sure["prompt"], extra_body=extra_body)

        assert generation.failure is not None
        assert (generation.failure.kind, generation.attempts) == ("bad_request", 1)
        assert generation.failure.status == status
        (name,) = extra_body
        assert name in generation.failure.message

    def test_a_prompt_that_is_too_long_is_answered_all_the_same(
        self, engine: Engine, transformers: Target
    ) -> None:
        generation = ask(engine, transformers, TOO_LONG, max_tokens=4)
        assert generation.failure is None
        assert generation.usage.input_tokens is not None
        assert generation.usage.input_tokens > 2 * 512

    def test_a_temperature_without_do_sample_is_noted(
        self,
        pytester: pytest.Pytester,
        shared: Path,
        tmp_path: Path,
        problems: list[dict[str, Any]],
    ) -> None:
        model = tmp_path / "tinycoder"
        model.mkdir()
        for part in (shared / "models/tinycoder/hf").iterdir():
            shutil.copyfile(part, model / part.name)
        config = model / "generation_config.json"
        settings = json.loads(config.read_text())
        del settings["do_sample"]
        config.write_text(json.dumps(settings))
        entry = {"name": "greedy", "type": "openai", "model": str(model), "temperature": 0.8}

        with _transformers_serve(model, tmp_path) as server:
            entry |= {"api_base": server.url, "max_tokens": 128}
            run, records = run_of(pytester, [entry], problems[:10], 3)

        assert {record["outcome"] for record in records} <= {"passed", "wrong_answer", "crash"}
        notes = json.loads((run / "manifest.json").read_text())["notes"]
        kinds = {note["kind"] for note in notes} - {"client_saturated"}
        assert kinds == {"temperature_ignored"}


class TestLitellmProxy:
    def test_it_passes_on_what_the_server_behind_it_says(
        self,
        engine: Engine,
        litellm: Target,
        sure: dict[str, Any],
        shared: Path,
        serve_gguf: Callable[[Path], str],
    ) -> None:
        behind = serve_gguf(shared / f"models/tinycoder/{GGUF}.gguf")
        direct = Target(server=RealServer(url=behind, log=Path()), model=GGUF, samples=0)

        generation = ask(engine, litellm, sure["prompt"])

        expected = ask(engine, direct, sure["prompt"], model="direct")
        assert generation.text == expected.text
        assert generation.usage.input_tokens == expected.usage.input_tokens
        assert generation.usage.output_tokens == expected.usage.output_tokens
        assert generation.usage.reported_cost_usd is None  # it does not know the price

    def test_what_it_charges_is_read(self, engine: Engine, litellm: Target) -> None:
        generation = ask(engine, litellm, "hi", model="canned")
        assert generation.text == CANNED
        assert generation.usage.output_tokens
        assert generation.usage.reported_cost_usd is not None
        assert 0 < generation.usage.reported_cost_usd < 0.01

    @pytest.mark.parametrize(
        ("model", "kind", "status"),
        [
            ("limited", "rate_limited", 429),
            ("broken", "server_error", 500),
            ("unreachable", "server_error", 500),
        ],
    )
    def test_a_failure_behind_it_is_tried_six_times(
        self, engine: Engine, litellm: Target, model: str, kind: str, status: int
    ) -> None:
        before = litellm.server.count("/chat/completions")

        generation = ask(engine, litellm, "hi", model=model)

        assert generation.failure is not None
        assert (generation.failure.kind, generation.failure.status) == (kind, status)
        assert generation.attempts == 6
        assert litellm.server.count("/chat/completions") == before + 6

    @pytest.mark.parametrize(
        ("model", "prompt", "outcome"),
        [
            (GGUF, TOO_LONG, FinishReason.LENGTH),
            ("full", "hi", FinishReason.LENGTH),
            ("filtered", "hi", FinishReason.CONTENT_FILTER),
        ],
    )
    def test_what_the_model_cannot_do_is_its_outcome(
        self, engine: Engine, litellm: Target, model: str, prompt: str, outcome: FinishReason
    ) -> None:
        generation = ask(engine, litellm, prompt, model=model)
        assert (generation.failure, generation.text) == (None, "")
        assert (generation.finish_reason, generation.attempts) == (outcome, 1)


class TestVllm:
    @pytest.mark.parametrize("api", ["openai", "openai-completions", "openai-responses"])
    def test_a_prompt_that_is_too_long_is_an_outcome_of_the_model(
        self, engine: Engine, vllm: Target, api: str
    ) -> None:
        generation = ask(engine, vllm, TOO_LONG, api=api)
        assert (generation.failure, generation.text) == (None, "")
        assert generation.finish_reason is FinishReason.LENGTH

    @pytest.mark.parametrize("sampling", [{"max_tokens": 4096}, {"top_p": 1.5}])
    def test_a_setting_that_it_cannot_have_is_no_outcome_of_the_model(
        self, engine: Engine, vllm: Target, sure: dict[str, Any], sampling: dict[str, Any]
    ) -> None:
        generation = ask(engine, vllm, sure["prompt"], **sampling)
        assert generation.failure is not None
        assert (generation.failure.kind, generation.attempts) == ("bad_request", 1)
        assert generation.dropped == ()
