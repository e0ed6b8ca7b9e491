"""Cutting programs of any language into pieces, and changing one literal of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmbench.grading.literals import Kind, Token, corruptions, lex
from pytest_llmbench.languages import find_language, language_names

COMMENTS = {name: find_language(name).comment for name in language_names()}

# Pieces of programs, so that generated ones look like programs.
PIECES = st.sampled_from(
    [
        *("assert f(", ") == ", "\n", " ", "\t", "// x\n", "# y\n", "-- z\n", "/* 1 */", "'", '"'),
        *('"a"', "'a'", "`a`", '"""a"""', "'''a'''", '"\\""', 'r#"a"#', "1", "0", "12_000", "7L"),
        *("1.5", "1e-6", "2.", ".5", "0x1F", "1..5", "x.0", "true", "False", "#t", "foo", "x'"),
        *("(", ")", "[", "]", "{", "}", ",", ";", "==", "!=", "<", ">", "||", "\\", "$", "é", "=#"),
    ]
)


def literals(code: str, language: str = "python") -> list[str]:
    tokens = lex(code, language, COMMENTS[language])
    return [token.text for token in tokens if token.kind.is_literal]


@pytest.mark.parametrize(
    ("language", "code", "expected"),
    [
        ("python", "f('a', \"b\") == 1  # 2", ["'a'", '"b"', "1"]),
        ("python", "x = '''1\n2''' + r'\\d' + f'{3}'", ["'''1\n2'''", "r'\\d'"]),
        ("python", "True, None, -3, 1.5, 1e-6, 2., 0x10, x1, a[0:2]",
         ["True", "3", "1.5", "1e-6", "2.", "0", "2"]),
        ("javascript", "f(`a${1}b`, 'c') === null // 'd'", ["'c'"]),
        ("javascript", "f(`a$b`)", ["`a$b`"]),
        ("cpp", "f('x', '\\n', \"s\", 1'000, 2.5f, 7ULL) /* 3 */", ["'x'", "'\\n'", '"s"', "1",
                                                                  "2.5f", "7ULL"]),
        ("rust", "fn f<'a>(x: &'a str) { g('b', 5i64, 1.5f32, r#\"c\"d\"#, t.0, 0..9) }",
         ["'b'", "5i64", "1.5f32", 'r#"c"d"#', "0"]),
        ("java", 'f("a\\"b", \'c\', 1.0, 5L, true)', ['"a\\"b"', "'c'", "1.0", "5L", "true"]),
        ("go", "f(`raw \\`, 'r', \"s\")", ["`raw \\`", "'r'", '"s"']),
        ("haskell", "f' 'x' {- 1 -} \"s\" -- 2", ["'x'", '"s"']),
        ("lua", "f('a', \"b\") --[[ 1\n2 ]] --[==[ ]] ]==] -- 3\n4", ["'a'", '"b"', "4"]),
        ("ocaml", "f 'c' (* 1 *) (x : 'a) \"s\"", ["'c'", '"s"']),
        ("bash", '[ "$(f 3)" = "4" ] # 5', ['"4"']),
        ("bash", """f "`g`" "a$x" '$x' "ab" """, ["'$x'", '"ab"']),
        ("perl", """f("$x", "@y", 'a@b.c', "z")""", ["'a@b.c'", '"z"']),
        ("php", """f("$x", '$x')""", ["'$x'"]),
        ("ruby", """f("#{x}", '#{x}', "$x")""", ["'#{x}'", '"$x"']),
        ("kotlin", 'f("${x}", "$x", "x")', ['"x"']),
        ("csharp", 'f($"{x}", "x")', ['"x"']),
        ("swift", 'f("\\\\(x)", "x")', ['"x"']),
        ("elixir", 'f("#{x}", "x")', ['"x"']),
    ],
)  # fmt: skip
def test_literals_are_told_from_all_else(language: str, code: str, expected: list[str]) -> None:
    if language not in COMMENTS:
        pytest.skip(f"{language} is not defined yet")

    assert expected == literals(code, language)


@given(st.sampled_from(sorted(COMMENTS)), st.lists(PIECES, max_size=30).map("".join))
def test_the_pieces_are_the_program(language: str, code: str) -> None:
    tokens = lex(code, language, COMMENTS[language])

    assert code == "".join(token.text for token in tokens)
    assert [token.start for token in tokens] == [
        sum(len(before.text) for before in tokens[:number]) for number in range(len(tokens))
    ]


@given(st.sampled_from(sorted(COMMENTS)), st.text(max_size=80))
def test_no_text_is_too_strange(language: str, code: str) -> None:
    assert code == "".join(token.text for token in lex(code, language, COMMENTS[language]))


# With blanks between, as where people write: `1e-61e-6` is nobody's number.
@given(
    st.sampled_from(["python", "cpp", "javascript"]), st.lists(PIECES, max_size=30).map(" ".join)
)
def test_a_change_changes_one_literal_and_keeps_its_kind(language: str, code: str) -> None:
    tokens = lex(code, language, COMMENTS[language])
    for number, token in enumerate(tokens):
        for other in corruptions(token):
            changed = f"{code[: token.start]}{other}{code[token.end :]}"

            again = lex(changed, language, COMMENTS[language])

            assert len(tokens) == len(again)
            assert [(t.kind, t.text) for t in tokens[:number]] == [
                (t.kind, t.text) for t in again[:number]
            ]
            assert [t.text for t in tokens[number + 1 :]] == [t.text for t in again[number + 1 :]]
            assert (token.kind, other) == (again[number].kind, again[number].text)
            assert token.text != other


@pytest.mark.parametrize(
    ("kind", "text", "others"),
    [
        (Kind.INT, "7", ("1016", "8", "6")),
        (Kind.INT, "0", ("1009", "1")),
        (Kind.INT, "1_000L", ("2009L", "1001L", "999L")),
        (Kind.FLOAT, "1.5", ("1010.5", "2.5")),
        (Kind.FLOAT, "1e-6", ("0.0", "1010e-6", "2e-6")),
        (Kind.FLOAT, "0.05f", ("0.0f", "1009.05f", "1.05f")),
        (Kind.BOOL, "True", ("False",)),
        (Kind.BOOL, "false", ("true",)),
        (Kind.CHAR, "'a'", ("'b'",)),
        (Kind.CHAR, "'\\n'", ("'a'",)),
        (Kind.TEXT, '"ab"', ('"abz"', '"a"', '"AB"')),
        (Kind.TEXT, "''", ("'z'",)),
        (Kind.TEXT, '"a\\n"', ('"a\\nz"',)),
        (Kind.TEXT, 'r#"ab"#', ('r#"abz"#', 'r#"a"#', 'r#"AB"#')),
        (Kind.TEXT, '"""ab"""', ('"""abz"""', '"""a"""', '"""AB"""')),
        (Kind.WORD, "x", ()),
    ],
)
def test_another_literal_is_of_the_same_type(
    kind: Kind, text: str, others: tuple[str, ...]
) -> None:
    assert others == corruptions(Token(kind, text, 0))
