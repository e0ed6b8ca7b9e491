"""A task of one's own as an ordinary test: the calls run in a sandbox, the values come back.

pytest examples/test_slugify.py --llm-models=models.yaml --llm-samples=5
"""

import pytest

REFERENCE = """
import re

def slugify(text: str) -> str:
    if not isinstance(text, str):
        raise TypeError("text must be a string")
    return "-".join(re.findall(r"[a-z0-9]+", text.lower()))
"""


@pytest.mark.llm(
    prompt=(
        "Write a Python function slugify(text: str) -> str that lower-cases the text, keeps "
        "ASCII letters and digits, and joins the remaining words with single dashes. It raises "
        "TypeError if the argument is not a string. Answer with one code block."
    ),
    language="python",
    reference=REFERENCE,
    mutants=["def slugify(text):\n    return text.lower().replace(' ', '-')\n"],
)
def test_slugify(solution):
    assert solution.slugify("Hello, World!") == "hello-world"
    assert solution.slugify("  one   two ") == "one-two"
    assert solution.slugify("") == ""
    with solution.raises(TypeError):
        solution.slugify(None)
