"""YAML with line numbers, and a line for every mistake."""

from __future__ import annotations

import math
from contextlib import suppress
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmbench import located_yaml
from pytest_llmbench.located_yaml import Located, LocatedError, load_located


def load(tmp_path: Path, text: str | bytes) -> Located:
    path = tmp_path / "f.yaml"
    path.write_bytes(text if isinstance(text, bytes) else dedent(text).lstrip("\n").encode())
    return load_located(path)


def mistake(tmp_path: Path, text: str | bytes) -> str:
    with pytest.raises(LocatedError) as caught:
        load(tmp_path, text)
    said = str(caught.value)
    assert "\n" not in said
    return said.removeprefix(f"{tmp_path / 'f.yaml'}:")


def test_every_value_knows_its_line_and_its_label(tmp_path: Path) -> None:
    document = load(tmp_path, "# comment\na: 1\nb:\n- x\n- c: 2\n")

    b = document.mapping()["b"]
    first, second = b.items()
    assert (2, 3, 4, 5) == (document.mapping()["a"].line, b.line, first.line, second.line)
    assert ("b", "item 2 of b") == (b.label, second.label)
    assert "c" == second.mapping()["c"].label
    assert {"a": 1, "b": ["x", {"c": 2}]} == document.plain()
    assert f"{tmp_path / 'f.yaml'}:4: wrong" == str(first.mistake("wrong"))


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    assert {"a": 1} == load(tmp_path, b"\xef\xbb\xbfa: 1\n").plain()


# Merge keys


def test_merged_keys_give_way_to_own_ones_and_to_earlier_ones(tmp_path: Path) -> None:
    document = load(
        tmp_path,
        """
        one: &one {a: 1, b: 1}
        two: &two {b: 2, c: 2}
        own: {b: 3, <<: *one}
        list: {<<: [*two, *one]}
        chain: &chain {<<: *one, a: 4}
        again: {<<: *chain, d: 5}
        """,
    ).plain()

    assert {"a": 1, "b": 3} == document["own"]
    assert {"a": 1, "b": 2, "c": 2} == document["list"]
    assert {"a": 4, "b": 1} == document["chain"]
    assert {"a": 4, "b": 1, "d": 5} == document["again"]


def test_a_merged_value_keeps_the_line_where_it_stands(tmp_path: Path) -> None:
    document = load(tmp_path, "one: &one\n  a: 1\ntwo:\n  <<: *one\n")

    assert 2 == document.mapping()["two"].mapping()["a"].line


def test_a_mapping_with_a_merge_may_be_used_twice(tmp_path: Path) -> None:
    text = "base: &base {k: 1}\nx: &x {<<: *base, k: 2}\ny: *x\n"

    assert {"base": {"k": 1}, "x": {"k": 2}, "y": {"k": 2}} == load(tmp_path, text).plain()


@pytest.mark.parametrize("what", ["1", "[1]", "text", "[*base, x]"])
def test_only_mappings_can_be_merged(tmp_path: Path, what: str) -> None:
    text = f"base: &base {{k: 1}}\nx:\n  <<: {what}\n"

    assert "3: << needs a mapping, or a list of mappings" == mistake(tmp_path, text)


# Mistakes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "1: the file is empty"),
        ("# nothing\n", "1: the file is empty"),
        ("a: 1\nb: [\n", "3: not valid YAML: "),
        ("a: 1\n\tb: 2\n", "2: not valid YAML: "),
        ("a: *gone\n", "1: not valid YAML: found undefined alias 'gone'"),
        ("a: 1\n--- \nb: 2\n", "2: not valid YAML: but found another document"),
        ("a: !python/name:os.system x\n", "1: not valid YAML: could not determine a constructor"),
        ("a: 1\nb: 2\na: 3\n", "3: key 'a' is given twice (first on line 1)"),
        ("a:\n- b: 1\n  b: 1\n", "3: key 'b' is given twice (first on line 2)"),
        ("? [1, 2]\n: x\n", "1: a key must be a single value"),
        ("a: 1\nb: 2026-02-30\n", "2: cannot be read: day is out of range for month"),
        (f"a: 1\nb: {'9' * 5000}\n", "2: cannot be read: Exceeds the limit"),
        ("a: 1\nb: \x01\n", "2: not valid YAML: the character #x0001 is not allowed"),
        (b"a: \xff\n", "1: cannot be read: it is not UTF-8 text"),
        ("a: &a [1, *a]\n", "1: an alias refers to what contains it"),
        ("a: &a\n  b:\n    c: *a\n", "3: an alias refers to what contains it"),
        ("a: &a\n  <<: *a\n", "2: an alias refers to what contains it"),
        ("[" * 5000, "1: not valid YAML: nested too deeply"),
    ],
)
def test_what_cannot_be_read_is_one_line(tmp_path: Path, text: str | bytes, message: str) -> None:
    assert mistake(tmp_path, text).startswith(message)


