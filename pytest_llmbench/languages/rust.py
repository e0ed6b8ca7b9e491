"""Rust, by its compiler alone: no Cargo, and no crates but the standard library."""

from __future__ import annotations

import os
import re

from pytest_llmbench.languages.braces import with_last_statement
from pytest_llmbench.languages.definition import (
    Build,
    Cache,
    Driver,
    Language,
    Runner,
    Toolchain,
)
from pytest_llmbench.languages.grammar import Grammar, lines
from pytest_llmbench.languages.native import FIND_LINKER
from pytest_llmbench.languages.sources import driver_source
from pytest_llmbench.languages.toolchains import ask_path, on_path, outside_usr
from pytest_llmbench.signature import Signature, TypeRef

__all__ = ["LANGUAGE"]


def _find() -> Toolchain | None:
    """Find the compiler behind rustup's shim, and a C compiler, which links."""
    root = ask_path("rustc", "--print", "sysroot")
    linker = on_path("cc")
    if root is None or linker is None:
        return None
    compiler = root / "bin" / "rustc"
    if not os.access(compiler, os.X_OK):
        return None
    return Toolchain(programs=(("rustc", compiler),), folders=outside_usr(root))


_NAMES = {"int": "i64", "float": "f64", "bool": "bool", "str": "String", "None": "()"}
_MOST_FIELDS = 8


def _type(ref: TypeRef) -> str:
    """Write a type; raise ValueError for one that Rust does not have."""
    args = [arg for arg in ref.args if arg.name != "..."]
    match ref.name:
        case name if name in _NAMES:
            return _NAMES[name]
        case "union":
            inner = [arg for arg in args if arg.name != "None"]
            if len(inner) == 1 and len(args) == 2:
                return f"Option<{_type(inner[0])}>"
        case "list" if args:
            return f"Vec<{_type(args[0])}>"
        case "tuple" if ref.args[-1:] == (TypeRef("..."),):
            return f"Vec<{_type(args[0])}>"
        case "tuple" if 0 < len(args) <= _MOST_FIELDS:
            inside = ", ".join(map(_type, args))
            return f"({inside},)" if len(args) == 1 else f"({inside})"
        case "set" if args and not _has_float(args[0]):
            return f"HashSet<{_type(args[0])}>"
        case "dict" if args and not _has_float(args[0]):
            return f"HashMap<{_type(args[0])}, {_type(args[1])}>"
    raise ValueError(f"there is no type for {ref}")


def _has_float(ref: TypeRef) -> bool:
    return ref.name == "float" or any(map(_has_float, ref.args))


def _declaration(signature: Signature) -> str:
    params = ", ".join(f"{param.name}: {_type(param.type)}" for param in signature.params)
    returns = "" if signature.returns.name == "None" else f" -> {_type(signature.returns)}"
    head = f"pub fn {signature.name}({params}){returns}"
    used = [name for name in ("HashMap", "HashSet") if name in head]
    if not used:
        return head
    names = used[0] if len(used) == 1 else f"{{{', '.join(used)}}}"
    return f"use std::collections::{names};\n\n{head}"


def _path(ref: TypeRef) -> str:
    """Write a type so that nothing of an answer can shadow it."""
    text = re.sub(r"\b(Hash(?:Map|Set))\b", r"::std::collections::\1", _type(ref))
    text = re.sub(r"\b(String)\b", r"::std::string::\1", text)
    text = re.sub(r"\b(Vec)\b", r"::std::vec::\1", text)
    return re.sub(r"\b(Option)\b", r"::std::option::\1", text)


_LIBRARY = {"llmbench.rs": driver_source("rust.rs")}
_CRATES = {f"{name}.rs": driver_source(f"rust_{name}.rs") for name in ("rand", "regex", "md5")}
"""Stand-ins for crates that the tests of public benchmarks name."""


def _driver_files(code: str, _name: str, signature: Signature | None) -> dict[str, str]:
    """Put what calls an answer below it: a module there sees its private functions.

    Without a `main` for the compiler, the answer's own is a function like any other.
    """
    assert signature is not None
    reads = "".join(
        f"        let mut argument{number} = ::llmbench::argument::<{_path(param.type)}>(words);\n"
        for number, param in enumerate(signature.params)
    )
    gives = ", ".join(f"argument{number}.give()" for number in range(len(signature.params)))
    calls = _CALLS.format(reads=reads, name=signature.name, gives=gives)
    return {"solution.rs": f"#![no_main]{code}\n{calls}", **_LIBRARY}


_CALLS = """\
mod llmbench_calls {{
    use ::llmbench::Give as _;
    fn call(words: &mut ::llmbench::Words, reply: &mut ::std::string::String) {{
{reads}        ::llmbench::Write::write(&super::{name}({gives}), reply);
    }}
    #[no_mangle]
    pub extern "C" fn main(_: i32, _: *const *const u8) -> i32 {{ ::llmbench::serve(call) }}
}}
"""

