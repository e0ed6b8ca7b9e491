"""The definitions of Java, Kotlin, Scala and C#, without their compilers."""

from __future__ import annotations

from textwrap import dedent

import pytest

from pytest_llmbench.answers import extract
from pytest_llmbench.languages import Language, cannot, find_language
from pytest_llmbench.signature import parse_signature
from pytest_llmbench.vocabulary import ByValue, Case, Problem

NAMES = ("java", "kotlin", "scala", "csharp")
SMALL = Case(args=(1,), returns=1)

each_language = pytest.mark.parametrize("language", [find_language(name) for name in NAMES])


@pytest.mark.parametrize(
    ("signature", "heads"),
    [
        (
            "f(a: int, b: float, c: list[str]) -> bool",
            {
                "java": "public static boolean f(long a, double b, List<String> c)",
                "kotlin": "fun f(a: Long, b: Double, c: List<String>): Boolean",
                "scala": "def f(a: Long, b: Double, c: List[String]): Boolean =",
                "csharp": "public static bool f(long a, double b, List<string> c)",
            },
        ),
        (
            "f(a: dict[str, int | None], b: str | None) -> tuple[int, str]",
            {
                "java": "public static List<Object> f(Map<String, Optional<Long>> a, "
                "Optional<String> b)",
                "kotlin": "fun f(a: Map<String, Long?>, b: String?): Pair<Long, String>",
                "scala": "def f(a: Map[String, Option[Long]], b: Option[String]): (Long, String) =",
                "csharp": "public static (long, string) f(Dictionary<string, long?> a, "
                "string /* or null */ b)",
            },
        ),
        (
            "f(a: set[tuple[int, int]], b: tuple[float, ...]) -> tuple[int, str, bool, float]",
            {
                "java": "public static List<Object> f(Set<List<Long>> a, List<Double> b)",
                "kotlin": "fun f(a: Set<Pair<Long, Long>>, b: List<Double>): List<Any?>",
                "scala": "def f(a: Set[(Long, Long)], b: List[Double]): "
                "(Long, String, Boolean, Double) =",
                "csharp": "public static (long, string, bool, double) "
                "f(HashSet<(long, long)> a, List<double> b)",
            },
        ),
        (
            "f(a: int) -> None",
            {
                "java": "public static void f(long a)",
                "kotlin": "fun f(a: Long)",
                "scala": "def f(a: Long): Unit =",
                "csharp": "public static void f(long a)",
            },
        ),
    ],
)
def test_a_declaration_is_what_its_programmers_write(signature: str, heads: dict[str, str]) -> None:
    declared = {
        name: find_language(name).declaration(parse_signature(signature)).splitlines()[-1].strip()
        for name in NAMES
    }

    assert heads == declared


def test_a_declaration_shows_where_a_function_has_to_stand() -> None:
    signature = parse_signature("f(a: int) -> int")
    heads = {name: find_language(name).declaration(signature).rpartition("\n")[0] for name in NAMES}

    assert "import java.util.*;\n\npublic class Solution {" == heads["java"]
    assert "" == heads["kotlin"]
    assert "object Solution {" == heads["scala"]
    assert heads["csharp"].endswith("using System.Linq;\n\npublic static class Solution\n{")


@each_language
@pytest.mark.parametrize(
    ("signature", "why"),
    [
        ("f(a: any) -> int", "there is no type for any"),
        ("f(a: int) -> int | str", r"there is no type for int | str"),
        ("f(a: list) -> int", "there is no type for list"),
        ("f(a: tuple) -> int", "there is no type for tuple"),
        ("f(null: int) -> int", "'null' is a reserved word in"),
        ("f(a: int, this: int) -> int", "'this' is a reserved word in"),
    ],
)
def test_what_cannot_be_had_is_refused_with_a_reason(
    language: Language, signature: str, why: str
) -> None:
    assert why in (cannot(language, parse_signature(signature), [SMALL]) or "")


def test_a_tuple_has_as_many_parts_as_the_language_allows() -> None:
    signature = parse_signature(f"f(a: tuple[{', '.join(['int', 'str'] * 4)}]) -> int")

    assert cannot(find_language("scala"), signature, []) is None
    assert "C#: there is no type for tuple[" in (
        cannot(find_language("csharp"), signature, []) or ""
    )


def found(language: str, text: str, name: str = "add_all") -> str | None:
    signature = parse_signature(f"{name}(xs: list[int]) -> int")
    problem = Problem(
        suite="s", id="p", task_id="p", language=language, prompt="",
        judging=ByValue(entry_point=name, cases=(SMALL,), signature=signature),
    )  # fmt: skip
    return extract(text, problem).code


ANSWERS = {
    "java": """\
        import java.util.*;

        public class Solution {
            /** Adds. */
            public static long add_all(List<Long> xs) {
                long sum = 0;
                for (long x : xs) sum += x;
                return sum;
            }
        }
        """,
    "kotlin": """\
        import kotlin.math.abs

        fun add_all(xs: List<Long>): Long {
            return xs.sum()
        }
        """,
    "scala": """\
        object Solution {
          def add_all(xs: List[Long]): Long = xs.sum
        }
        """,
    "csharp": """\
        using System.Collections.Generic;
        using System.Linq;

        public static class Solution
        {
            public static long add_all(List<long> xs) => xs.Sum();
        }
        """,
}


@pytest.mark.parametrize("language", NAMES)
def test_the_function_is_found_among_usage_and_talk(language: str) -> None:
    code = dedent(ANSWERS[language])
    usage = "public class Main { void run() { use(Solution.add_all(xs)); } }"
    text = f"Here it is:\n\n```{language}\n{code}```\n\nUse it so:\n\n```{language}\n{usage}\n```\n"

    assert code.strip() == (found(language, text) or "").strip()


