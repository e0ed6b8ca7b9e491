"""A child is given the expected values, compares, and leaves its verdicts in shared memory."""

import multiprocessing
import sys
from pathlib import Path

CASES = {
    "add": [((2, 3), 5), ((10, -4), 6), ((7, 1001), 1008)],
    "order": [(([3, 1, 2],), [1, 2, 3]), (([9, 8],), [8, 9])],
}


def run(source, name, inputs, expected, details, status):
    namespace = {}
    exec(source, namespace)
    function = namespace[name]
    for number, arguments in enumerate(inputs):
        got = function(*arguments)
        want = expected[number]
        details[number] = got == want
        if not details[number]:
            return
    status.value = 1


if __name__ == "__main__":
    name = sys.argv[1]
    inputs, expected = zip(*CASES[name], strict=True)
    details = multiprocessing.Array("b", [0] * len(inputs))
    status = multiprocessing.Value("i", 0)
    source = Path("solution.py").read_text("utf-8")
    child = multiprocessing.Process(
        target=run, args=(source, name, inputs, expected, details, status)
    )
    child.start()
    child.join(timeout=3)
    if child.is_alive():
        child.kill()
    print("passed" if status.value == 1 and all(details) else "failed")
