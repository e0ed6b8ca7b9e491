"""Languages that come through `pytest_llm_languages`, and typed ones in test functions."""

from __future__ import annotations

import pytest

from pytest_llmbench.languages import find_language, language_names
from tests.plugin.conftest import Answers, RunsOnDisk

AWK = r'''
from pytest_llmbench.languages import Build, Driver, Grammar, Language, programs

DRIVER = """
BEGIN {
    print "r" > "/dev/fd/4"; fflush("/dev/fd/4")
    while ((getline line < "/dev/fd/3") > 0) {
        split(line, words, " ")
        value = FUNCTION(substr(words[3], 2) + 0, substr(words[4], 2) + 0)
        print "v i" value > "/dev/fd/4"; fflush("/dev/fd/4")
    }
}
"""

AWK = Language(
    name="awk",
    title="AWK",
    aliases=("mawk",),
    comment="#",
    file="solution.awk",
    install="awk: install mawk",
    find=programs("awk"),
    grammar=Grammar(fences=frozenset({"awk"}), entry=r"^function[ \t]+NAME\("),
    declaration=lambda signature: f"function {signature.name}(a, b)",
    driver=Driver(
        files=lambda code, name, signature: {
            "solution.awk": code, "driver.awk": DRIVER.replace("FUNCTION", signature.name)
        },
        build=Build(run=("awk", "-f", "solution.awk", "-f", "driver.awk")),
        needs_signature=True,
    ),
)
'''
CONFTEST = f"{AWK}\ndef pytest_llm_languages():\n    return [AWK]\n"

ADD = """
suite: mine
problems:
- id: add
  prompt: Return the sum of two integers.
  signature: "add(a: int, b: int) -> int"
  languages: [LANGUAGE]
  cases:
  - {args: [2, 3], returns: 5}
  - {args: [-1, 1], returns: 0}
  reference: {LANGUAGE: "RIGHT"}
  mutants: {LANGUAGE: ["WRONG"]}
"""
AWK_ADD = (
    ADD.replace("LANGUAGE", "awk")
    .replace("RIGHT", "function add(a, b) { return a + b }")
    .replace("WRONG", "function add(a, b) { return a - b }")
)
AWK_ANSWER = "```awk\nfunction add(a, b) { return a + b }\n```"
RUST = "pub fn add(a: i64, b: i64) -> i64 { a + b }"
CPP = "long long add(long long a, long long b) { return a + b; }"


@pytest.fixture(autouse=True)
def _needs_awk() -> None:
    """Found here as the inner session finds it."""
    from pytest_llmbench.languages import programs

    if programs("awk")() is None:
        pytest.skip("awk needs awk: install mawk")


@pytest.mark.parametrize("options", [(), ("-n2",)], ids=["one process", "xdist"])
def test_a_language_of_a_conftest_is_judged_by_value(
    pytester: pytest.Pytester, runs: RunsOnDisk, options: tuple[str, ...]
) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.path.joinpath("mine.llmbench.yaml").write_text(AWK_ADD)

    result = pytester.runpytest_subprocess("--llm-models=reference,mutant", *options)

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*add(2, 3) returned -1, expected 5*"])
    found = {(record["language"], record["passed"], record["assurance"]) for record in runs.records}
    assert {("awk", True, "value"), ("awk", False, "value")} == found
    assert "awk" in runs.manifest["languages"]


def test_a_language_of_a_plugin_serves_test_functions(
    pytester: pytest.Pytester, answers: Answers
) -> None:
    pytester.makepyfile(awk_plugin=CONFTEST)
    pytester.syspathinsert()
    pytester.makepyfile(test_it=_test_of("mawk"))

    result = pytester.runpytest("-p", "awk_plugin", answers(_answer(AWK_ANSWER)))

    result.assert_outcomes(passed=1)


def test_a_built_in_language_can_be_replaced(pytester: pytest.Pytester, answers: Answers) -> None:
    pytester.makeconftest(
        AWK
        + """
def pytest_llm_languages():
    import dataclasses
    yield dataclasses.replace(AWK, name="ruby", aliases=())
"""
    )
    pytester.makepyfile(test_it=_test_of("rb"))

    result = pytester.runpytest(answers(_answer(AWK_ANSWER)))

    result.assert_outcomes(passed=1)


