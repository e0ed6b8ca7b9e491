# Brings its own tests and a main that would end the program.
import sys


def add(a: int, b: int) -> int:
    return a + b


def test_add():
    assert add(1, 1) == 2


if __name__ == "__main__":
    test_add()
    sys.exit(1)
