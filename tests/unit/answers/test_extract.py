"""Finding the program in what a chatty model wrote."""

from __future__ import annotations

import time
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmbench.answers import extract
from pytest_llmbench.vocabulary import Answer, ByBody, ByValue, Case, Problem

CODE = "def add(a, b):\n    return a + b\n"
JS_CODE = "function add(a, b) {\n  return a + b;\n}\n"
STARTER = 'import math\n\n\ndef helper(x):\n    return x\n\n\ndef add(a, b):\n    """Add."""\n'


def ask(
    text: str,
    *,
    language: str = "python",
    entry_point: str | None = "add",
    starter: str | None = None,
) -> Answer:
    judging = (
        ByBody()
        if entry_point is None
        else ByValue(entry_point=entry_point, cases=(Case(args=(1, 2), returns=3),))
    )
    problem = Problem(
        suite="s",
        id="add",
        task_id="s/add",
        language=language,
        prompt="Add.",
        judging=judging,
        entry_point=entry_point,
        starter=starter,
    )
    return extract(text, problem)


def text_of(transcript: str) -> str:
    return dedent(transcript).lstrip("\n")


@pytest.mark.parametrize(
    "opening",
    [
        *("```python", "```py", "```python3", "```Python", "```", "~~~", "~~~~ python", "`````py"),
        *("``` python", "```{.python}", "```{python}", '```python title="add.py"', "```{.py .x}"),
        *("```python:add.py", "```language-python", "```python {1,3}", "```PYTHON  "),
    ],
)
def test_a_fence_of_any_length_and_info_string_is_read(opening: str) -> None:
    fence = opening[: len(opening) - len(opening.lstrip("`~"))]

    answer = ask(f"Sure!\n\n{opening}\n{CODE}{fence}\n\nHope it helps.")

    assert Answer(code=CODE, language="python", how="fence") == answer


@pytest.mark.parametrize("tag", ["js", "javascript", "node", "JavaScript", "mjs", ""])
def test_javascript_is_found_by_its_names(tag: str) -> None:
    answer = ask(f"Here:\n```{tag}\n{JS_CODE}```", language="javascript")

    assert (JS_CODE, "fence") == (answer.code, answer.how)


@pytest.mark.parametrize(
    "definition",
    [
        *("function add(a, b) { return a + b; }", "const add = (a, b) => a + b;"),
        *(
            "async function add(a, b) {}",
            "export function add(a, b) {}",
            "let add = function () {}",
        ),
        *("export default function add() {}", "class add {}", "module.exports.add = () => 1;"),
    ],
)
def test_every_way_to_define_a_javascript_function_counts(definition: str) -> None:
    answer = ask(
        f"```js\n{definition}\n```\n```js\nconsole.log(add(1, 2)); // 3, as it must be\n```",
        language="javascript",
    )

    assert answer.code == definition + "\n"


def test_a_windows_answer_with_a_byte_order_mark_is_read() -> None:
    text = "\ufeff```python\r\n" + CODE.replace("\n", "\r\n") + "```\r\n"

    assert CODE == ask(text).code


def test_a_fence_in_a_list_is_indented_and_its_code_is_not() -> None:
    text = text_of("""
        1. Write the function:

           ```python
           def add(a, b):
               return a + b
           ```

        2. Use it.
        """)

    assert CODE == ask(text).code


def test_a_longer_fence_may_hold_shorter_ones() -> None:
    code = 'def add(a, b):\n    """\n```\n>>> add(1, 2)\n```\n"""\n    return a + b\n'

    assert code == ask(f"````python\n{code}````\n").code


def test_a_fence_deep_inside_of_code_does_not_end_it() -> None:
    code = 'def add(a, b):\n    """Add.\n\n    ```\n    add(1, 2)\n    ```\n    """\n    return a\n'

    assert code == ask(f"```python\n{code}```\n").code


