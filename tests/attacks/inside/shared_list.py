"""A child runs answer and checks together, and appends its own verdict to a list."""

import multiprocessing
import sys
from pathlib import Path

CHECKS = {
    "add": """
def check(candidate):
    assert candidate(2, 3) == 5
    assert candidate(10, -4) == 6
    assert candidate(7, 1001) == 1008
check(add)
""",
    "order": """
def check(candidate):
    for xs in ([3, 1, 2], [9, 8]):
        assert candidate(xs) == sorted(xs)
check(order)
""",
}


def run(program, result):
    try:
        exec(program, {})
        result.append("passed")
    except BaseException as error:
        result.append(f"failed: {error}")


if __name__ == "__main__":
    source = Path("solution.py").read_text("utf-8") + "\n" + CHECKS[sys.argv[1]]
    with multiprocessing.Manager() as manager:
        result = manager.list()
        child = multiprocessing.Process(target=run, args=(source, result))
        child.start()
        child.join(timeout=3)
        if child.is_alive():
            child.kill()
        print(result[0] if result else "timed out")
