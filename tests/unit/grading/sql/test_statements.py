"""Scripts are cut where the command lines of MySQL and Oracle would cut them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmbench.grading.sql.oracle import outcome_of
from pytest_llmbench.grading.sql.statements import mysql_pieces, oracle_statements
from pytest_llmbench.vocabulary import Outcome


@pytest.mark.parametrize(
    ("script", "pieces"),
    [
        ("SELECT 1; SELECT 2", ["SELECT 1; SELECT 2"]),
        ("SELECT 'DELIMITER //'", ["SELECT 'DELIMITER //'"]),
        ("DELIMITER //\nSELECT 1//\nSELECT 2 //\nDELIMITER ;\nSELECT 3; SELECT 4;",
         ["SELECT 1", "SELECT 2", "SELECT 3; SELECT 4;"]),
        ("delimiter $$\nBEGIN SELECT '$$', \"$$\", `$$`; -- $$\n# $$\n/* $$ */ END$$",
         ["BEGIN SELECT '$$', \"$$\", `$$`; -- $$\n# $$\n/* $$ */ END"]),
        ("DELIMITER //\nSELECT 'it\\'s //', 5--3// SELECT 2//",
         ["SELECT 'it\\'s //', 5--3", "SELECT 2"]),
        ("DELIMITER //\nSELECT 'never closed // SELECT 2//",
         ["SELECT 'never closed // SELECT 2//"]),
        ("SELECT 1;\n  DELIMITER //\nSELECT 2//", ["SELECT 1;", "SELECT 2"]),
        ("DELIMITER //\n//\n//\n", []),
    ],
)  # fmt: skip
def test_delimiters_of_mysql(script: str, pieces: list[str]) -> None:
    assert pieces == list(mysql_pieces(script))


@pytest.mark.parametrize(
    ("script", "statements"),
    [
        ("SELECT 1 FROM dual", ["SELECT 1 FROM dual"]),
        ("SELECT 1 FROM dual;\n", ["SELECT 1 FROM dual"]),
        ("INSERT INTO t VALUES (';''', \";\"); COMMIT;",
         ["INSERT INTO t VALUES (';''', \";\")", "COMMIT"]),
        ("SELECT q'[it's; ]' FROM dual; SELECT 2 FROM dual",
         ["SELECT q'[it's; ]' FROM dual", "SELECT 2 FROM dual"]),
        ("-- one; two\nSELECT 1 FROM dual; /* a; b */ SELECT 4/2 FROM dual",
         ["-- one; two\nSELECT 1 FROM dual", "/* a; b */ SELECT 4/2 FROM dual"]),
        ("BEGIN\n  NULL; -- ;\nEND;\n/\nSELECT 1 FROM dual\n/\n",
         ["BEGIN\n  NULL; -- ;\nEND;", "SELECT 1 FROM dual"]),
        ("-- a block\nCREATE OR REPLACE TRIGGER x BEFORE INSERT ON t\nBEGIN a; b; END;",
         ["-- a block\nCREATE OR REPLACE TRIGGER x BEFORE INSERT ON t\nBEGIN a; b; END;"]),
        ("CREATE TABLE beginning (a INT); DROP TABLE beginning",
         ["CREATE TABLE beginning (a INT)", "DROP TABLE beginning"]),
        (" ;; ", []),
    ],
)  # fmt: skip
def test_statements_of_oracle(script: str, statements: list[str]) -> None:
    assert statements == list(oracle_statements(script))


@given(st.text(alphabet="'\"`;/\\-#*q[]\n aB", max_size=60))
def test_no_word_is_lost_whatever_the_script(text: str) -> None:
    words = [character for character in text if character.isalpha()]

    for pieces in (mysql_pieces(f"DELIMITER ;;\n{text}"), oracle_statements(text)):
        assert words == [
            character for piece in pieces for character in piece if character.isalpha()
        ]


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("ORA-00933", Outcome.COMPILE_ERROR),
        ("ORA-00942", Outcome.RUNTIME_ERROR),
        ("ORA-01476", Outcome.RUNTIME_ERROR),
        ("DPY-2001", Outcome.RUNTIME_ERROR),
        ("", Outcome.RUNTIME_ERROR),
    ],
)
def test_errors_of_oracle(code: str, outcome: Outcome) -> None:
    assert outcome is outcome_of(code)