@pytest.mark.parametrize("outer", ["````markdown", "````", "~~~md", "```markdown"])
def test_an_answer_wrapped_in_a_block_of_markdown_is_unwrapped(outer: str) -> None:
    fence = outer[: len(outer) - len(outer.lstrip("`~"))]
    text = f"{outer}\n# Answer\n\n```python\n{CODE}```\n\nDone.\n{fence}\n"

    assert (CODE, "fence") == (ask(text).code, ask(text).how)


def test_the_wanted_language_goes_before_untagged_and_other_blocks() -> None:
    text = f"```\n{CODE}# untagged\n```\n\n```python\n{CODE}```\n\n```ruby\n{CODE}# ruby\n```\n"

    assert CODE == ask(text).code


def test_a_block_with_the_entry_point_goes_before_one_without_it() -> None:
    text = f"```python\nprint('something else altogether')\n```\n\n```\n{CODE}```\n"

    assert CODE == ask(text).code


def test_the_last_definition_of_the_entry_point_is_the_answer() -> None:
    text = text_of(f"""
        First try:
        ```python
        def add(a, b):
            return a - b
        ```
        Wait, that is wrong. Corrected:
        ```python
        {CODE.replace(chr(10), chr(10) + " " * 8).rstrip()}
        ```
        """)

    assert CODE == ask(text).code


def test_a_whole_block_goes_before_one_that_is_cut_off() -> None:
    text = f"```python\n{CODE}```\nOr shorter:\n```python\ndef add(a, b):\n    ret"

    assert (CODE, "fence") == (ask(text).code, ask(text).how)


def test_usage_shells_and_output_are_not_the_answer() -> None:
    text = text_of(f"""
        ```bash
        pip install nothing
        ```
        ```python
        {CODE.replace(chr(10), chr(10) + " " * 8).rstrip()}
        ```
        Usage:
        ```python
        import sys
        result = add(int(sys.argv[1]), 2)
        print(result, "is what this very long example of the usage of the function prints")
        ```
        ```output
        3
        ```
        ```python
        import pytest

        def test_add():
            assert add(1, 2) == 3
        ```
        """)

    assert CODE == ask(text).code


def test_only_a_shell_command_is_no_answer() -> None:
    answer = ask("Run this:\n```bash\npython add.py\n```\n")

    assert Answer(code=None, language="python", how="none") == answer


def test_a_helper_in_a_block_of_its_own_is_joined() -> None:
    text = text_of("""
        ```python
        import math
        from functools import reduce
        ```
        A helper:
        ```python
        def plus(pair):
            return math.fsum(pair)
        ```
        The function:
        ```python
        def add(a, b):
            return plus((a, b))
        ```
        """)

    assert ask(text).code == (
        "import math\nfrom functools import reduce\n"
        "\n\ndef plus(pair):\n    return math.fsum(pair)\n"
        "\n\ndef add(a, b):\n    return plus((a, b))\n"
    )


def test_a_helper_that_is_given_afterwards_is_joined() -> None:
    text = (
        "```js\nfunction add(a, b) {\n  return plus(a, b);\n}\n```\nwith\n"
        "```js\nconst plus = (a, b) => a + b;\n```\n"
    )

    assert (
        ask(text, language="javascript").code
        == "const plus = (a, b) => a + b;\n\n\nfunction add(a, b) {\n  return plus(a, b);\n}\n"
    )


def test_a_snippet_that_explains_a_line_is_not_joined() -> None:
    text = f"```python\n{CODE}```\nHere\n```python\na = b[:middle]\n```\nhalves it.\n"

    assert CODE == ask(text).code


def test_an_older_helper_is_not_joined_to_a_block_that_has_its_own() -> None:
    whole = "def plus(a, b):\n    return a + b\n\n\ndef add(a, b):\n    return plus(a, b)\n"
    text = f"```python\ndef plus(a, b):\n    return 0\n```\nIn full:\n```python\n{whole}```\n"

    assert whole == ask(text).code