def test_a_language_is_gone_after_its_session(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        f"{CONFTEST}    \ndef pytest_collection():\n"
        "    from pytest_llmbench.languages import language_names\n"
        "    assert 'awk' in language_names()\n"
    )
    pytester.makepyfile("def test_x(): pass")

    pytester.runpytest_inprocess().assert_outcomes(passed=1)

    assert "awk" not in language_names()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return 5", "conftest.py: pytest_llm_languages must return languages, not a int"),
        ("return ['awk']", "conftest.py: pytest_llm_languages must return languages, not 'awk'"),
        ("return [AWK, AWK]", "conftest.py: language 'awk' comes from conftest.py too"),
        (
            "return [dataclasses.replace(AWK, driver=None)]",
            "conftest.py: language 'awk': give it a driver, a program or runners",
        ),
        (
            "return [dataclasses.replace(AWK, aliases=('py',))]",
            "conftest.py: language 'awk': 'py' is already a name of 'python'",
        ),
        (
            "return [dataclasses.replace(AWK, name='AWK 5')]",
            "conftest.py: language 'AWK 5': 'AWK 5' cannot be its name",
        ),
    ],
)
def test_a_wrong_language_is_a_usage_error(
    pytester: pytest.Pytester, body: str, message: str
) -> None:
    pytester.makeconftest(f"import dataclasses\n{AWK}\ndef pytest_llm_languages():\n    {body}\n")
    pytester.makepyfile("def test_x(): pass")

    result = pytester.runpytest()

    assert pytest.ExitCode.USAGE_ERROR == result.ret
    result.stderr.fnmatch_lines([f"ERROR: {message.replace('[', '[[]')}*"])


def test_a_conftest_that_offers_nothing_is_no_mistake(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("def pytest_llm_languages(): return None")
    pytester.makepyfile("def test_x(): pass")

    pytester.runpytest().assert_outcomes(passed=1)


@pytest.mark.parametrize(("name", "code"), [("cpp", CPP), ("rust", RUST)])
def test_a_function_of_a_compiled_language_is_called_by_its_signature(
    pytester: pytest.Pytester, answers: Answers, runs: RunsOnDisk, name: str, code: str
) -> None:
    if name not in language_names() or find_language(name).missing():
        pytest.skip(f"{name} is not installed")
    pytester.makepyfile(test_it=_test_of(name))

    result = pytester.runpytest(answers(_answer(f"```{name}\n{code}\n```")))

    result.assert_outcomes(passed=1)
    assert [(name, "body")] == [(each["language"], each["assurance"]) for each in runs.records]


def test_only_the_declared_function_can_be_called(
    pytester: pytest.Pytester, answers: Answers
) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_it=_test_of("awk").replace("solution.add", "solution.sub"))

    result = pytester.runpytest(answers(_answer(AWK_ANSWER)))

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*only add can be called, which the signature declares*"])


@pytest.mark.parametrize(
    ("signature", "message"),
    [
        (
            None,
            "calling a function in C++ needs a signature; add signature='add(a: int, b: int)*'",
        ),
        ("add(a, b", "signature: not a signature: 'add(a, b'; write it like *"),
        ("add(a: any, b: int) -> int", "C++: there is no type for any"),
        ("add(new: int, b: int) -> int", "'new' is a reserved word in C++; use another name"),
    ],
)
def test_a_signature_that_cannot_be_had_is_told_at_collection(
    pytester: pytest.Pytester, answers: Answers, signature: str | None, message: str
) -> None:
    pytester.makepyfile(test_it=_test_of("cpp", signature))

    result = pytester.runpytest(answers(_answer(CPP)))

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*@pytest.mark.llm: {message}"])


def _test_of(language: str, signature: str | None = "add(a: int, b: int) -> int") -> str:
    declared = "" if signature is None else f", signature={signature!r}"
    return f"""
        import pytest

        @pytest.mark.llm(prompt="Write add.", language={language!r}{declared})
        def test_add(solution):
            assert solution.add(2, 3) == 5
            assert solution.add(-1, 1) == 0
        """


def _answer(text: str) -> dict[str, object]:
    return {"task_id": "test_it.py::test_add", "completion": text}
