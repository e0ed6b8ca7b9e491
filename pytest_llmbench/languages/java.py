"""Java, on a JDK of version 17 or newer."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

from pytest_llmbench.languages.braces import gathered, top_level, with_last_statement
from pytest_llmbench.languages.definition import (
    Build,
    Driver,
    Language,
    Runner,
    Server,
    Toolchain,
)
from pytest_llmbench.languages.grammar import Grammar, lines
from pytest_llmbench.languages.jvm import (
    COMPILE,
    OVERHEAD_BYTES,
    PROCESSES,
    RUN,
    SERVE,
    driver_cache,
    find_jdk,
)
from pytest_llmbench.languages.shapes import parts
from pytest_llmbench.languages.toolchains import outside_usr
from pytest_llmbench.signature import Signature, TypeRef

__all__ = ["LANGUAGE"]

_LIBRARIES = os.environ.get("LLMBENCH_JAVA_LIBRARIES")
"""A folder with jars that every answer may use: what benchmarks' own tests import."""


def _find() -> Toolchain | None:
    jdk = find_jdk()
    if jdk is None:
        return None
    programs, folders = jdk
    if _LIBRARIES is None:
        return Toolchain(programs=programs, folders=folders)
    libraries = Path(os.path.realpath(_LIBRARIES))
    return Toolchain(
        programs=(*programs, ("libraries", libraries)),
        folders=(*folders, *outside_usr(libraries)),
    )


_PRIMITIVES = {"int": "long", "float": "double", "bool": "boolean"}
_CLASSES = {"int": "Long", "float": "Double", "bool": "Boolean", "str": "String"}
_COLLECTIONS = {"list": "List", "set": "Set", "dict": "Map"}


def _type(ref: TypeRef) -> str:
    """Write a type; raise ValueError for one that has to be known when it runs."""
    return _PRIMITIVES.get(ref.name) or _class(ref)


def _class(ref: TypeRef) -> str:
    """Write a type as it stands between angle brackets."""
    inner = parts(ref)
    match ref.name:
        case "list" | "set" | "dict" if inner:
            return f"{_COLLECTIONS[ref.name]}<{', '.join(map(_class, inner))}>"
        case "union" if len(inner) == 1:
            return f"Optional<{_class(inner[0])}>"
        case "tuple" if inner:
            # There are no tuples; a list holds what a value is at least.
            types = [_class(arg) for arg in inner]
            return f"List<{types[0] if len(set(types)) == 1 else 'Object'}>"
    if ref.name in _CLASSES:
        return _CLASSES[ref.name]
    raise ValueError(f"there is no type for {ref}")


def _declaration(signature: Signature) -> str:
    params = ", ".join(f"{_type(param.type)} {param.name}" for param in signature.params)
    returns = "void" if signature.returns.name == "None" else _type(signature.returns)
    head = f"public static {returns} {signature.name}({params})"
    return f"import java.util.*;\n\npublic class Solution {{\n    {head}"


_HEADER = re.compile(r"^[ \t]*(?:package|import)\b[^;\n]*;[ \t]*", re.MULTILINE)


def _driver_files(code: str, name: str, _signature: Signature | None) -> dict[str, str]:
    return {"Solution.java": _in_class(code, name)}


def _in_class(code: str, name: str) -> str:
    """Put a method that stands alone into the class that was asked for."""
    outside = top_level(code)
    if not name or re.search(rf"\b{re.escape(name)}[ \t]*\(", outside) is None:
        return code
    headers = list(_HEADER.finditer(outside))
    at = headers[-1].end() if headers else 0
    return f"{code[:at]} import java.util.*; public class Solution {{ {code[at:]}\n}}\n"


def _test_files(prelude: str, code: str, tests: str) -> dict[str, str]:
    """Give tests a file of their own, unless they end what the answer has left open."""
    if tests.lstrip().startswith("}"):
        return {"Solution.java": gathered(_HEADER, prelude, code, tests)}
    solution = gathered(_HEADER, prelude, code)
    imports = " ".join(match[0].strip() for match in _HEADER.finditer(solution))
    return {"Solution.java": solution, "Main.java": f"{imports}\n{tests}\n"}


_MAIN = re.compile(r"\bstatic[ \t]+void[ \t]+main[ \t]*\(")


def _with_ending(tests: str, word: str) -> str:
    return with_last_statement(tests, _MAIN, f'System.out.println("{word}");')