def test_without_an_entry_point_the_blocks_that_define_something_are_joined() -> None:
    text = text_of("""
        ```python
        class Stack:
            pass
        ```
        ```python
        def drain(stack):
            return []
        ```
        Better:
        ```python
        def drain(stack):
            return list(stack)
        ```
        ```python
        print(drain(Stack()))
        ```
        ```python
        import pytest

        def test_drain():
            assert drain(Stack()) == []
        ```
        """)

    assert (
        ask(text, entry_point=None).code
        == "class Stack:\n    pass\n\n\ndef drain(stack):\n    return list(stack)\n"
    )


def test_a_fence_that_is_never_closed_is_read_to_the_end() -> None:
    answer = ask(f"Sure:\n```python\n{CODE}")

    assert (CODE, "open-fence") == (answer.code, answer.how)


def test_a_fence_may_open_and_close_in_the_middle_of_a_line() -> None:
    answer = ask("Here you go: ```python\ndef add(a, b):\n    return a + b```")

    assert (CODE, "fence") == (answer.code, answer.how)


@pytest.mark.parametrize("tag", ["think", "reasoning", "thinking", "Think"])
def test_reasoning_does_not_count(tag: str) -> None:
    wrong = "```python\ndef add(a, b):\n    return 0\n```"
    text = f"<{tag}>\nMaybe\n{wrong}\nno.\n```python\ndef add(\n</{tag}>\n\n```python\n{CODE}```\n"

    assert CODE == ask(text).code


def test_reasoning_that_never_ends_is_no_answer() -> None:
    answer = ask(f"<think>\nLet me see.\n```python\n{CODE}```\nBut then")

    assert Answer(code=None, language="python", how="none") == answer


def test_reasoning_that_the_prompt_opened_does_not_count() -> None:
    text = (
        f"Maybe\n```python\ndef add(a, b):\n    return 0\n```\n</think>\n\n```python\n{CODE}```\n"
    )

    assert CODE == ask(text).code


def test_an_answer_on_the_line_where_reasoning_ends_is_read() -> None:
    assert CODE == ask(f"<think>ok</think>```python\n{CODE}```").code


def test_code_about_reasoning_is_left_as_it_is() -> None:
    code = 'def add(a, b):\n    return a.split("<think>")[0] + b.replace("</think>", "")\n'

    assert code == ask(f"<think>\n</think>\n```python\n{code}```").code


def test_bare_code_is_an_answer() -> None:
    answer = ask(CODE)

    assert (CODE, "bare") == (answer.code, answer.how)


def test_bare_code_is_found_between_prose() -> None:
    text = text_of("""
        Sure, here is the function that you asked for:

        import math

        def add(a, b):
            \"\"\"Add.

        Note that this line belongs to the docstring.
            \"\"\"
            return math.fsum((a, b))

        This function adds two numbers.
        - It is fast.

        You can call it like add(1, 2).
        """)

    assert ask(text).code == text_of("""
        import math

        def add(a, b):
            \"\"\"Add.

        Note that this line belongs to the docstring.
            \"\"\"
            return math.fsum((a, b))
        """)


def test_bare_javascript_is_found_between_prose() -> None:
    text = f"The function:\n\n{JS_CODE}\nIt adds.\n"

    assert JS_CODE == ask(text, language="javascript").code


def test_code_before_a_stray_fence_is_bare() -> None:
    text = f"import math\n\ndef minus(a, b):\n    return a - b\n```\nThis subtracts. {'x' * 80}\n"

    assert "import math\n\ndef minus(a, b):\n    return a - b\n" == ask(text).code


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t\n",
        "I cannot help with that.",
        "The answer is 42.\n\n- Really.",
        "```\n```",
        "\ufeff",
    ],
)
def test_a_text_without_code_is_no_answer(text: str) -> None:
    assert Answer(code=None, language="python", how="none") == ask(text)


def test_an_indented_block_is_moved_to_the_margin() -> None:
    assert CODE == ask("```python\n    def add(a, b):\n        return a + b\n```").code


def test_a_text_problem_has_no_code() -> None:
    answer = ask(f"```python\n{CODE}```", language="text", entry_point=None)

    assert Answer(code=None, language="text", how="none") == answer


