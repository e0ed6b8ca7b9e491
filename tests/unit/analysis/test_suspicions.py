"""What servers do in silence is said, and nothing is said of those that behave."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from pytest_llmbench.analysis.left_to_server import left_to_server
from pytest_llmbench.analysis.suspicions import Note, Suspicions, of_client
from pytest_llmbench.generation.lag import Overhead
from pytest_llmbench.records.record import Record
from pytest_llmbench.vocabulary import Endpoint, Model, Sampling


def model(name: str = "m", *, type: str = "openai", **fields: Any) -> Model:
    sampling = {"temperature": 0.8, "top_p": 1.0, "max_tokens": 1000}
    own = {key: fields.pop(key) for key in list(fields) if key in Sampling.__dataclass_fields__}
    return Model(
        name=name, type=type, model=fields.pop("model", name), sampling=Sampling(**sampling | own),
        **fields,
    )  # fmt: skip


def record(problem: int = 0, sample: int = 0, **fields: Any) -> Record:
    defaults: dict[str, Any] = {
        "model": "m",
        "suite": "s",
        "task_id": f"s/{problem}",
        "language": "python",
        "sample": sample,
        "passed": True,
        "outcome": "passed",
        "completion": f"text {problem} {sample}",
        "finish_reason": "stop",
        "latency": 2.0,
        "ttft": 0.5,
        "output_tokens": 100,
        "usage_source": "server",
        "events": 100,
        "model_returned": "m",
        "fingerprint": "fp",
    }
    return Record(**defaults | fields)


def notes(*records: Record, models: tuple[Model, ...] = (model(),)) -> list[Note]:
    seen = Suspicions(models)
    for each in records:
        seen.add(each)
    return seen.notes()


def kinds(*records: Record, models: tuple[Model, ...] = (model(),)) -> list[str]:
    return [note.kind for note in notes(*records, models=models)]


def grid(problems: int, samples: int, **fields: Any) -> list[Record]:
    return [record(i, k, **fields) for i in range(problems) for k in range(samples)]


def test_a_server_that_behaves_is_not_suspected() -> None:
    assert kinds(*grid(10, 5)) == []


def test_a_temperature_without_any_effect_is_said() -> None:
    (note,) = notes(*grid(5, 5, completion="the same"))
    assert (note.kind, note.model) == ("temperature_ignored", "m")
    assert note.line == (
        "m: all samples of each of 5 problems are the same text at temperature 0.8: "
        "it seems to be ignored, or a cache answers"
    )


@pytest.mark.parametrize(
    ("records", "asked"),
    [
        (grid(4, 9, completion="x"), model()),  # too few problems
        (grid(5, 4, completion="x"), model()),  # too few repeats
        (grid(20, 2, completion="x"), model()),  # too few samples of each
        ([*grid(9, 5, completion="x"), *grid(10, 5)[45:]], model()),  # one problem varies
        (grid(5, 5, completion="x"), model(temperature=0.4)),  # cold
        (grid(5, 5, completion="x"), model(extra_body={"top_k": 1})),
        (grid(5, 5, completion="x"), model(extra_body={"options": {"seed": 1}})),
        (grid(5, 5, completion="x"), model(extra_body={"do_sample": False})),
        (grid(5, 5, completion="x"), model(top_p=0.1)),
        (grid(5, 5, completion="x", outcome="error", passed=False), model()),
        (grid(5, 5, completion="x"), model(type="replay")),
        (grid(5, 5, completion="x", calls=2), model()),
    ],
)
def test_equal_texts_that_may_be_chance_or_wish_are_not(
    records: list[Record], asked: Model
) -> None:
    assert kinds(*records, models=(asked,)) == []


def test_a_pinned_sampler_that_leaves_a_choice_excuses_nothing() -> None:
    asked = model(extra_body={"top_k": 0, "min_p": 0.0, "do_sample": True})
    assert kinds(*grid(5, 5, completion="x"), models=(asked,)) == ["temperature_ignored"]


def test_a_server_that_is_greedy_when_left_alone_is_said() -> None:
    records = grid(5, 5, completion="x")
    assert kinds(*records, models=(model(temperature=None),)) == ["greedy_by_default"]
    refused = grid(5, 5, completion="x", dropped_params=("temperature",))
    assert kinds(*refused, models=(model(temperature=0.2),)) == [
        "parameter_dropped",
        "greedy_by_default",
    ]


def test_a_sure_model_is_seldom_accused() -> None:
    dice = random.Random(0)
    accused = 0
    for _ in range(2000):
        texts = [["right" if dice.random() < 0.8 else "other" for _ in range(5)] for _ in range(5)]
        records = [
            record(i, k, completion=text)
            for i, row in enumerate(texts)
            for k, text in enumerate(row)
        ]
        accused += "temperature_ignored" in kinds(*records)
    assert accused / 2000 <= 0.8**20


@pytest.mark.parametrize(
    ("fields", "asked", "kind"),
    [
        ({"output_tokens": 1001}, {}, "max_tokens_ignored"),
        ({"completion": "", "reasoning": "hm"}, {}, "answer_eaten"),
        ({"completion": "a # b"}, {"stop": ("#",)}, "stop_ignored"),
        ({"usage_source": "estimated"}, {}, "usage_estimated"),
        ({"events": 0, "ttft": None}, {}, "not_streamed"),
        ({"dropped_params": ("seed",)}, {}, "parameter_dropped"),
    ],
)
def test_one_sample_is_enough_to_say_it(
    fields: dict[str, Any], asked: dict[str, Any], kind: str
) -> None:
    (note,) = notes(record(), record(1), record(2, **fields), models=(model(**asked),))
    assert note.kind == kind
    assert note.to_wire() == json.loads(json.dumps(note.to_wire()))


@pytest.mark.parametrize(
    ("fields", "asked"),
    [
        ({"output_tokens": 1000, "events": 1000}, {}),
        ({"output_tokens": 1001, "calls": 2}, {}),
        ({"output_tokens": 5000, "events": 5000}, {"max_tokens": None}),
        ({"completion": "", "reasoning": "hm", "finish_reason": "length"}, {}),
        ({"completion": "", "reasoning": ""}, {}),
        ({"completion": "a\n#\n"}, {"stop": ("#\n",)}),  # kept at the end, as some servers do
        ({"completion": "a # b"}, {}),
        ({"events": 0, "ttft": None, "completion": "", "output_tokens": 0}, {}),
        ({"model_returned": "m-2026-08-07"}, {}),
        ({"model_returned": "/models/M.gguf"}, {}),
        ({"model_returned": "vendor/m"}, {}),
        ({"model_returned": "m:latest"}, {}),
        ({"model_returned": "/models/m@main"}, {"model": "/models/m"}),  # transformers serve
        ({"model_returned": "vendor/m@0f32e1ad65"}, {"model": "vendor/m"}),
        ({"model_returned": "m"}, {"model": "m-20260807"}),
        ({"model_returned": "m"}, {"model": "vendor/m:free"}),
        ({"output_tokens": 1001, "events": 999}, {"extra_body": {"max_tokens": 2000}}),
        ({"output_tokens": 1001, "events": 999}, {"extra_body": {"max_tokens": None}}),
        ({"completion": "a # b"}, {"stop": ("#",), "extra_body": {"stop": None}}),
        ({"model_returned": None, "fingerprint": None}, {}),
        ({"usage_source": None, "output_tokens": None}, {}),
        ({"usage_source": "shared", "output_tokens": 1001}, {}),
    ],
)
def test_what_is_right_is_not_said(fields: dict[str, Any], asked: dict[str, Any]) -> None:
    assert kinds(record(**fields), models=(model(**asked),)) == []


def test_a_proxy_that_holds_a_stream_back_is_said() -> None:
    burst = {"ttft": 1.999}
    assert kinds(*grid(3, 1, **burst)) == ["buffered"]
    assert kinds(*grid(2, 1, **burst), *grid(4, 1)[2:]) == []  # half of them
    assert kinds(*grid(9, 1, **burst, reused_from="run")) == []
    assert kinds(*grid(9, 1, **burst, output_tokens=9)) == []  # a short answer may be quick


def test_reasoning_that_is_not_shown_makes_no_token_of_an_event() -> None:
    hidden = {"output_tokens": 1000, "reasoning_tokens": 900}
    assert kinds(*grid(3, 1, **hidden)) == []
    assert kinds(*grid(3, 1, **hidden, reasoning="all of it")) == ["many_tokens_per_event"]


def test_events_of_many_tokens_are_said() -> None:
    (note,) = notes(record(events=10))
    assert note.line.startswith("m: an event holds 10 tokens on average")


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ("m", "other"),
        ("o3", "o3-mini"),
        ("gpt-4", "gpt-4o"),
        ("gpt-4", "gpt-4.1"),
        ("gpt-4", "gpt-4-32k"),
        ("qwen", "qwen@q4_k_m"),
        ("claude-sonnet-4", "claude-sonnet-4-5-20250929"),
    ],
)
def test_another_model_than_the_one_asked_for_is_said(asked: str, named: str) -> None:
    (note,) = notes(record(model_returned=named), models=(model(model=asked),))
    assert (note.kind, note.text) == ("other_model", f"the server named another model: {named}")


def test_a_model_in_this_process_may_be_named_by_its_weights() -> None:
    here = model(type="huggingface", model="./folder")

    assert "other_model" not in kinds(record(model_returned="sha256:00ff"), models=(here,))


def test_each_of_several_endpoints_may_have_words_of_its_own() -> None:
    places = (Endpoint(base_url="http://a/v1"), Endpoint(base_url="http://b/v1"))
    records = [record(), record(1, model_returned="m-2", fingerprint="other")]

    assert "model_changed" not in kinds(*records, models=(model(endpoints=places),))
    assert "fingerprint_changed" not in kinds(*records, models=(model(endpoints=places),))


def test_a_server_that_changes_is_said() -> None:
    records = [record(), record(1, model_returned="m-2", fingerprint="other")]
    found = {note.kind: note.text for note in notes(*records)}
    assert found == {
        "model_changed": "the server named several models: m, m-2",
        "fingerprint_changed": "the server changed during the run: fp, other",
    }


def test_names_without_end_are_not_kept() -> None:
    records = [record(i, model_returned=f"m{i}") for i in range(100)]
    (note,) = notes(*records)
    assert note.text == "the server named several models: m0, m1, m2, m3, m4, ..."


def test_unequal_settings_of_models_that_are_compared_are_said() -> None:
    models = (model("m"), model("b", temperature=None), model("c", temperature=None))
    records = [record(model=name, model_returned=name) for name in ("m", "b", "c")]
    (note,) = notes(*records, models=models)
    assert (note.kind, note.model, note.line) == (
        "unequal_settings",
        None,
        "temperature is given for some models, and left to the server for b, c",
    )
    assert kinds(*records[:1], models=models) == []  # the others were not asked
    assert kinds(*records[1:], models=models) == []  # left to the server for both


def test_what_was_dropped_is_listed_by_model() -> None:
    seen = Suspicions([model(), model("b")])
    seen.add(record(dropped_params=("seed", "top_p")))
    seen.add(record(1, dropped_params=("seed",)))
    assert seen.dropped() == {"m": ["seed", "top_p"]}


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        (model(), ()),
        (model(temperature=None, top_p=None), ("temperature", "top_p")),
        (model(temperature=None, extra_body={"temperature": 0}), ()),
        (model(top_p=None, extra_body={"generationConfig": {"topP": 0.5}}), ()),
        (model(temperature=None, extra_body={"temperature": None}), ("temperature",)),
        (model(max_tokens=None), ("max_tokens",)),
        (model(max_tokens=None, type="anthropic"), ()),
        (model(max_tokens=None, extra_body={"max_completion_tokens": 5}), ()),
        (model(temperature=None, type="command"), ()),
        (model(max_tokens=None, type="huggingface", options={"max_new_tokens": 64}), ()),
    ],
)
def test_what_an_entry_does_not_give_is_the_servers(asked: Model, left: tuple[str, ...]) -> None:
    assert left == left_to_server(asked)


def overhead(p99_ms: float) -> Overhead:
    return Overhead(
        samples=1000,
        late=50,
        lag_p50_ms=1,
        lag_p99_ms=p99_ms,
        lag_max_ms=p99_ms,
        cpu_s=1,
        requests=1,
    )


def test_a_client_that_was_too_busy_says_so_of_itself() -> None:
    assert [of_client(None), of_client(overhead(9.9))] == [[], []]
    (note,) = of_client(overhead(25.5))
    assert note.line.startswith("this client was too busy to measure times: it read events 25.5 ms")
