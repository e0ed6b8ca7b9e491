"""C17, with GCC or Clang.

C has no types for most of a signature, so `declaration` gives them: a list is a structure of
`items` and their `count`, a map is a list of entries, a tuple has fields from `first` on.
Text is `char *`, and NULL where there is none. Nobody frees what is passed or returned.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pytest_llmbench.languages.definition import Build, Cache, Driver, Language, Runner
from pytest_llmbench.languages.grammar import Grammar, lines
from pytest_llmbench.languages.native import FIND_LINKER, at_end_of_main
from pytest_llmbench.languages.sources import driver_source
from pytest_llmbench.languages.toolchains import programs
from pytest_llmbench.signature import Signature, TypeRef

__all__ = ["LANGUAGE"]

_SCALARS = {
    "int": ("long long", "Int", "integer"),
    "float": ("double", "Double", "number"),
    "bool": ("bool", "Bool", "truth"),
    "str": ("char *", "String", "text"),
}
_LONGEST_NAME = 32
_FIELDS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Type:
    """A type of the declaration: how it is written, and how its values are read and written."""

    spelling: str
    name: str
    """In the names of types that are made of it, and of the functions below."""
    definition: str = ""
    parts: tuple[_Type, ...] = ()
    read: str
    """The body of a function that gives the value, as `value`."""
    write: str
    """The body of a function that takes it, as `value`."""

    def all_parts(self) -> Iterator[_Type]:
        """Give the types that it is made of, and itself, those first that others need."""
        for part in self.parts:
            yield from part.all_parts()
        yield self

    def field(self, name: str) -> str:
        return f"{self.spelling}{'' if self.spelling.endswith('*') else ' '}{name};"


def _type(ref: TypeRef, short: dict[str, str]) -> _Type:
    """Make a type; raise ValueError for one that has to be known when it runs.

    `short` gets the names of tuples whose own would be too long.
    """
    args = [arg for arg in ref.args if arg.name != "..."]
    match ref.name:
        case name if name in _SCALARS:
            spelling, title, word = _SCALARS[name]
            read, write = f"value = llmbench_read_{word}();", f"llmbench_write_{word}(value);"
            return _Type(spelling=spelling, name=title, read=read, write=write)
        case "list" | "set" if args:
            return _sequence(_type(args[0], short), ref.name.title())
        case "tuple" if ref.args[-1:] == (TypeRef("..."),):
            return _sequence(_type(args[0], short), "List")
        case "tuple" if 0 < len(args) <= len(_FIELDS):
            parts = tuple(_type(arg, short) for arg in args)
            name = "".join(part.name for part in parts) + "Tuple"
            if len(name) > _LONGEST_NAME:
                name = short.setdefault(name, f"Tuple{len(short) + 1}")
            return _structure(name, _FIELDS, parts, "p")
        case "dict" if args:
            return _map(_type(args[0], short), _type(args[1], short))
        case "union":
            inner = [arg for arg in args if arg.name != "None"]
            if len(inner) == 1 and len(args) == 2:
                return _optional(_type(inner[0], short))
    raise ValueError(f"there is no type for {ref}")


def _sequence(item: _Type, suffix: str) -> _Type:
    name = f"{item.name}{suffix}"
    kind = "h" if suffix == "Set" else "l"
    return _Type(
        spelling=name,
        name=name,
        definition=f"typedef struct {{ {item.field('*items')} size_t count; }} {name};",
        parts=(item,),
        read=f"""value.count = llmbench_read_count();
    value.items = llmbench_new(value.count, sizeof *value.items);
    for (size_t at = 0; at < value.count; at++) value.items[at] = llmbench_read_{item.name}();""",
        write=f"""llmbench_write_count('{kind}', value.count);
    for (size_t at = 0; at < value.count; at++) llmbench_write_{item.name}(value.items[at]);""",
    )


def _structure(name: str, fields: tuple[str, ...], parts: tuple[_Type, ...], kind: str) -> _Type:
    pairs = list(zip(fields, parts, strict=False))
    members = " ".join(part.field(field) for field, part in pairs)
    reads = [f"value.{field} = llmbench_read_{part.name}();" for field, part in pairs]
    writes = [f"llmbench_write_{part.name}(value.{field});" for field, part in pairs]
    if kind:
        reads.insert(0, "llmbench_read_count();")
        writes.insert(0, f"llmbench_write_count('{kind}', {len(pairs)});")
    return _Type(
        spelling=name,
        name=name,
        definition=f"typedef struct {{ {members} }} {name};",
        parts=parts,
        read="\n    ".join(reads),
        write="\n    ".join(writes),
    )


def _map(key: _Type, item: _Type) -> _Type:
    entry = _structure(f"{key.name}{item.name}Entry", ("key", "value"), (key, item), "")
    entries = _sequence(entry, "")
    name = f"{key.name}{item.name}Map"
    return _Type(
        spelling=name,
        name=name,
        definition=entries.definition.replace(f"}} {entry.name};", f"}} {name};"),
        parts=(entry,),
        read=entries.read,
        write=entries.write.replace("'l'", "'m'"),
    )


def _optional(inner: _Type) -> _Type:
    if inner.name == "String":
        return _Type(
            spelling=inner.spelling,
            name="OptionalString",
            parts=(inner,),
            read=f"value = llmbench_read_none() ? NULL : llmbench_read_{inner.name}();",
            write="llmbench_write_text(value);",
        )
    name = f"Optional{inner.name}"
    return _Type(
        spelling=name,
        name=name,
        definition=f"typedef struct {{ bool has_value; {inner.field('value')} }} {name};",
        parts=(inner,),
        read=f"""value.has_value = !llmbench_read_none();
    if (value.has_value) value.value = llmbench_read_{inner.name}();""",
        write=f"""if (value.has_value) llmbench_write_{inner.name}(value.value);
    else llmbench_write_none();""",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Types:
    """The types of a signature."""

    params: list[_Type]
    returns: _Type | None

    @property
    def all(self) -> list[_Type]:
        """Each once, those first that others need."""
        own = [*self.params, *([self.returns] if self.returns else [])]
        return list({part.name: part for type_ in own for part in type_.all_parts()}.values())


def _types(signature: Signature) -> _Types:
    short: dict[str, str] = {}
    params = [_type(param.type, short) for param in signature.params]
    is_void = signature.returns.name == "None"
    return _Types(params=params, returns=None if is_void else _type(signature.returns, short))


def _declaration(signature: Signature) -> str:
    types = _types(signature)
    params = ", ".join(
        f"{'const ' if type_.name == 'String' else ''}{type_.field(param.name)[:-1]}"
        for param, type_ in zip(signature.params, types.params, strict=True)
    )
    head = f"{signature.name}({params or 'void'})"
    head = types.returns.field(head)[:-1] if types.returns else f"void {head}"
    definitions = "".join(f"{type_.definition}\n" for type_ in types.all if type_.definition)
    includes = "#include <stdbool.h>\n#include <stddef.h>\n"
    return "\n".join(part for part in (includes, definitions, head) if part)


def _driver_files(code: str, _name: str, signature: Signature | None) -> dict[str, str]:
    """Put an answer between the types that it does not define itself, and what calls it."""
    assert signature is not None
    types = _types(signature)
    missing = [
        type_.definition
        for type_ in types.all
        if type_.definition and not re.search(rf"\}}\s*{type_.name}\s*;", code)
    ]
    names = [f"llmbench_{number}" for number in range(len(types.params))]
    calls = [
        f"{type_.field(name)[:-1]} = llmbench_read_{type_.name}();"
        for name, type_ in zip(names, types.params, strict=True)
    ]
    call = f"{signature.name}({', '.join(names)})"
    if types.returns is None:
        calls += [f"{call};", "llmbench_write_none();"]
    else:
        calls.append(f"llmbench_write_{types.returns.name}({call});")
    main = _MAIN.format(
        types="\n".join(missing),
        functions="\n".join(map(_functions, types.all)),
        calls="\n    ".join(calls),
    )
    return {"solution.c": code, "main.c": main, **_FILES}


def _functions(type_: _Type) -> str:
    name, spelling = type_.name, type_.spelling
    return f"""\