def test_an_unknown_language_is_found_by_its_own_name() -> None:
    answer = ask("```ruby\ndef add(a, b) = a + b\n```\n", language="ruby")

    assert "def add(a, b) = a + b\n" == answer.code


# Starters: the prompt begins the program.


def test_a_definition_gets_what_the_starter_has_before_its_own() -> None:
    answer = ask(f"```python\n{CODE}```", starter=STARTER)

    assert "import math\n\n\ndef helper(x):\n    return x\n\n\n" + CODE == answer.code
    assert "fence" == answer.how


def test_an_answer_that_repeats_the_starter_stays_as_it_is() -> None:
    whole = STARTER + "    return a + b\n"

    assert whole == ask(f"```python\n{whole}```", starter=STARTER).code


def test_future_imports_stay_on_top() -> None:
    answer = ask(f"```python\nfrom __future__ import annotations\n{CODE}```", starter=STARTER)

    assert answer.code is not None
    assert answer.code.startswith("from __future__ import annotations\nimport math\n")
    assert 1 == answer.code.count("__future__")


@pytest.mark.parametrize(
    "completion",
    [
        "    return a + b\n",
        "\n    total = a\n\n    return total + b\n",
        "\treturn a\n",
        "  return a\n",
    ],
)
def test_a_raw_completion_continues_the_starter_with_its_own_spaces(completion: str) -> None:
    answer = ask(completion, starter=STARTER)

    assert (STARTER + completion, "continuation") == (answer.code, answer.how)


def test_a_raw_completion_ends_at_a_stray_fence() -> None:
    text = "    return a + b\n```\n\nThis adds the two numbers.\n"

    assert STARTER + "    return a + b\n" == ask(text, starter=STARTER).code


def test_a_raw_completion_may_go_on_to_define_the_function_again() -> None:
    text = "    return a + b\n\n\ndef add(a, b):\n    return a + b\n"

    assert STARTER + text == ask(text, starter=STARTER).code


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return a + b\n", "    return a + b\n"),
        ("if a:\n    return b\nreturn a\n", "    if a:\n        return b\n    return a\n"),
        ("total = a\n    return total\n", "    total = a\n    return total\n"),
        ("if a:\n        return b\n    return a\n", "    if a:\n        return b\n    return a\n"),
    ],
)
def test_a_body_at_the_margin_is_indented(body: str, expected: str) -> None:
    assert STARTER + expected == ask(body, starter=STARTER).code
    assert STARTER + expected == ask(f"```python\n{body}```", starter=STARTER).code


def test_a_fenced_body_continues_the_starter() -> None:
    answer = ask("The body:\n```python\n    return a + b\n```\n", starter=STARTER)

    assert (STARTER + "    return a + b\n", "continuation") == (answer.code, answer.how)


def test_a_bare_definition_after_a_starter_is_a_whole_program() -> None:
    answer = ask(CODE, starter=STARTER)

    assert "bare" == answer.how
    assert answer.code is not None
    assert answer.code.endswith("return x\n\n\n" + CODE)


def test_prose_alone_does_not_continue_a_starter() -> None:
    assert ask("I will not do this.", starter=STARTER).code is None


# For all texts.

LINES = st.lists(
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\n\r`~")), min_size=1
)
PROSE = st.sampled_from(["", "Sure!\n", "Here is it:\n\n", "1. First\n2. Then\n\n", "Ok. \n"])


@given(
    lines=LINES.filter(lambda lines: any(line.strip() for line in lines)),
    before=PROSE,
    after=PROSE,
    mark=st.sampled_from("`~"),
    length=st.integers(3, 12),
    info=st.sampled_from(["python", "py", "{.python}", "", " python3 x=1"]),
    is_closed=st.booleans(),
)
def test_any_code_in_any_fence_is_found_again_verbatim(
    lines: list[str],
    before: str,
    after: str,
    mark: str,
    length: int,
    info: str,
    is_closed: bool,
) -> None:
    code = "x" + "\n".join(lines) + "\n"
    fence = mark * length
    end = f"{fence}\n{after}" if is_closed else ""

    answer = ask(f"{before}{fence}{info}\n{code}{end}")

    assert (code, "fence" if is_closed else "open-fence") == (answer.code, answer.how)


