"""Prediction files: which line answers which sample, and what is wrong with a file."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from pytest_llmbench.errors import ConfigError
from pytest_llmbench.generation.providers.replay import check, read_answers
from pytest_llmbench.vocabulary import FinishReason, Model


def write(path: Path, *lines: Any) -> Path:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return path


def line(completion: str | None = "x", task_id: str = "T/0", **more: Any) -> dict[str, Any]:
    return {"task_id": task_id, "completion": completion, **more}


def text(path: Path, sample: int = 0, language: str = "python", task: str = "T/0") -> str | None:
    found = read_answers(path).find(task, language, sample)
    return None if found is None else found.completion


def test_lines_of_one_task_are_its_samples_in_order(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", line("a"), line("z", "T/1"), line("b"))
    assert [text(path, k) for k in range(3)] == ["a", "b", None]


def test_a_line_of_the_language_goes_before_one_for_any(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", line("any"), line("js", language="javascript"))
    assert [text(path, 0, "javascript"), text(path, 0, "python")] == ["js", "any"]


def test_a_numbered_line_goes_before_one_in_order(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", line("a"), line("b"), line("one", sample=1))
    assert [text(path, 0), text(path, 1)] == ["a", "one"]


def test_no_completion_is_an_empty_answer(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", line(None), line(""))
    assert [text(path, 0), text(path, 1)] == ["", ""]


def test_finish_reason_and_reasoning_are_taken(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.jsonl", line(finish_reason="length", reasoning="hm"), line(finish_reason="eh")
    )
    answers = read_answers(path)
    first, second = answers.find("T/0", "python", 0), answers.find("T/0", "python", 1)
    assert first is not None
    assert second is not None
    assert (first.finish_reason, first.reasoning) == (FinishReason.LENGTH, "hm")
    assert FinishReason.OTHER is second.finish_reason


def test_a_compressed_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(line("zip")).encode()))
    assert text(path) == "zip"


def test_unicode_separators_inside_a_line_do_not_split_it(tmp_path: Path) -> None:
    raw = json.dumps(line("a\u2028b\u0085c"), ensure_ascii=False)
    assert text(write(tmp_path / "a.jsonl", raw)) == "a\u2028b\u0085c"


def test_several_models_must_be_chosen_from(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.jsonl", line("a", model="A", sample=0), line("b", model="B", sample=0)
    )
    with pytest.raises(ConfigError, match="choose one with `model:`: A, B"):
        read_answers(path)
    found = read_answers(path, "B").find("T/0", "python", 0)
    assert getattr(found, "completion", None) == "b"


def test_a_model_that_the_file_lacks_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", line(model="A"))
    with pytest.raises(ConfigError, match="no answers of model 'C'; it names: A"):
        read_answers(path, "C")


@pytest.mark.parametrize(
    ("bad", "what"),
    [
        ("{oops", "not a JSON object"),
        ("[" * 100_000, "not a JSON object"),
        ("[]", "must be a JSON object, not list"),
        ('{"completion": "x"}', "`task_id` is missing"),
        ('{"task_id": "T/0"}', "`completion` is missing"),
        (line(7), "`completion` must be text, not int"),  # type: ignore[arg-type]
        (line(sample="1"), "`sample` must be a number from 0"),
        (line(sample=True), "`sample` must be a number from 0"),
        (line(sample=-1), "`sample` must be a number from 0"),
        (line(language=["python"]), "`language` must be text, not list"),
    ],
)
def test_a_mistake_is_one_line_with_its_place(tmp_path: Path, bad: Any, what: str) -> None:
    path = write(tmp_path / "a.jsonl", line(), "", bad)
    with pytest.raises(ConfigError) as caught:
        read_answers(path)
    assert str(caught.value).startswith(f"{path}:3: {what}")
    assert "\n" not in str(caught.value)


def test_a_sample_given_twice_names_both_lines(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", line(sample=2), line(sample=2))
    with pytest.raises(ConfigError, match=":2: sample 2 of T/0 is on line 1 already"):
        read_answers(path)


@pytest.mark.parametrize("name", ["missing.jsonl", "", "broken.gz", "cut.jsonl.gz"])
def test_a_file_that_cannot_be_read_is_a_configuration_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "broken.gz").write_bytes(b"no gzip")
    (tmp_path / "cut.jsonl.gz").write_bytes(gzip.compress(b'{"task_id": "T"}' * 99)[:-12])
    with pytest.raises(ConfigError, match=r"cannot read the answers|not a JSON"):
        read_answers(tmp_path / name)


@pytest.mark.parametrize(
    ("options", "what"),
    [({}, "models.yaml:3: model 'R' needs `file`"), ({"file": "f", "model": 3}, "must be text")],
)
def test_options_that_make_no_sense_are_configuration_errors(
    options: dict[str, Any], what: str
) -> None:
    model = Model(name="R", type="replay", model="r", options=options, origin="models.yaml:3")
    with pytest.raises(ConfigError, match=what):
        check(model)
