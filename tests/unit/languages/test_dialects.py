"""SQL in a model's answer, and the names of its dialects."""

from __future__ import annotations

import pytest

from pytest_llmbench.answers.extract import extract
from pytest_llmbench.errors import ConfigError
from pytest_llmbench.languages import find_language
from pytest_llmbench.languages.dialects import find_dialect, grammar_of, is_dialect
from pytest_llmbench.vocabulary import BySql, Problem

PROBLEM = Problem(
    suite="s", id="p", task_id="p", language="sqlite", prompt="",
    judging=BySql(setup="CREATE TABLE t (x INTEGER)", query="SELECT x FROM t"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("```sql\nSELECT x FROM t;\n```", "SELECT x FROM t;"),
        ("Here:\n\n```sqlite\nselect x\nfrom t\n```\nDone.", "select x\nfrom t"),
        ("One:\n```sql\nSELECT 1;\n```\nBetter:\n```sql\nSELECT x;\n```", "SELECT x;"),
        ("```sql\nUPDATE t SET x = 1;\n```\nthen\n```sql\nDELETE FROM t;\n```",
         "UPDATE t SET x = 1;\n\n\nDELETE FROM t;"),
        ("SELECT x FROM t", "SELECT x FROM t"),
        ("-- a\nWITH a AS (SELECT 1)\nSELECT * FROM a;",
         "-- a\nWITH a AS (SELECT 1)\nSELECT * FROM a;"),
        ("With this query you get the rows.\n\n```\nSELECT x FROM t\n```", "SELECT x FROM t"),
    ],
)  # fmt: skip
def test_the_statements_are_found(text: str, code: str) -> None:
    found = extract(text, PROBLEM)

    assert found.code is not None
    assert code == found.code.strip()
    assert "sqlite" == found.language


@pytest.mark.parametrize("text", ["", "I cannot answer that.", "With pleasure."])
def test_prose_holds_no_statements(text: str) -> None:
    assert extract(text, PROBLEM).code is None


def test_a_dialect_has_aliases_and_a_mistake_names_all() -> None:
    assert "postgresql" == find_dialect(" Postgres").name
    with pytest.raises(ConfigError, match="unknown dialect 'db2'; known: sqlite, duckdb, "):
        find_dialect("db2")


def test_a_language_is_no_dialect_and_keeps_its_grammar() -> None:
    assert not is_dialect("python")
    assert find_language("python").grammar is grammar_of("python")