PIECES = st.sampled_from(
    [
        "```",
        "~~~~",
        "python",
        "\n",
        "    ",
        "<think>",
        "</think>",
        CODE,
        "def ",
        "'''",
        "\r\n",
        "return",
    ]
)


@given(
    text=st.text() | st.lists(PIECES | st.text(max_size=5)).map("".join),
    language=st.sampled_from(["python", "javascript", "ruby"]),
    entry_point=st.sampled_from([None, "add", "$.(["]),
    starter=st.sampled_from([None, STARTER, "def add(a, b):", "x"]),
)
def test_no_text_is_too_strange(
    text: str, language: str, entry_point: str | None, starter: str | None
) -> None:
    answer = ask(text, language=language, entry_point=entry_point, starter=starter)

    assert (answer.code is None) == (answer.how == "none")
    assert answer.code is None or answer.code.strip()


@pytest.mark.parametrize("starter", [None, STARTER])
@pytest.mark.parametrize("entry_point", [None, "add"])
@pytest.mark.parametrize("language", ["python", "javascript"])
@pytest.mark.parametrize(
    "unit",
    [
        *(
            "`",
            "~",
            " ",
            "\n",
            "\t",
            "x",
            "<think>",
            "</think>",
            "<think></think>",
            "```\n",
            "~~~\n",
        ),
        *(
            "```python\n",
            "```python\ndef add():\n",
            "```\nimport x\n```\n",
            "def ",
            "def add(",
            "(",
        ),
        *(
            "import x\n",
            "from x import (\n",
            "x = ",
            "const a = ",
            "export ",
            "class A\n",
            "@",
            "<",
        ),
        *(
            "</think> ",
            "\r",
            "\r\n",
            "'''",
            '"""\n',
            "- a\n",
            "A b\n\n",
            "    ```\n",
            "````\n```\n",
        ),
        *(
            "function ",
            "async ",
            "if :",
            "{",
            "const f = (",
            "import ",
            "~~~\n```\n",
            "x ```",
            "[",
            ".",
        ),
    ],
)
def test_hostile_repetition_takes_linear_time(
    unit: str, language: str, entry_point: str | None, starter: str | None
) -> None:
    text = unit * (100_000 // len(unit))
    start = time.process_time()

    ask(text, language=language, entry_point=entry_point, starter=starter)

    assert time.process_time() - start < 1.0  # quadratic time would take many


@pytest.mark.parametrize("unit", ["`", "<think>", " ", "\n", "</think>", "def "])
def test_a_hostile_megabyte_takes_less_than_a_second(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    start = time.process_time()

    ask(text, starter=STARTER)

    assert time.process_time() - start < 1.0


@pytest.mark.parametrize(
    "text",
    [
        "def" + " " * 200_000 + "(",
        "x" + " " * 200_000 + "y",
        "function" + " " * 200_000,
        "const x" + " " * 200_000 + "(",
        "import " + "a" * 200_000 + "!",
        "<think>" + " " * 200_000 + "</think>" + " " * 200_000 + "x",
        "```" + " " * 200_000 + "x",
        "```python\n" + "x" * 200_000 + "\n" + "    \n" * 50_000,
        "".join(f"```python\ndef f{n}(): f{n + 1}()\n```\n" for n in range(10_000)),
    ],
    ids=range(9),
)
def test_long_lines_and_many_blocks_take_linear_time(text: str) -> None:
    start = time.process_time()

    for language in ("python", "javascript"):
        ask(text, language=language, starter=STARTER)
        ask(text, language=language, entry_point="f0")
        ask(text, language=language, entry_point=None)

    assert time.process_time() - start < 5.0