@pytest.mark.parametrize("language", NAMES)
def test_code_without_a_fence_is_found_after_a_sentence(language: str) -> None:
    code = dedent(ANSWERS[language])
    text = f"This adds all numbers.\n\n{code}\nIt takes linear time.\n"

    assert code.strip() == (found(language, text) or "").strip()


@pytest.mark.parametrize(
    ("language", "code", "name"),
    [
        ("java", "static int[] f(int a, Map<String, List<Long>> b) {", "f"),
        ("java", "    public static <T extends Comparable<T>> List<T> f(", "f"),
        ("java", "long f(long a) { return a; }", "f"),
        ("kotlin", "tailrec fun <T> List<T>.f(a: Int): Int =", "f"),
        ("kotlin", "    private suspend fun f() {", "f"),
        ("scala", "  @tailrec private def f(a: Int): Int =", "f"),
        ("scala", "  def f[A](a: A) = a", "f"),
        ("csharp", "    static (int, string) f(int a, params int[] b)", "f"),
        ("csharp", "public static int? f<T>(T a) => 1;", "f"),
    ],
)
def test_definitions_are_told(language: str, code: str, name: str) -> None:
    assert find_language(language).grammar.defines(code, name)


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("java", "        return f(1);"),
        ("java", "        int x = f(1);"),
        ("java", "    int f(int a);"),
        ("java", "        long sum = a + f(2) {"),
        ("kotlin", "    println(f(1))"),
        ("scala", "  def ff(a: Int) = f(a)"),
        ("csharp", "        return f(1);"),
        ("csharp", "        var x = f(1);"),
    ],
)
def test_calls_are_no_definitions(language: str, code: str) -> None:
    assert not find_language(language).grammar.defines(code, "f")


@pytest.mark.parametrize(
    ("language", "code", "made"),
    [
        (
            "java",
            "import java.math.*;\nstatic long f(long a) { return a; }",
            "import java.math.*; import java.util.*; public class Solution { \n"
            "static long f(long a) { return a; }\n}\n",
        ),
        ("java", "class A { long f(long a) { return a; } }", None),
        ("scala", "def f(a: Long) = a", "object Solution { def f(a: Long) = a\n}\n"),
        ("scala", "object A { def f(a: Long) = a }", None),
        (
            "csharp",
            "using System.Linq;\nstatic long f(long a) => a;",
            "using System;using System.Collections.Generic; using System.Linq;"
            " public static class Solution { \nstatic long f(long a) => a;\n}\n",
        ),
        ("csharp", "class A { static long f(long a) { return a; } }", None),
        ("kotlin", "fun f(a: Long) = a", None),
    ],
)
def test_a_function_that_stands_alone_gets_the_class_that_was_asked_for(
    language: str, code: str, made: str | None
) -> None:
    definition = find_language(language)
    assert definition.driver is not None

    files = definition.driver.files(code, "f", parse_signature("f(a: int) -> int"))

    assert {definition.file: made or code} == files


@pytest.mark.parametrize(
    ("language", "imported", "main"),
    [
        ("java", "import java.util.List;", "Main.java"),
        ("kotlin", "import kotlin.math.abs", "Main.kt"),
        ("csharp", "using System.Linq;", "Main.cs"),
    ],
)
def test_tests_get_a_file_of_their_own_with_the_imports_of_the_answer(
    language: str, imported: str, main: str
) -> None:
    definition = find_language(language)
    tests = "class Main {\n  int ok;\n}"

    files = definition.runners["program"].files("", f"class A {{}}\n{imported}\n", tests)

    assert files[definition.file].startswith(imported)
    assert f"{imported}\n{tests}\n" == files[main]


@pytest.mark.parametrize("language", NAMES)
def test_tests_that_close_what_is_open_stay_with_the_answer(language: str) -> None:
    definition = find_language(language)
    files = definition.runners["program"].files("", "class A {", "}\nclass Main {}")

    assert files[definition.file].split() == "class A { } class Main {}".split()
    assert not [name for name in files if name.startswith("Main")]


@pytest.mark.parametrize(
    ("language", "tests", "ended"),
    [
        (
            "java",
            "class M { public static void main(String[] a) { t(); } }",
            'class M { public static void main(String[] a) { t(); System.out.println("w");\n} }',
        ),
        ("kotlin", "fun main() { t() }", 'fun main() { t() println("w")\n}'),
        (
            "scala",
            "object M { def main(a: Array[String]) = { t() } }",
            'object M { def main(a: Array[String]) = { t() println("w")\n} }',
        ),
        (
            "csharp",
            "class M { static void Main() { t(); } }",
            'class M { static void Main() { t(); System.Console.WriteLine("w");\n} }',
        ),
    ],
)
def test_tests_can_tell_that_they_came_to_their_end(language: str, tests: str, ended: str) -> None:
    ending = find_language(language).runners["program"].ending
    assert ending is not None

    assert ended == ending(tests, "w")


@pytest.mark.parametrize("language", ["java", "kotlin", "scala"])
def test_a_compile_server_is_tried_with_what_the_cache_is_made_of(language: str) -> None:
    definition = find_language(language)
    assert definition.server is not None
    assert definition.cache is not None

    assert definition.server.trial.items() <= definition.cache.files.items()
    for build in (definition.driver and definition.driver.build, definition.program):
        assert build is not None
        assert build.is_served
