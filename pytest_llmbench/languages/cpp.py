"""C++17, with GCC or Clang."""

from __future__ import annotations

import re

from pytest_llmbench.languages.definition import Build, Driver, Language, Runner
from pytest_llmbench.languages.grammar import Grammar, lines
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


def _declaration(signature: Signature) -> str:
    params = ", ".join(f"{_type(param.type)} {param.name}" for param in signature.params)
    head = f"{_type(signature.returns)} {signature.name}({params})"
    return f"#include <bits/stdc++.h>\n\n{head}"


def _driver_files(code: str, _name: str, signature: Signature | None) -> dict[str, str]:
    assert signature is not None
    arguments = ", ".join(_type(param.type) for param in signature.params)
    main = _MAIN.format(result=_type(signature.returns), arguments=arguments, name=signature.name)
    return {"solution.cpp": code, "driver.hpp": driver_source("cpp.hpp"), "main.cpp": main}


# What comes after the answer has to survive its macros: `#define int long long` is common.
_MAIN = """\
#include "driver.hpp"
using llmbench_result = {result};
using llmbench_arguments = std::tuple<{arguments}>;
llmbench_result llmbench_call(llmbench_arguments&);
int main() {{ return llmbench::serve(llmbench_call); }}
#define main llmbench_answers_main
#include "solution.cpp"
#undef main
#undef auto
#undef return
llmbench_result llmbench_call(llmbench_arguments& arguments) {{
    return std::apply(
        [](auto&... argument) -> llmbench_result {{ return {name}(argument...); }}, arguments);
}}
"""


def _test_files(prelude: str, code: str, tests: str) -> dict[str, str]:
    return {"solution.cpp": f"{prelude}\n{code}\n{tests}\n"}


_COMPILE = ("g++", "-std=c++17", "-O0", "-w", "-pipe")
_PROGRAM = Build(commands=((*_COMPILE, "solution.cpp", "-o", "main"),), run=("./main",))

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
              | (?:[\w:<>,&*]+[ \t]+)+[&*]*\w+[ \t]*\([^;\n]*\)?[ \t]*\{?$)"""
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
        build=Build(commands=((*_COMPILE, "main.cpp", "-o", "main"),), run=("./main",)),
        needs_signature=True,
    ),
    program=_PROGRAM,
    runners={
        "program": Runner(
            files=_test_files, build=_PROGRAM, failure=re.compile(r"Assertion [`'].*' failed")
        )
    },
)
