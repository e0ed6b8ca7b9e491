"""What judging one answer in SQL costs, dialect by dialect.

Every sample has a fresh database or schema, a fresh user where there are users, the setup,
the answer, and the removal of it all; the problem's own rows are known. `start`: the first
sample, engine and right query included, which is paid once per run. `alone`: one sample after
another; `together`: with as many threads as there are cores. `bare`: setup and answer in this
very process, without a sandbox, where the engine is one that can be had so.

    python benchmarks/sql.py
    python benchmarks/sql.py --samples 1000 --dialects postgresql mysql
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from pytest_llmbench.grading.sandbox import find_sandbox
from pytest_llmbench.grading.sql import SqlJudge
from pytest_llmbench.languages.dialects import DIALECTS
from pytest_llmbench.vocabulary import BySql, Limits, Outcome

SETUP = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR(40), city VARCHAR(40));
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, amount DECIMAL(10, 2));
INSERT INTO customers VALUES {customers};
INSERT INTO orders VALUES {orders};
""".format(
    customers=", ".join(f"({n}, 'name {n}', 'city {n % 7}')" for n in range(50)),
    orders=", ".join(f"({n}, {n % 50}, {n}.25)" for n in range(200)),
)
QUERY = (
    "SELECT c.city, COUNT(*), SUM(o.amount) FROM orders o JOIN customers c "
    "ON c.id = o.customer_id GROUP BY c.city"
)
CHANGE = "UPDATE orders SET amount = amount * 2 WHERE customer_id = 3"
QUESTIONS = {
    "query": (BySql(setup=SETUP, query=QUERY), f"{QUERY} ORDER BY 1"),
    "change": (BySql(setup=SETUP, query=CHANGE, state=("SELECT * FROM orders",)), CHANGE),
}


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def bare_s(dialect: str, answer: str) -> float | None:
    """Time what the engine itself takes, for the two that live in a process."""
    if dialect == "sqlite":
        import sqlite3

        def run() -> None:
            connection = sqlite3.connect(":memory:")
            connection.executescript(SETUP)
            connection.execute(answer).fetchall()
            connection.close()
    elif dialect == "duckdb":
        import duckdb

        def run() -> None:
            connection = duckdb.connect(":memory:", config={"threads": 1})
            connection.execute(SETUP)
            connection.execute(answer).fetchall()
            connection.close()
    else:
        return None
    return statistics.median(seconds(run) for _ in range(50))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--samples", type=int, default=200)
    parser.add_argument("--dialects", nargs="+", default=[*DIALECTS], choices=[*DIALECTS])
    parser.add_argument("--sandbox", default="auto")
    args = parser.parse_args()
    cores = os.cpu_count() or 1
    sandbox = find_sandbox(args.sandbox)
    judge = SqlJudge(sandbox)
    heads = f"{'start':>9}{'bare':>11}{'alone':>11}{'slowest 2%':>12}{f'{cores} together':>14}"
    print(f"{'':22}{heads}")
    for dialect in args.dialects:
        if missing := judge.missing(dialect):
            print(f"{dialect:12}{missing}")
            continue
        for label, (judging, answer) in QUESTIONS.items():

            def sample(
                _: object = None, dialect: str = dialect, judging: BySql = judging,
                answer: str = answer,
            ) -> None:  # fmt: skip
                verdict = judge.grade(dialect, judging, answer, Limits())
                if verdict.outcome is not Outcome.PASSED:
                    sys.exit(f"{dialect}: {verdict.outcome}: {verdict.evidence}")

            start_s = seconds(sample)
            alone = [seconds(sample) for _ in range(args.samples)]
            with ThreadPoolExecutor(cores) as executor:
                list(executor.map(sample, range(2 * cores)))  # a slot for each thread
                together_s = seconds(lambda: list(executor.map(sample, range(args.samples))))
            floor_s = bare_s(dialect, answer)
            print(
                f"{dialect:12}{label:10}{start_s:7.2f} s"
                f"{f'{floor_s * 1e3:.1f} ms' if floor_s else '':>11}"
                f"{statistics.median(alone) * 1e3:8.1f} ms"
                f"{sorted(alone)[-max(1, len(alone) // 50)] * 1e3:9.1f} ms"
                f"{args.samples / together_s:12.0f}/s"
            )
    judge.close()
    sandbox.close()


if __name__ == "__main__":
    main()
