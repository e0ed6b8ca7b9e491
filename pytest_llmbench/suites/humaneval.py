"""HumanEval: 164 Python functions to complete, judged by the benchmark's own `check`.

Source: https://github.com/openai/human-eval (MIT licence).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from pytest_llmbench.languages import find_language
from pytest_llmbench.suites.datafiles import find_data_file
from pytest_llmbench.suites.jsonlines import Row, mistake, read_content, rows
from pytest_llmbench.suites.prompts import complete_function
from pytest_llmbench.vocabulary import ByCheck, Problem, Suite

__all__ = ["load_humaneval", "read_humaneval"]

_NAME = "HumanEval.jsonl.gz"
_URL = "https://raw.githubusercontent.com/openai/human-eval/master/data/HumanEval.jsonl.gz"
_SHA256 = "b796127e635a67f93fb35c04f4cb03cf06f38c8072ee7cee8833d7bee06979ef"
_KEYS = ("task_id", "prompt", "entry_point", "canonical_solution", "test")


def load_humaneval(data_dir: Path | None, notify: Callable[[str], None]) -> Suite:
    """Find the benchmark's own file and read it."""
    return read_humaneval(find_data_file(_NAME, data_dir, _URL, _SHA256, notify))


def read_humaneval(path: Path) -> Suite:
    """Read `HumanEval.jsonl`, packed or not; raise SuiteError with `path:line` of a mistake."""
    content = read_content(path)
    problems: dict[str, Problem] = {}
    for row in rows(path, content, _KEYS):
        problem = _problem(row)
        if problem.id in problems:
            raise row.mistake(f"task_id {problem.id!r} is given twice")
        problems[problem.id] = problem
    if not problems:
        raise mistake(path, 1, "the file holds no problem")
    return Suite(
        name="humaneval",
        problems=tuple(problems.values()),
        source=str(path),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def _problem(row: Row) -> Problem:
    task_id, prompt, entry_point, solution, test = (row[key] for key in _KEYS)
    head, found, _ = prompt.rpartition(f"def {entry_point}(")
    if not entry_point.isidentifier() or not found:
        raise row.mistake(f"{task_id}: the prompt does not define {entry_point!r}")
    reference = prompt + solution
    return Problem(
        suite="humaneval",
        id=task_id,
        task_id=task_id,
        language="python",
        prompt=complete_function(prompt, entry_point, find_language("python")),
        # The checks of a few problems call helpers that stand before the function.
        judging=ByCheck(entry_point=entry_point, check_code=test, prelude=head),
        entry_point=entry_point,
        starter=prompt,
        references=(reference,),
        mutants=(
            f"{reference}\n{_CORRUPT}\n\n{entry_point} = _corrupted({entry_point})\n",
            f"{prompt.rstrip()}\n    return None\n",
        ),
    )


_CORRUPT = '''
def _corrupted(function):
    """Spoil what `function` returns to its caller, and nothing within a recursion."""
    depth = 0

    def spoilt(*args):
        nonlocal depth
        depth += 1
        try:
            result = function(*args)
        finally:
            depth -= 1
        return result if depth else _spoil(result)

    return spoilt


def _spoil(value):
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    if isinstance(value, str):
        return value + "x"
    if isinstance(value, list):
        return [*value, None]
    if isinstance(value, tuple):
        return (*value, None)
    if isinstance(value, dict):
        return {**value, "spoilt": True}
    return 0 if value is None else None
'''