_MAIN = re.compile(r"^([ \t]*(?:pub[ \t]+)?fn[ \t]+)main\b", re.MULTILINE)
_OWN_TESTS = re.compile(r"^([ \t]*)#\[cfg\(test\)\]", re.MULTILINE)


def _test_files(prelude: str, code: str, tests: str) -> dict[str, str]:
    """Put tests below an answer, without what it has of its own that they have too."""
    if _MAIN.search(prelude + tests):
        code = _MAIN.sub(r"\1llmbench_answers_main", code)
    code = _OWN_TESTS.sub(r"\1#[cfg(any())]", code)
    return {"solution.rs": f"{prelude}\n{code}\n{tests}\n", **_CRATES}


_LAST_TEST = """
#[test]
fn zzz_llmbench_end() {{
    use std::io::Write;
    std::io::stderr().write_all(b"{word}\\n").unwrap();
}}
"""


def _with_last_test(tests: str, word: str) -> str:
    """Add a test that comes last, by its name; what it writes is not captured."""
    return tests + _LAST_TEST.format(word=word)


def _with_ending(tests: str, word: str) -> str:
    return with_last_statement(tests, _MAIN_HEAD, f'println!("{word}");')


_MAIN_HEAD = re.compile(r"^[ \t]*(?:pub[ \t]+)?fn[ \t]+main[ \t]*\([^)]*\)\s*\{", re.MULTILINE)

_COMPILE = f"{FIND_LINKER}{driver_source('rust.sh')}"
_MAKE_CRATES = """
for crate in llmbench rand regex md5; do
    "{rustc}" --edition 2021 --cap-lints allow -C opt-level=1 -C embed-bitcode=no \\
        --crate-type rlib --crate-name "$crate" \\
        "{cache}/$crate.rs" -o "{cache}/lib$crate.rlib" || exit
done
"""


def _build(kind: str, *arguments: str) -> Build:
    return Build(commands=(("/bin/sh", "-c", _COMPILE, kind),), run=("./main", *arguments))


_FAILURE = re.compile(r"assertion (?:failed|`[^\n]*failed)")

LANGUAGE = Language(
    name="rust",
    title="Rust",
    aliases=("rs",),
    comment="//",
    file="solution.rs",
    install="rustc: install rustc, or a toolchain with rustup; and gcc, which links",
    image="rust:1",
    find=_find,
    grammar=Grammar(
        fences=frozenset({"rust", "rs"}),
        entry=r"^[ \t]*(?:pub(?:\([^)\n]*\))?[ \t]+)?(?:const[ \t]+|unsafe[ \t]+)*fn[ \t]+NAME\b",
        definition=lines(
            r"""^(?:pub(?:\([^)\n]*\))?[ \t]+)?
                (?:(?:const|unsafe|async)[ \t]+)*(?:fn|struct|enum|trait|mod)[ \t]+(\w+)
              | ^macro_rules![ \t]*(\w+)"""
        ),
        binding=lines(
            r"""^(?:pub[ \t]+)?use[ \t]+(?:\w+::)*(\w+)[ \t]*;
              | ^(?:pub[ \t]+)?use[ \t]+(?:\w+::)*\{([^}\n]*)\}[ \t]*;
              | ^(?:pub[ \t]+)?(?:const|static|type)[ \t]+(\w+)"""
        ),
        first_line=lines(
            r"""^(?:\#!?\[ | use[ \t]+[\w:{]+ | //|/\*
              | (?:pub(?:\([^)\n]*\))?[ \t]+)?(?:fn|struct|enum|trait|mod|impl|const|static|type)
                [ \t<]+\w+)"""
        ),
        statement=lines(
            r"^(?:return\b|let[ \t]|if[ \t]|for[ \t]+\w+[ \t]+in\b|while[ \t]|loop\b|match[ \t])"
        ),
        test=lines(r"^[ \t]*\#\[(?:cfg\(test\)|test)\]"),
    ),
    declaration=_declaration,
    reserved=frozenset(
        "abstract as async await become box break const continue crate do dyn else enum extern "
        "false final fn for if impl in let loop macro main match mod move mut override priv pub "
        "ref return self static struct super trait true try type typeof unsafe unsized use "
        "virtual where while yield Self".split()
    ),
    driver=Driver(files=_driver_files, build=_build("calls"), needs_signature=True),
    program=_build("program"),
    runners={
        "program": Runner(
            files=_test_files, build=_build("program"), failure=_FAILURE, ending=_with_ending
        ),
        "cargotest": Runner(
            files=_test_files,
            build=_build("tests", "--test-threads=1"),
            failure=_FAILURE,
            ending=_with_last_test,
        ),
    },
    cache=Cache(files={**_LIBRARY, **_CRATES}, commands=(("/bin/sh", "-c", _MAKE_CRATES),)),
    processes=16,
)