static {spelling} llmbench_read_{name}(void) {{
    {type_.field("value")}
    {type_.read}
    return value;
}}
static void llmbench_write_{name}({type_.field("value")[:-1]}) {{
    {type_.write}
}}"""


_MAIN = """\
#include "driver.h"
{types}
void llmbench_call(void);
int main(void) {{ return llmbench_serve(llmbench_call); }}
#define main llmbench_answers_main
#include "solution.c"
#undef main
{functions}
void llmbench_call(void) {{
    {calls}
}}
"""


def _test_files(prelude: str, code: str, tests: str) -> dict[str, str]:
    return {"solution.c": f"{prelude}\n{code}\n{tests}\n"}


def _with_ending(tests: str, word: str) -> str:
    return at_end_of_main(tests, f'__builtin_puts("{word}");')


_FILES = {"driver.h": driver_source("c.h"), "driver.c": driver_source("c.c")}
_GCC = '"{gcc}" -std=gnu17 -w -pipe -pthread'
# For a program as small as most in C, no linker is faster than gold.
_FIND_LINKER = f"{FIND_LINKER}command -v ld.gold >/dev/null && linker=-fuse-ld=gold\n"
# Without optimisation: with it a short program takes a quarter longer to compile.
_CALLS = f"""{_FIND_LINKER}
driver="{{cache}}/driver.o"
[ -e "$driver" ] || driver=driver.c
exec {_GCC} $linker main.c "$driver" -lm -o main
"""
_WHOLE = f"{_FIND_LINKER}exec {_GCC} -O1 $linker solution.c -lm -o main"
_PROGRAM = Build(commands=(("/bin/sh", "-c", _WHOLE),), run=("./main",))

LANGUAGE = Language(
    name="c",
    title="C",
    aliases=("c17", "c11", "c99"),
    comment="//",
    file="solution.c",
    install="gcc: install gcc",
    image="gcc:14",
    find=programs(("gcc", "clang", "cc")),
    grammar=Grammar(
        fences=frozenset({"c", "h"}),
        entry=r"^(?![ \t#/])[^\n;=]*\bNAME[ \t]*\(",
        definition=lines(
            r"""^(?:typedef[ \t]+)?(?:struct|enum|union)[ \t]+(\w+)
              | ^(?![ \t\#/]|(?:return|else|if|for|while|switch|typedef)\b)
                [\w*\[\] \t]+[ \t*](\w+)[ \t]*\([^;\n]*$"""
        ),
        binding=lines(
            r"^\#define[ \t]+(\w+) | ^typedef\b[^\n]*?(\w+)[ \t]*; | ^\}[ \t]*(\w+)[ \t]*;"
        ),
        first_line=lines(
            r"""^(?:\#[ \t]*(?:include|define|pragma)\b | typedef[ \t]+\w
              | (?:static|struct|enum)[ \t]+\w+ | //|/\*
              | (?:[\w*]+[ \t]+)+\**\w+\((?:[^;\n]*[){,])?[ \t]*$)"""
        ),
        statement=lines(r"^(?:return\b|if[ \t]*\(|for[ \t]*\(|while[ \t]*\(|switch[ \t]*\()"),
    ),
    declaration=_declaration,
    reserved=frozenset(
        "auto bool break case char const continue default do double else enum extern false float "
        "for goto if inline int long main register restrict return short signed sizeof static "
        "struct switch true typedef typeof union unsigned void volatile while".split()
    ),
    driver=Driver(
        files=_driver_files,
        build=Build(commands=(("/bin/sh", "-c", _CALLS),), run=("./main",)),
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
        files=_FILES,
        commands=(
            (
                "/bin/sh",
                "-c",
                f'{_GCC} -O1 -c "{{cache}}/driver.c" -o "{{cache}}/driver.o"',
            ),
        ),
    ),
)
