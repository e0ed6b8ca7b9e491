"""What models are asked, word for word: a change here changes every measurement."""

from __future__ import annotations

import pytest

from pytest_llmbench.languages import find_language
from pytest_llmbench.signature import parse_signature
from pytest_llmbench.suites.prompts import complete_function, write_function


def test_the_prompt_for_a_python_function() -> None:
    asked = write_function(
        "Return the sum.\n", parse_signature("add(a: int, b: int) -> int"), find_language("python")
    )

    assert asked == (
        "Return the sum.\n\n"
        "Write it in Python, as a function with exactly this signature:\n\n"
        "```python\ndef add(a: int, b: int) -> int:\n```\n\n"
        "Answer with one complete ```python code block that holds the whole program."
        " No tests, no input or output.\n"
    )


def test_the_prompt_for_a_javascript_function() -> None:
    asked = write_function(
        "Return the sum.",
        parse_signature("add(a: int, b: float) -> int"),
        find_language("javascript"),
    )

    assert asked == (
        "Return the sum.\n\n"
        "Write it in JavaScript, as a function with exactly this signature:\n\n"
        "```javascript\n/**\n * @param {number} a\n * @param {number} b\n"
        " * @returns {number}\n */\n"
        "function add(a, b)\n```\n\n"
        "Answer with one complete ```javascript code block that holds the whole program."
        " No tests, no input or output.\n"
    )


def test_the_prompt_to_complete_a_function() -> None:
    asked = complete_function('def f(x):\n    """Do."""\n', "f", find_language("python"))

    assert asked == (
        "Complete the Python function `f`:\n\n"
        '```python\ndef f(x):\n    """Do."""\n```\n\n'
        "Answer with one complete ```python code block that holds the whole function,"
        " with the imports that it needs. No tests, no input or output.\n"
    )


def test_a_starter_with_a_fence_is_quoted_in_a_longer_one() -> None:
    asked = complete_function(
        "def f():\n    '''\n    ````\n    '''\n", "f", find_language("python")
    )

    assert "`````python\ndef f" in asked


@pytest.mark.parametrize(
    ("type_", "python", "javascript"),
    [
        ("any", "object", "*"),
        ("list", "list", "Array<*>"),
        ("list[any]", "list[object]", "Array<*>"),
        ("list[list[str]]", "list[list[str]]", "Array<Array<string>>"),
        ("tuple[int, str]", "tuple[int, str]", "[number, string]"),
        ("tuple[bool, ...]", "tuple[bool, ...]", "Array<boolean>"),
        ("set[int]", "set[int]", "Set<number>"),
        ("dict", "dict", "Object<*, *>"),
        ("dict[str, int]", "dict[str, int]", "Object<string, number>"),
        ("dict[int, str]", "dict[int, str]", "Map<number, string>"),
        ("int | None", "int | None", "number|null"),
    ],
)
def test_types_in_each_language(type_: str, python: str, javascript: str) -> None:
    signature = parse_signature(f"f() -> {type_}")

    assert f"def f() -> {python}:" == find_language("python").declaration(signature)
    assert f" * @returns {{{javascript}}}" in find_language("javascript").declaration(signature)
