"""C++17, with GCC or Clang.

A compiler spends most of its time for a short program on the standard library. So that is
compiled beforehand, into the language's cache: `drivers/cpp.sh` says how it is used.
"""

from __future__ import annotations

import re

from pytest_llmbench.languages.definition import Build, Cache, Driver, Language, Runner
from pytest_llmbench.languages.grammar import Grammar, lines
from pytest_llmbench.languages.native import FIND_LINKER, at_end_of_main
from pytest_llmbench.languages.sources import driver_source
from pytest_llmbench.languages.toolchains import programs
from pytest_llmbench.signature import Signature, TypeRef

__all__ = ["LANGUAGE"]

_NAMES = {
    "int": "long long",
    "float": "double",
    "str": "std::string",
    "bool": "bool",
    "None": "std::monostate",
}
_TEMPLATES = {"list": "std::vector", "set": "std::set", "dict": "std::map"}


def _type(ref: TypeRef) -> str:
    """Write a type; raise ValueError for one that has to be known when it runs."""
    if ref.name in _NAMES:
        return _NAMES[ref.name]
    if ref.name == "union":
        inner = [arg for arg in ref.args if arg.name != "None"]
        if len(inner) == 1 and len(ref.args) == 2:
            return f"std::optional<{_type(inner[0])}>"
    elif ref.name == "tuple" and ref.args[-1:] == (TypeRef("..."),):
        return f"std::vector<{_type(ref.args[0])}>"
    elif ref.args and ref.name in {*_TEMPLATES, "tuple"}:
        template = _TEMPLATES.get(ref.name, "std::tuple")
        return f"{template}<{', '.join(_type(arg) for arg in ref.args)}>"
    raise ValueError(f"there is no type for {ref}")


def _returned(signature: Signature) -> str:
    return "void" if signature.returns.name == "None" else _type(signature.returns)


def _declaration(signature: Signature) -> str:
    params = ", ".join(f"{_type(param.type)} {param.name}" for param in signature.params)
    head = f"{_returned(signature)} {signature.name}({params})"
    return f"#include <bits/stdc++.h>\n\n{head}"


_FLAGS = "flags='-std=gnu++17 -O1 -w -pipe -pthread'\n"
"""A short program compiles as fast with -O1 as without, because there is less to write."""

_FILES = {"driver.hpp": driver_source("cpp.hpp"), "driver.cpp": driver_source("cpp.cpp")}
_LIBRARY = '#include <bits/stdc++.h>\n#include "driver.hpp"\n'
_COMPILE = f"{FIND_LINKER}{_FLAGS}{driver_source('cpp.sh')}"


def _driver_files(code: str, _name: str, signature: Signature | None) -> dict[str, str]:
    assert signature is not None
    numbers = range(len(signature.params))
    call = f"{signature.name}({', '.join(f'llmbench_{number}' for number in numbers)})"
    is_void = _returned(signature) == "void"
    main = _MAIN.format(
        types="".join(
            f"using llmbench_type{number} = {_type(param.type)};\n"
            for number, param in enumerate(signature.params)
        ),
        returned="std::monostate" if is_void else _returned(signature),
        reads="".join(
            f"    llmbench_type{number} llmbench_{number} ="
            f" llmbench_read<llmbench_type{number}>(llmbench_in);\n"
            for number in numbers
        ),
        call=f"{call};\n    llmbench_write({{}}" if is_void else f"llmbench_write({call}",
    )
    return {"solution.cpp": code, "main.cpp": main, "whole/llmbench.hpp": _LIBRARY, **_FILES}


# What comes after the answer has to survive its macros: `#define int long long` is common,
# and so is `#define read(x) cin >> x`.
_MAIN = """\
#include "driver.hpp"
{types}using llmbench_returned = {returned};
void llmbench_call(llmbench::Reader&, llmbench::Writer&);
template <class T> T llmbench_read(llmbench::Reader& in) {{ return llmbench::Value<T>::read(in); }}
void llmbench_write(const llmbench_returned& value, llmbench::Writer& out) {{
    llmbench::Value<llmbench_returned>::write(value, out);
}}
int main() {{ return llmbench::serve(llmbench_call); }}
#define main llmbench_answers_main
#include "solution.cpp"
#undef main
void llmbench_call(llmbench::Reader& llmbench_in, llmbench::Writer& llmbench_out) {{
{reads}    {call}, llmbench_out);
}}
"""


def _test_files(prelude: str, code: str, tests: str) -> dict[str, str]:
    return {"solution.cpp": f"{prelude}\n{code}\n{tests}\n"}


def _with_ending(tests: str, word: str) -> str:
    return at_end_of_main(tests, f'__builtin_puts("{word}");')


_PROGRAM = Build(commands=(("/bin/sh", "-c", _COMPILE, "program"),), run=("./main",))

LANGUAGE = Language(
    name="cpp",
    title="C++",
    aliases=("c++", "cxx", "cc"),
    comment="//",
    file="solution.cpp",
    install="g++: install g++",
    image="gcc:14",
    find=programs(("g++", "clang++")),
    grammar=Grammar(
        fences=frozenset({"cpp", "c++", "cxx", "cc", "hpp"}),
        entry=r"^(?![ \t#/])[^\n;=]*\bNAME[ \t]*\(",
        definition=lines(
            r"""^(?:class|struct|enum)[ \t]+(\w+)
              | ^(?![ \t\#/]|(?:return|using|else|if|for|while)\b)
                [\w:<>,&*\[\] \t]+[ \t&*](\w+)[ \t]*\([^;\n]*$"""
        ),
        binding=lines(r"^\#define[ \t]+(\w+) | ^(?:using|typedef)\b[^\n]*?(\w+)[ \t]*[;=]"),
        first_line=lines(
            r"""^(?:\#[ \t]*(?:include|define|pragma)\b | using[ \t]+(?:namespace\b|\w+[ \t]*=)
              | template[ \t]*< | (?:class|struct)[ \t]+\w+ | //|/\*
              | (?:[\w:<>,&*]+[ \t]+)+[&*]*\w+\((?:[^;\n]*[){,])?[ \t]*$)"""
        ),
        statement=lines(r"^(?:return\b|if[ \t]*\(|for[ \t]*\(|while[ \t]*\(|switch[ \t]*\()"),
        test=lines(r"^(?:TEST|TEST_CASE|TEST_F)[ \t]*\("),
    ),
    declaration=_declaration,
    reserved=frozenset(
        "alignas alignof asm auto bool break case catch char class const constexpr continue "
        "decltype default delete do double dynamic_cast else enum explicit export extern false "
        "float for friend goto if inline int long mutable namespace new noexcept nullptr operator "
        "private protected public register return short signed sizeof static struct switch "
        "template this throw true try typedef typeid typename union unsigned using virtual void "
        "volatile wchar_t while xor and or not main".split()
    ),
    driver=Driver(
        files=_driver_files,
        build=Build(commands=(("/bin/sh", "-c", _COMPILE, "calls"),), run=("./main",)),
        needs_signature=True,
    ),
    program=_PROGRAM,
    runners={
        "program": Runner(
            files=_test_files,
            build=_PROGRAM,
            failure=re.compile(r"Assertion [`'].*' failed"),
            ending=_with_ending,
        )
    },
    cache=Cache(
        files={**_FILES, "llmbench.hpp": _LIBRARY},
        commands=(("/bin/sh", "-c", f"{_FLAGS}{driver_source('cpp_cache.sh')}"),),
    ),
)
