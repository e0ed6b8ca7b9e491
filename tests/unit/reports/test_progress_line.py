"""The line of progress: what it says, and that it always fits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmbench.analysis.progress import ModelProgress, Snapshot
from pytest_llmbench.reports.progress_line import cells, progress_line

BUSY = ModelProgress(
    name="m",
    done=97,
    total=328,
    in_flight=16,
    tokens_per_s=412.4,
    infra=2,
    cost_usd=0.1234,
)


def test_all_figures_of_one_model() -> None:
    line = progress_line(Snapshot(models=(BUSY,), eta_s=40.2), 200)

    assert "llm: 97/328, 16 in flight, 412 tok/s, 2 INFRA, $0.12, eta 0:41" == line


def test_what_says_nothing_is_left_out() -> None:
    line = progress_line(Snapshot(models=(ModelProgress(name="m", done=3, total=None),)), 200)

    assert "llm: 3 done" == line


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (66, "llm: 97/328, 16 in flight, 412 tok/s, 2 INFRA, $0.12, eta 0:41"),
        (62, "llm: 97/328, 16 in flight, 412 tok/s, 2 INFRA, $0.12, eta 0:41"),
        (61, "llm: 97/328, 16 in flight, 2 INFRA, $0.12, eta 0:41"),
        (50, "llm: 97/328, 2 INFRA, $0.12, eta 0:41"),
        (36, "llm: 97/328, 2 INFRA, eta 0:41"),
        (20, "llm: 97/328, 2 INFRA"),
        (19, "llm: 97/328"),
        (11, "llm: 97/328"),
        (10, ""),
        (0, ""),
    ],
)
def test_a_narrow_terminal_loses_figures_one_by_one(width: int, line: str) -> None:
    assert line == progress_line(Snapshot(models=(BUSY,), eta_s=41), width)


def test_several_models_in_as_much_detail_as_fits() -> None:
    models = (
        ModelProgress(name="gpt", done=50, total=164, in_flight=8, cost_usd=1.5, infra=1),
        ModelProgress(name="qwen", done=47, total=164, tokens_per_s=9.87),
        ModelProgress(name="llama", done=0, total=164),
    )
    head = "llm: 97/492, 8 in flight, 9.9 tok/s, 1 INFRA, $1.50"

    lines = [progress_line(Snapshot(models=models), width) for width in (200, 110, 85, 70, 60)]

    assert lines == [
        f"{head}; gpt 50/164, 8 in flight, 1 INFRA, $1.50; qwen 47/164, 9.9 tok/s; llama 0/164",
        f"{head}; gpt 50/164; qwen 47/164; llama 0/164",
        f"{head}; gpt 50/164; qwen 47/164; 1 more",
        head,
        head,
    ]


def test_a_hostile_name_drives_no_terminal() -> None:
    models = (
        ModelProgress(name="\x1b[2Jevil\r\n\tx", done=1, total=2),
        ModelProgress(name="n" * 200, done=1, total=2),
    )

    line = progress_line(Snapshot(models=models), 200)

    assert f"llm: 2/4; \\x1b[2Jevil x 1/2; {'n' * 21}... 1/2" == line


@pytest.mark.parametrize(
    ("text", "columns"), [("abc", 3), ("日本", 4), ("e\u0301", 1), ("a\u200bb", 2)]
)
def test_cells_are_columns_not_characters(text: str, columns: int) -> None:
    assert columns == cells(text)


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.2, "0:01"), (59, "0:59"), (60, "1:00"), (3600 * 25 + 61, "25:01:01")]
)
def test_the_time_left_is_rounded_up(seconds: float, shown: str) -> None:
    line = progress_line(Snapshot(models=(BUSY,), eta_s=seconds), 200)

    assert line.endswith(f"eta {shown}")


figures = st.builds(
    ModelProgress,
    name=st.text(max_size=40),
    done=st.integers(0, 10**6),
    total=st.none() | st.integers(0, 10**6),
    in_flight=st.integers(0, 1000),
    tokens_per_s=st.none() | st.floats(0.01, 1e6),
    infra=st.integers(0, 1000),
    cost_usd=st.none() | st.floats(0, 1e5),
)


@given(
    st.lists(figures, min_size=1, max_size=6), st.none() | st.floats(0, 1e6), st.integers(0, 300)
)
def test_it_fits_on_one_line(models: list[ModelProgress], eta_s: float | None, width: int) -> None:
    line = progress_line(Snapshot(models=tuple(models), eta_s=eta_s), width)

    assert cells(line) <= width
    assert line.isprintable() or not line.encode("utf-8").isascii()
    assert not set(line) & set("\x1b\r\n\t\x07\x08\x9b\u2028\u202e")