_SAMPLE = """\
import java.util.*;
import java.util.stream.*;

public class Sample {
    record Pair(int left, String right) {}

    public static Map<String, List<Long>> sample(List<String> words, Optional<Long> least) {
        Map<String, List<Long>> found = new TreeMap<>();
        for (String word : words) {
            if (word.length() > least.orElse(3L)) {
                found.computeIfAbsent(word, key -> new ArrayList<>()).add((long) word.length());
            }
        }
        int[] squares = new int[10];
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < squares.length; i++) {
            squares[i] = i * i;
            text.append(i).append("x" + i);
        }
        Set<Integer> even =
                Arrays.stream(squares).boxed().filter(x -> x % 2 == 0).collect(Collectors.toSet());
        try {
            switch (even.size()) {
                case 0:
                    break;
                default:
                    throw new IllegalArgumentException(text.toString());
            }
        } catch (RuntimeException error) {
            System.out.printf("%s %s%n", error, new Pair(1, "a"));
        }
        return found;
    }
}
"""

_CLASS_PATH = ("-cp", "{cache}:.:{libraries}/*" if _LIBRARIES else "{cache}:.")
_COMPILER = (
    *(["-Dllmbench.libraries={libraries}"] if _LIBRARIES else []),
    *("-cp", "{cache}"),
)
_COMPILE = (*COMPILE, *_COMPILER, "llmbench.JavaServer")
_PROGRAM = Build(
    commands=(_COMPILE,),
    run=(*RUN, *_CLASS_PATH, "llmbench.Program"),
    is_served=True,
)


LANGUAGE = Language(
    name="java",
    title="Java",
    comment="//",
    file="Solution.java",
    install="javac: install openjdk-17-jdk-headless, or another JDK, 17 or newer",
    image="eclipse-temurin:21",
    find=_find,
    grammar=Grammar(
        fences=frozenset({"java", "java8", "java11", "java17", "java21", "jsh"}),
        entry=(
            r"^[ \t]*(?!(?:return|new|else|throw|assert|case|yield|do)\b)"
            r"(?:@\w+[ \t]+)?(?:[\w<>\[\],.?&]+[ \t]+)+NAME[ \t]*\((?![^{\n]*;)"
        ),
        definition=lines(
            r"""^(?:(?:public|abstract|final|sealed|static|strictfp)[ \t]+)*
                 (?:class|interface|enum|record|@interface)[ \t]+(\w+)
              | ^(?![ \t]|(?:return|new|else|import|package)\b)
                 (?:[\w<>\[\],.?&]+[ \t]+)+(\w+)[ \t]*\((?![^{\n]*;)"""
        ),
        binding=lines(r"^import[ \t]+(?:static[ \t]+)?[\w.]*?(\w+)[ \t]*;"),
        first_line=lines(
            r"""^(?:(?:import|package)[ \t]+[\w.*]+[ \t]*[;.] | import[ \t]+static[ \t] | //|/\*|@\w
              | (?:(?:public|abstract|final|sealed|static|private|protected)[ \t]+)*
                (?:class|interface|enum|record)[ \t]+\w+.*\{?$
              | (?:public|private|protected|static|final)[ \t]+[\w<>\[\],.?& \t]+\(
              | (?:void|int|long|double|boolean|char|String|(?:List|Map|Set)<[^\n(]*>)
                (?:\[\])*[ \t]+\w+[ \t]*\()"""
        ),
        statement=lines(r"^(?:return\b|(?:if|for|while|switch|try)[ \t]*[({]|throw[ \t]+new\b)"),
        test=lines(r"^import[ \t]+(?:static[ \t]+)?org\.(?:junit|testng|assertj) | ^[ \t]*@Test\b"),
        text_marks=('"""',),
    ),
    declaration=_declaration,
    reserved=frozenset(
        "abstract boolean byte case catch char const default do double enum extends false final "
        "finally float goto if implements instanceof int interface long native new null package "
        "private protected public short static strictfp super switch synchronized this throw "
        "throws transient true try void volatile while assert".split()
    ),
    driver=Driver(
        files=_driver_files,
        build=Build(
            commands=_PROGRAM.commands,
            run=(*RUN, *_CLASS_PATH, "llmbench.Driver"),
            is_served=True,
        ),
    ),
    program=_PROGRAM,
    runners={
        "program": Runner(
            files=_test_files,
            build=replace(_PROGRAM, run=(*RUN, "-ea", *_CLASS_PATH, "llmbench.Program")),
            failure=re.compile(r"Assertion(?:Failed)?Error"),
            ending=_with_ending,
        )
    },
    cache=driver_cache(
        "JavaServer",
        sample=("Sample.java", _SAMPLE),
        class_path=".",
        archive=("com.sun.tools.javac.Main", "-proc:none"),
    ),
    server=Server(
        run=(*SERVE, *_COMPILER, "llmbench.Driver", "llmbench.JavaServer"),
        trial={"Sample.java": _SAMPLE},
        memory_bytes=384 * 1024 * 1024,
    ),
    overhead_bytes=OVERHEAD_BYTES,
    processes=PROCESSES,
)
