"""Which literals of tests may be changed, and what their change says."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from pytest_llmbench.grading.blinding import Spot, Worth, find_spots, shuffled

SUBJECT = {"f"}


def spots(tests: str, language: str = "python", comment: str | None = None) -> list[Spot]:
    return find_spots(
        tests, language, comment or {"python": "#", "r": "#"}.get(language, "//"), SUBJECT
    )


def worth(tests: str, language: str = "python") -> list[tuple[str, Worth]]:
    return [(spot.blinds[0].was, spot.worth) for spot in spots(tests, language)]


def expected(tests: str, language: str = "python") -> list[str]:
    return [text for text, worth_ in worth(tests, language) if worth_ is Worth.EXPECTED]


@pytest.mark.parametrize(
    ("language", "tests", "values"),
    [
        ("python", "assert f(2) == 5", ["5"]),
        ("python", "    assert 5 == f(2)", ["5"]),
        ("python", "assert f(1) is True", ["True"]),
        ("python", "assert f([1], 2) == [(3, 'a'), {4: -5}], 'message 6'", ["3", "'a'", "4", "5"]),
        ("python", "assert candidate(2) == 5", ["5"]),
        ("python", "assert f(1) == 2 and f(3) == 4", ["2", "4"]),
        ("python", "self.assertEqual(f(1), 2)", ["2"]),
        ("python", "self.assertEqual([2], f(1))", ["2"]),
        ("cpp", "assert (f(1) == 2);", ["2"]),
        ("cpp", "assert (f(1) == vector<int>{2, 3});", ["2", "3"]),
        ("java", "assertEquals(List.of(2, 3), new S().f(1));", ["2", "3"]),
        ("java", "Assert.assertTrue(s.f(1).equals(\"a\"));", ['"a"']),
        ("javascript", "console.assert(\n  f(1) === 2\n)", ["2"]),
        ("javascript", "assert.deepStrictEqual(f(1), [2, 'a']);", ["2", "'a'"]),
        ("javascript", "expect(f(1)).toBe(2)", ["2"]),
        ("javascript", "test('adds', () => { expect(f(1)).toEqual([2]); })", ["2"]),
        ("go", "assert.Equal(t, 2, f(1))", ["2"]),
        ("go", "assert.Equal([]string{\"a\"}, f(1))", ['"a"']),
        ("rust", "assert_eq!(f(vec![1], 0.5), Some(2));", ["2"]),
        ("r", "stopifnot(f(1) == 2)", ["2"]),
    ],
)  # fmt: skip
def test_what_any_right_answer_has_to_notice(language: str, tests: str, values: list[str]) -> None:
    assert values == expected(tests, language)


@pytest.mark.parametrize(
    ("language", "tests"),
    [
        ("python", "assert f(1) > 2"),
        ("python", "assert not f(1) == 2"),
        ("python", "assert f(1) != 2"),
        ("python", "assert abs(f(1) - 2.5) < 1e-6"),
        ("python", "assert f(1) == 0 * 2"),
        ("python", "assert f(1) == len([2, 3])"),
        ("python", "assert f(1) == [2, 3][0]"),
        ("python", "assert f(1) == pytest.approx(2.0, abs=1.5)"),
        ("python", "assert f(1) == f(2)"),
        ("python", "self.assertAlmostEqual(f(1), 2.5, 3)"),
        ("python", "self.assertEqual(f(1), g(2), 3)"),
        ("python", "self.assertNotEqual(f(1), 2)"),
        ("python", "x = 2\nassert f(1) == x"),
        ("python", "is_right = f(1) == 2"),
        ("python", "print(f(1) == 2)"),
        ("javascript", "assert(f(1) == (2, 3));"),
        ("javascript", "expect(f(1)).not.toBe(2)"),
        ("javascript", "assert(f(1) ? 2 : 3);"),
        ("java", "boolean isRight = s.f(1).equals(2);"),
        ("rust", "assert_ne!(f(1), 2);"),
        ("rust", "assert!(f(1) <= 2);"),
    ],
)
def test_what_only_some_right_answers_notice(language: str, tests: str) -> None:
    assert [] == expected(tests, language)


def test_arguments_and_tolerances_are_worth_less_than_values_and_more_than_tables() -> None:
    tests = "cases = [7]\nassert abs(f(1) - 2.5) < 1e-6\nassert f(3) == 4\nok = [f(5) == 6]\n"

    assert {
        "7": Worth.OTHER,
        "1": Worth.ASSERTED,
        "2.5": Worth.ASSERTED,
        "1e-6": Worth.ASSERTED,
        "3": Worth.ASSERTED,
        "4": Worth.EXPECTED,
        "5": Worth.ASSERTED,
        "6": Worth.COMPARED,
    } == dict(worth(tests))


@pytest.mark.parametrize(
    ("language", "tests"),
    [
        ("python", "for i in range(100):\n    pass"),
        ("python", "while n < 3: pass"),
        ("python", "x = rows[2]"),
        ("cpp", "#include <a1.h>\nint x[5];"),
        ("cpp", "for (int i = 0; i < 10; i++)"),
        ("java", "int[] x = new int[5];"),
        ("python", "# assert f(1) == 2\n"),
        ("python", "assert f(1) in (2, 3)"),
        ("python", "assert f(1) == 2 or f(1) == 3"),
        ("python", "assert any(f(1) == x for x in (2, 3))"),
        ("cpp", "assert(f(1) == 2 || f(1) == 3);"),
        ("java", "if (correct.contains(false)) { throw new AssertionError(); }"),
        ("python", "if failures > 0: raise SystemExit"),
        ("cpp", "/* assert(f(1) == 2); */"),
    ],
)
def test_sizes_bounds_comments_and_choices_are_left_alone(language: str, tests: str) -> None:
    assert [] == spots(tests, language)


@pytest.mark.parametrize(
    ("language", "tests", "found"),
    [
        (
            "cpp",
            "for (int i = 0; i < 9; i++) { assert(f(2) == 3); }",
            [("2", Worth.ASSERTED), ("3", Worth.EXPECTED)],
        ),
        (
            "python",
            "for x, y in [(1, 2)]:\n    assert f(x) == y\n",
            [("1", Worth.OTHER), ("2", Worth.OTHER)],
        ),
        (
            "javascript",
            "for (const [x, y] of [[1, 2]]) { assert(f(x) === y); }",
            [("1", Worth.OTHER), ("2", Worth.OTHER)],
        ),
    ],
)
def test_what_a_loop_does_and_goes_through_is_not_its_bound(
    language: str, tests: str, found: list[tuple[str, Worth]]
) -> None:
    assert found == worth(tests, language)


def test_a_blind_is_the_tests_with_one_literal_changed_and_says_where() -> None:
    (spot,) = spots("# the tests\nassert f(x) == 5\n")

    changed = spot.blinds[1]
    assert "# the tests\nassert f(x) == 6\n" == changed.tests
    assert "6 for 5 in line 2 of the tests" == str(changed)


def test_where_near_values_may_pass_as_well_only_far_ones_are_taken() -> None:
    bounds, value = spots("assert f(x) < 5\nassert f(x) == 5\n")

    assert ["1014"] == [blind.now for blind in bounds.blinds]
    assert ["1014", "6", "4"] == [blind.now for blind in value.blinds]


def test_nobody_can_foresee_the_order_but_the_best_come_first() -> None:
    tests = "".join(f"assert f({number}) == {number + 50}\n" for number in range(20))
    found = spots(tests)

    orders = [[spot.blinds[0].was for spot in shuffled(found, random.Random(n))] for n in (1, 2)]

    assert orders[0] != orders[1]
    for order in orders:
        assert {str(number) for number in range(50, 70)} == set(order[:20])
    assert Counter(orders[0]) == Counter(orders[1])


@pytest.mark.parametrize(
    "tests", ["", "(((", ")))", "assert f(1) == ", "'", '"""', "f(1) == 2 == 3"]
)
def test_tests_that_are_no_program_do_no_harm(tests: str) -> None:
    assert [] == expected(tests)
