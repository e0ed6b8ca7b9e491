"""Perl 5."""

from __future__ import annotations

import re

from pytest_llmbench.languages.definition import Build, Driver, Language, Runner
from pytest_llmbench.languages.grammar import Grammar, lines
from pytest_llmbench.languages.shapes import check_keys, shape, shape_literal, signature_shape
from pytest_llmbench.languages.sources import driver_source
from pytest_llmbench.languages.toolchains import programs
from pytest_llmbench.signature import Signature, TypeRef

__all__ = ["LANGUAGE"]

_ONE = {
    "int": "an integer",
    "float": "a number",
    "str": "a string",
    "bool": "a boolean (1 or '')",
    "None": "undef",
    "any": "a scalar or reference",
}
_MANY = {
    "int": "integers",
    "float": "numbers",
    "str": "strings",
    "bool": "booleans (1 or '')",
    "None": "undefs",
    "any": "scalars or references",
}
_KEYS = frozenset({"int", "str", "any"})


def _shape(ref: TypeRef) -> TypeRef:
    """Give a type's shape; raise ValueError for keys that a hash would turn into others."""
    shaped = shape(ref)
    check_keys(shaped, _KEYS, frozenset({"dict"}))
    return shaped


def _said(ref: TypeRef, *, is_many: bool = False) -> str:
    """Describe a shape in words: Perl has no notation for one."""
    known = (_MANY if is_many else _ONE).get(ref.name)
    if known:
        return known
    if ref.name == "optional":
        return f"{_said(ref.args[0], is_many=is_many)} or undef"
    head = "references to" if is_many else "a reference to"
    kind = "hashes" if is_many else "a hash"
    if ref.name == "dict":
        key, item = (_said(arg, is_many=True) for arg in ref.args)
        return f"{head} {kind} from {key} to {item}"
    kind = "arrays" if is_many else "an array"
    if ref.name == "tuple":
        return f"{head} {kind} ({', '.join(_said(arg) for arg in ref.args)})"
    distinct = "distinct " if ref.name == "set" else ""
    return f"{head} {kind} of {distinct}{_said(ref.args[0], is_many=True)}"


def _declaration(signature: Signature) -> str:
    doc = [f"# ${param.name}: {_said(_shape(param.type))}" for param in signature.params]
    doc.append(f"# returns {_said(_shape(signature.returns))}")
    head = [f"sub {signature.name} {{"]
    if signature.params:
        params = ", ".join(f"${param.name}" for param in signature.params)
        head.append(f"    my ({params}) = @_;")
    return "\n".join([*doc, *head])


def _driver_files(code: str, _name: str, signature: Signature | None) -> dict[str, str]:
    if signature is not None:
        _declaration(signature)  # refuses what cannot be had
    returns = shape_literal(signature_shape(signature)[0], "[", "]")
    return {
        "solution.pl": f"{_HEAD}{code}",
        "returns.pl": f"{returns};\n",
        "driver.pl": driver_source("perl.pl"),
    }


# Text is characters, as the arguments are, and not bytes. What has come as far as to
# count as running was compiled.
_HEAD = 'package main; use utf8; $LLMBench::is_running = 1;\n# line 1 "solution.pl"\n'


def _test_files(prelude: str, code: str, tests: str) -> dict[str, str]:
    head = f"{prelude}\n{code}\n"
    line = _EXIT.count("\n") + head.count("\n") + 1
    return {"solution.pl": f"{_EXIT.replace('LINE', str(line))}{head}{tests}\n"}


def _with_ending(tests: str, word: str) -> str:
    return f'{tests}\nprint "{word}\\n";\n'


# The usual way of a test to fail is to exit without a word: this gives it one.
_EXIT = """\
BEGIN {
    *CORE::GLOBAL::exit = sub (;$) {
        my $status = @_ ? $_[0] : 0;
        my (undef, undef, $line) = caller;
        print STDERR "exit $status at solution.pl line $line\\n" if $status && $line >= LINE;
        CORE::exit($status);
    };
}
"""

_PROGRAM = Build(run=("perl", "solution.pl"))

LANGUAGE = Language(
    name="perl",
    title="Perl",
    aliases=("pl", "perl5"),
    comment="#",
    file="solution.pl",
    install="perl: install perl (tests may need libtest-deep-perl)",
    image="perl:5",
    find=programs("perl"),
    grammar=Grammar(
        fences=frozenset({"perl", "pl", "perl5"}),
        entry=r"^[ \t]*sub[ \t]+NAME(?!\w)",
        definition=lines(r"^(?:sub|package)[ \t]+([\w:]+)"),
        binding=lines(
            r"""^(?:use|require)[ \t]+(?:\w+::)*(\w+)
              | ^(?:our|my)[ \t]+[$@%]([A-Z_][A-Z0-9_]*)[ \t]*="""
        ),
        first_line=lines(
            r"""^(?:\#! | (?:use|no)[ \t]+(?:v?5[.\d]*|[\w:]+)(?=[ \t;])[^\n]*;
              | sub[ \t]+\w+ | package[ \t]+[\w:]+[ \t]*[;{]
              | (?:my|our)[ \t]*\(?[ \t]*[$@%])"""
        ),
        statement=lines(
            r"""^(?:(?:return|my|our|local|die|push|print)\b | [$@%]\w
              | (?:if|unless|for|foreach|while|until)\b)"""
        ),
        test=lines(r"^use[ \t]+Test::\w+"),
    ),
    declaration=_declaration,
    reserved=frozenset(
        "AUTOLOAD BEGIN CHECK DESTROY END INIT UNITCHECK cmp do else elsif eq foreach ge given gt "
        "le local lt m my ne no our package q qq qr qw qx redo require s sub tr unless until use "
        "when x xor y".split()
    ),
    driver=Driver(files=_driver_files, build=Build(run=("perl", "driver.pl"))),
    program=_PROGRAM,
    runners={
        "program": Runner(
            files=_test_files,
            build=_PROGRAM,
            failure=re.compile(r"^exit \d+ at solution\.pl line|^not ok \d", re.MULTILINE),
            ending=_with_ending,
        )
    },
    overhead_bytes=16 * 1024 * 1024,
)
