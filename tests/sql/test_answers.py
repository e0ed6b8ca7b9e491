"""Honest answers pass in every dialect, and wrong ones fail with words that help."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from pytest_llmbench.grading.sql import SqlJudge
from pytest_llmbench.vocabulary import Assurance, BySql, Limits, Outcome
from tests.sql.conftest import (
    CHANGE,
    CHANGE_GOLD,
    DIALECTS,
    GOLD,
    HONEST,
    HONEST_CHANGE,
    QUESTION,
    SETUP,
    SHORT,
    Grade,
)


@pytest.mark.parametrize(
    "code",
    [
        GOLD,
        HONEST,
        f"-- an answer\n{HONEST};  -- and a word after it\n",
        f"SELECT 1; SELECT 2;\n{HONEST};",
        "WITH u AS (SELECT UPPER(customer) AS name, amount FROM orders)\n"
        "SELECT name, SUM(amount) * 1.0 FROM u GROUP BY name ORDER BY 2 DESC",
        f"SELECT * FROM ({HONEST}) x ORDER BY 1",
    ],
    ids=["gold", "names", "comments", "many", "decimals", "order"],
)
def test_a_right_query_passes(grade: Grade, dialect: str, code: str) -> None:
    verdict = grade(dialect, code)

    assert Outcome.PASSED is verdict.outcome, verdict
    assert Assurance.VALUE is verdict.assurance


@pytest.mark.parametrize(
    ("code", "outcome", "evidence"),
    [
        ("SELECT UPPER(customer), amount FROM orders", Outcome.WRONG_ANSWER, "4 rows, expected 3"),
        (f"{HONEST} HAVING SUM(amount) > 7", Outcome.WRONG_ANSWER, "missing: (NULL, 7)"),
        ("SELECT customer FROM orders", Outcome.WRONG_ANSWER, "1 column, expected 2"),
        ("SELECT SUM(amount), UPPER(customer) FROM orders GROUP BY 2", Outcome.WRONG_ANSWER,
         "not expected"),
        ("", Outcome.WRONG_ANSWER, ""),
        ("-- nothing", Outcome.WRONG_ANSWER, ""),
        ("SELEC 1", Outcome.COMPILE_ERROR, "SELEC"),
        ("SELECT colour FROM orders", Outcome.RUNTIME_ERROR, "colour"),
        ("SELECT * FROM no_such_table", Outcome.RUNTIME_ERROR, "no_such_table"),
        (f"{HONEST}; SELECT * FROM no_such_table", Outcome.RUNTIME_ERROR, "no_such_table"),
    ],
    ids=["rows", "fewer", "columns", "swapped", "empty", "comment", "syntax", "column", "table",
         "late-error"],
)  # fmt: skip
def test_a_wrong_query_fails_with_a_reason(
    grade: Grade, dialect: str, code: str, outcome: Outcome, evidence: str
) -> None:
    verdict = grade(dialect, code)

    assert outcome is verdict.outcome, verdict
    assert evidence in verdict.evidence


def test_an_order_is_asked_for(grade: Grade, dialect: str) -> None:
    judging = BySql(setup=SETUP, query="SELECT id FROM orders ORDER BY id DESC", is_ordered=True)

    right = grade(dialect, "SELECT id FROM orders ORDER BY amount, id DESC", judging)
    unordered = grade(dialect, "SELECT id FROM orders ORDER BY id", judging)
    longer = grade(dialect, "SELECT id FROM orders UNION ALL SELECT 9 ORDER BY 1 DESC", judging)

    assert Outcome.WRONG_ANSWER is right.outcome
    assert "the rows are right, their order is not" in unordered.evidence
    assert "row 1 is (9), expected (4)" in longer.evidence


def test_rows_may_be_given_instead_of_a_query(grade: Grade, dialect: str) -> None:
    judging = BySql(setup=SETUP, rows=(("ANN", 15), ("BOB", 20.0), (None, 7)))

    assert Outcome.PASSED is grade(dialect, HONEST, judging).outcome
    assert Outcome.WRONG_ANSWER is grade(dialect, "SELECT 'ANN', 15", judging).outcome


def test_no_rows_may_be_right(grade: Grade, dialect: str) -> None:
    judging = BySql(setup=SETUP, query="SELECT id, amount FROM orders WHERE id > 99")

    passed = grade(dialect, "SELECT amount, id FROM orders WHERE 1 = 0", judging)
    failed = grade(dialect, "SELECT id FROM orders WHERE id > 99", judging)

    assert Outcome.PASSED is passed.outcome
    assert "1 column, expected 2" in failed.evidence


@pytest.mark.parametrize("code", [CHANGE_GOLD, HONEST_CHANGE], ids=["gold", "other-way"])
def test_changed_data_is_judged_by_its_state(grade: Grade, dialect: str, code: str) -> None:
    verdict = grade(dialect, code, CHANGE)

    assert Outcome.PASSED is verdict.outcome, verdict


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("SELECT 1", Outcome.WRONG_ANSWER),
        ("UPDATE orders SET amount = 0", Outcome.WRONG_ANSWER),
        ("DROP TABLE orders", Outcome.WRONG_ANSWER),
        ("UPDAT orders SET amount = 0", Outcome.COMPILE_ERROR),
        (f"{CHANGE_GOLD}; SELECT * FROM no_such_table", Outcome.RUNTIME_ERROR),
    ],
)
def test_a_wrong_change_fails(grade: Grade, dialect: str, code: str, outcome: Outcome) -> None:
    verdict = grade(dialect, code, CHANGE)

    assert outcome is verdict.outcome, verdict


def test_a_state_has_several_queries(grade: Grade, dialect: str) -> None:
    judging = BySql(
        setup=SETUP,
        query="DELETE FROM orders WHERE amount < 10",
        state=("SELECT id FROM orders", "SELECT COUNT(*), SUM(amount) FROM orders"),
    )

    right = grade(dialect, "DELETE FROM orders WHERE id IN (3, 4)", judging)
    wrong = grade(dialect, "UPDATE orders SET amount = NULL WHERE amount < 10", judging)

    assert Outcome.PASSED is right.outcome, right
    assert "afterwards, SELECT id FROM orders\n4 rows, expected 2" in wrong.evidence


def test_an_explicit_transaction_that_is_committed_counts(grade: Grade, dialect: str) -> None:
    verdict = grade(dialect, f"BEGIN; {CHANGE_GOLD}; COMMIT;", CHANGE)

    assert Outcome.PASSED is verdict.outcome, verdict


TYPES = {
    "sqlite": (
        "SELECT 1.50, NULL, TRUE, x'00ff', '{\"b\": 1, \"a\": [1.0]}', 'é\U0001f600', 1e308 * 10"
    ),
    "duckdb": (
        "SELECT 1.50, NULL, TRUE, '\\x00\\xff'::BLOB, '{\"b\": 1, \"a\": [1.0]}'::JSON, "
        "'é\U0001f600', 'inf'::DOUBLE, DATE '2024-02-29', TIMESTAMP '2024-02-29 00:00:00', "
        "TIMESTAMPTZ '2024-02-29 12:00:00.5+02', INTERVAL '25 hours', TIME '01:02:03', "
        "170141183460469231731687303715884105727, [1, 2], {'k': 'v'}, "
        "'nan'::DOUBLE, uuid '00000000-0000-0000-0000-000000000001'"
    ),
    "postgresql": (
        "SELECT 1.50, NULL, TRUE, '\\x00ff'::bytea, '{\"b\": 1, \"a\": [1.0]}'::jsonb, "
        "'é\U0001f600', 'inf'::float8, DATE '2024-02-29', TIMESTAMP '2024-02-29 00:00:00', "
        "TIMESTAMPTZ '2024-02-29 12:00:00.5+02', INTERVAL '25 hours', TIME '01:02:03', "
        "123456789012345678901234567890, ARRAY[1, 2], 'ab'::char(5), "
        "'nan'::float8, 'infinity'::date"
    ),
    "mysql": (
        "SELECT 1.50, NULL, TRUE, x'00ff', JSON_OBJECT('b', 1, 'a', JSON_ARRAY(1.0)), "
        "'é\U0001f600', 1e308, DATE '2024-02-29', TIMESTAMP '2024-02-29 00:00:00', "
        "TIMESTAMP '2024-02-29 10:00:00.5', TIME '25:00:00', TIME '01:02:03', "
        "123456789012345678901234567890, CAST('ab' AS CHAR(5))"
    ),
}  # fmt: skip
TYPED_ROWS: dict[str, tuple[object, ...]] = {
    "sqlite": (1.5, None, 1, b"\0\xff", '{"a":[1],"b":1}', "é\U0001f600", float("inf")),
    "duckdb": (
        1.5, None, True, b"\0\xff", '{"a":[1],"b":1}', "é\U0001f600", float("inf"),
        "2024-02-29", "2024-02-29", "2024-02-29 10:00:00.5", "P1DT1H", "01:02:03",
        2**127 - 1, [1, 2], {"k": "v"}, float("nan"), "00000000-0000-0000-0000-000000000001",
    ),
    "postgresql": (
        1.5, None, True, b"\0\xff", '{"a":[1],"b":1}', "é\U0001f600", float("inf"),
        "2024-02-29", "2024-02-29", "2024-02-29 10:00:00.5", "P1DT1H", "01:02:03",
        123456789012345678901234567890, "{1,2}", "ab", float("nan"), "infinity",
    ),
    "mysql": (
        1.5, None, True, b"\0\xff", '{"a":[1],"b":1}', "é\U0001f600", 1e308,
        "2024-02-29", "2024-02-29", "2024-02-29 10:00:00.5", "25:00:00", "01:02:03",
        123456789012345678901234567890, "ab",
    ),
}  # fmt: skip


def test_values_of_all_types_arrive_in_one_form(grade: Grade, dialect: str) -> None:
    judging = BySql(setup="SELECT 1", rows=(TYPED_ROWS[dialect],))

    verdict = grade(dialect, TYPES[dialect], judging)

    assert Outcome.PASSED is verdict.outcome, verdict


def test_a_stored_procedure_with_delimiters(grade: Grade) -> None:
    code = (
        "DELIMITER //\nCREATE PROCEDURE forgive()\nBEGIN\n"
        "  UPDATE orders SET amount = 0 WHERE customer = 'ann'; -- a // in a comment\n"
        "END//\nDELIMITER ;\nCALL forgive();\n"
    )

    verdict = grade("mysql", code, CHANGE)

    assert Outcome.PASSED is verdict.outcome, verdict


def test_a_trigger_in_sqlite_is_one_statement(grade: Grade) -> None:
    code = (
        "CREATE TRIGGER t AFTER UPDATE ON orders BEGIN\n"
        "  UPDATE orders SET amount = 0 WHERE customer = 'ann'; SELECT 1;\nEND;\n"
        "UPDATE orders SET id = id"
    )

    verdict = grade("sqlite", code, CHANGE)

    assert Outcome.PASSED is verdict.outcome, verdict


def test_pivot_in_duckdb_gives_rows(grade: Grade) -> None:
    judging = BySql(setup=SETUP, rows=((15, 20, 7),))
    code = (
        "PIVOT (SELECT COALESCE(customer, 'zoe') AS who, amount FROM orders) "
        "ON who USING SUM(amount)"
    )

    verdict = grade("duckdb", code, judging)

    assert Outcome.PASSED is verdict.outcome, verdict


def test_qualified_names_work_in_postgresql(grade: Grade) -> None:
    code = HONEST.replace("orders o", "public.orders o")

    assert Outcome.PASSED is grade("postgresql", code).outcome


@pytest.mark.parametrize(
    ("judging", "reason"),
    [
        (BySql(setup="CREATE TABL", query="SELECT 1"), "the problem's setup failed"),
        (BySql(setup=SETUP, query="SELECT colour"), "the problem's own query failed"),
        (BySql(setup=SETUP, query=CHANGE_GOLD, state=("SELECT x",)), "own query failed"),
        (BySql(setup=SETUP), "neither rows nor a query"),
        (BySql(setup=SETUP, rows=((1, 2), (3,))), "rows are broken"),
        (BySql(setup=SETUP, rows=((1,),), state=("SELECT 1", "SELECT 2")), "one query only"),
    ],
    ids=["setup", "query", "state", "neither", "rows", "two"],
)
def test_a_broken_problem_is_nobodys_wrong_answer(
    grade: Grade, dialect: str, judging: BySql, reason: str
) -> None:
    for _ in range(2):
        verdict = grade(dialect, "SELECT 1", judging)

        assert Outcome.ERROR is verdict.outcome
        assert reason in verdict.evidence


def test_what_is_missing_is_an_error_with_a_remedy(judge: SqlJudge) -> None:
    verdict = judge.grade("oracle", CHANGE, "SELECT 1 FROM dual", Limits())

    assert Outcome.ERROR is verdict.outcome
    assert "oracle needs" in verdict.evidence


def test_an_unknown_dialect_is_an_error(judge: SqlJudge) -> None:
    verdict = judge.grade("cobol", CHANGE, "SELECT 1", Limits())

    assert Outcome.ERROR is verdict.outcome
    assert "sqlite, duckdb, postgresql, mysql, oracle" in verdict.evidence


@pytest.mark.parametrize(
    "code",
    [
        "SELECT 1\0; SELECT 2",
        "SELECT '\ud800'",
        "SELECT '\U0001f600\u202e\x1b[31m'",
        "/*" * 200_000,
        "'" * 99_999,
        ";" * 20_000,
        "(" * 20_000,
        f"SELECT '{'x' * 9_000_000}'",
        "BEGIN; ROLLBACK; COMMIT; ROLLBACK",
        "\n\t ",
    ],
    ids=["nul", "surrogate", "unicode", "comments", "quotes", "semicolons", "brackets", "long",
         "transactions", "blank"],
)  # fmt: skip
def test_odd_code_is_the_answers_fault(grade: Grade, dialect: str, code: str) -> None:
    verdict = grade(dialect, code)

    assert verdict.outcome not in {Outcome.PASSED, Outcome.ERROR}, verdict
    assert Outcome.PASSED is grade(dialect, HONEST).outcome


def test_the_problems_own_query_runs_once(grade: Grade, dialect: str) -> None:
    judging = BySql(setup=SETUP, query="SELECT RANDOM() AS number FROM orders")
    if dialect == "mysql":
        judging = BySql(setup=SETUP, query="SELECT RAND() AS number FROM orders")
    assert judging.query is not None

    evidence = {grade(dialect, judging.query, judging).evidence.split("not")[0] for _ in range(3)}

    assert 1 == len(evidence)  # the same rows are missing each time


def test_warming_up_returns_at_once_and_changes_nothing(own_judge: SqlJudge) -> None:
    here = [dialect for dialect in DIALECTS if own_judge.missing(dialect) is None]

    own_judge.warm_up([*here, "oracle"])
    verdicts = [own_judge.grade(dialect, QUESTION, HONEST, Limits()) for dialect in here]

    assert {Outcome.PASSED} == {verdict.outcome for verdict in verdicts}


def test_many_threads_grade_at_once(grade: Grade, dialect: str) -> None:
    wrong = "SELECT customer, amount FROM orders"
    answers = [(HONEST, Outcome.PASSED), (wrong, Outcome.WRONG_ANSWER)] * 12
    with ThreadPoolExecutor(6) as executor:
        verdicts = list(executor.map(lambda answer: grade(dialect, answer[0]), answers))

    assert [outcome for _, outcome in answers] == [verdict.outcome for verdict in verdicts]


def test_a_slow_answer_does_not_hold_up_another(grade: Grade) -> None:
    slow = {
        "postgresql": "SELECT pg_sleep(60), 1",
        "mysql": "SELECT SLEEP(60), 1",
    }
    for dialect, code in slow.items():
        with ThreadPoolExecutor(2) as executor:
            waiting = executor.submit(grade, dialect, code, limits=Limits(time_s=3))
            verdict = grade(dialect, HONEST)

            assert not waiting.done()
            assert Outcome.PASSED is verdict.outcome
            assert Outcome.TIMEOUT is waiting.result().outcome


def test_versions_are_known(judge: SqlJudge) -> None:
    for dialect in DIALECTS:
        if judge.missing(dialect) is None:
            version = judge.version(dialect)
            assert version is not None
            assert version[0].isdigit()


@pytest.mark.parametrize("word", ["sqlite3", "Postgres", "mariadb"])
def test_dialects_have_other_names(grade: Grade, word: str) -> None:
    assert Outcome.PASSED is grade(word, HONEST, limits=SHORT).outcome