def test_a_missing_file_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(LocatedError, match=r"no\.yaml:1: cannot be read: No such file"):
        load_located(tmp_path / "no.yaml")


@pytest.mark.parametrize(
    "level", ["a{0}: &a{0} [*a{1}, *a{1}]", "a{0}: &a{0} {{x: *a{1}, y: *a{1}}}"]
)
def test_aliases_of_aliases_do_not_fill_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, level: str
) -> None:
    monkeypatch.setattr(located_yaml, "_MAX_VALUES", 10_000)
    levels = "\n".join(level.format(n, n - 1) for n in range(1, 60))

    said = mistake(tmp_path, f"a0: &a0 [x]\n{levels}\n")

    assert said.endswith("more than 10,000 values, aliases written out")


def test_merges_of_merges_stay_small(tmp_path: Path) -> None:
    levels = "\n".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}" for n in range(1, 60))

    assert {"k": 1} == load(tmp_path, f"a0: &a0 {{k: 1}}\n{levels}\n").plain()["a59"]


def test_many_merged_keys_count_as_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(located_yaml, "_MAX_VALUES", 40)
    keys = ", ".join(f"k{n}: 1" for n in range(20))

    said = mistake(tmp_path, f"a: &a {{{keys}}}\nb: {{<<: *a}}\nc: {{<<: *a}}\n")

    assert said == "2: more than 40 values, aliases written out"


@given(text=st.text(st.sampled_from("ab:-[]{}&*<#'\"|>!?%@`,\n \t=~01é\x07"), max_size=40))
def test_any_text_is_read_or_refused_with_its_place(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(text, encoding="utf-8")

    with suppress(LocatedError):
        load_located(path)


# What a value may be


def located(value: object) -> Located:
    return Located(value, "f.yaml", 7, "key")


@pytest.mark.parametrize(
    ("ask", "value", "message"),
    [
        (Located.mapping, [], "key: must be a mapping (key: value), not a list"),
        (Located.mapping, {1: located(1)}, "key 1 must be text; put it in quotes"),
        (Located.items, {}, "key: must be a list, not a mapping"),
        (Located.items, None, "key: must be a list, not empty"),
        (Located.text, 3, "key: must be text, not 3; put it in quotes"),
        (Located.text, True, "key: must be text, not True; put it in quotes"),
        (Located.integer, True, "key: must be a whole number, not True"),
        (Located.integer, 1.0, "key: must be a whole number, not 1.0"),
        (Located.number, "1", "key: must be a number, not '1'"),
        (Located.number, 10**400, "key: is too large a number"),
        (Located.texts, 3, "key: must be a list, not 3"),
    ],
)
def test_a_wrong_kind_of_value_is_named(ask: object, value: object, message: str) -> None:
    assert callable(ask)

    with pytest.raises(LocatedError) as caught:
        ask(located(value))

    assert f"f.yaml:7: {message}" == str(caught.value)


def test_right_values_are_given() -> None:
    assert ("x",) == located("x").texts() == located([located("x")]).texts()
    assert 3 == located(3).integer(minimum=3)
    assert 3.0 == located(3).number(minimum=0)


@pytest.mark.parametrize("value", [-1, -0.5, math.nan])
def test_a_number_below_its_minimum_is_refused(value: float) -> None:
    with pytest.raises(LocatedError, match=r"key: must be (at least 0|a finite number)"):
        located(value).number(minimum=0)


def test_an_unknown_key_gets_the_nearest_known_one() -> None:
    with pytest.raises(LocatedError, match=r"unknown key 'nmae'; did you mean 'name'\?"):
        located({"nmae": located(1)}).only(["name", "type"])
    with pytest.raises(LocatedError, match="unknown key 'x'; known keys: name, type"):
        located({"x": located(1)}).only(["type", "name"])


def test_a_long_value_is_shown_short() -> None:
    with pytest.raises(LocatedError) as caught:
        located("x" * 10_000).integer()

    assert len(str(caught.value)) < 100
