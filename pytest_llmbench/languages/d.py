"""D, with LDC or GDC.

What calls an answer is a module of its own, whose constructor serves calls before the
answer's `main` would begin.
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

_SCALARS = {
    "int": ("long", "Integer"),
    "float": ("double", "Number"),
    "bool": ("bool", "Truth"),
    "str": ("string", "Text"),
}


def _type(ref: TypeRef) -> str:
    """Write a type; raise ValueError for one that has to be known when it runs."""
    args = [arg for arg in ref.args if arg.name != "..."]
    match ref.name:
        case name if name in _SCALARS:
            return _SCALARS[name][0]
        case "union":
            inner = [arg for arg in args if arg.name != "None"]
            if len(inner) == 1 and len(args) == 2:
                return f"Nullable!({_type(inner[0])})"
        case "list" if args:
            return f"{_type(args[0])}[]"
        case "tuple" if ref.args[-1:] == (TypeRef("..."),):
            return f"{_type(args[0])}[]"
        case "tuple" if args:
            return f"Tuple!({', '.join(map(_type, args))})"
        case "set" if args:  # there is none in D: keys that are true stand for one
            return f"bool[{_type(args[0])}]"
        case "dict" if args:
            return f"{_type(args[1])}[{_type(args[0])}]"
    raise ValueError(f"there is no type for {ref}")


def _returned(signature: Signature) -> str:
    return "void" if signature.returns.name == "None" else _type(signature.returns)


def _declaration(signature: Signature) -> str:
    params = ", ".join(f"{_type(param.type)} {param.name}" for param in signature.params)
    head = f"{_returned(signature)} {signature.name}({params})"
    used = [name for name in ("Nullable", "Tuple") if f"{name}!" in head]
    names = ", ".join([*used, *(["tuple"] if "Tuple" in used else [])])
    return f"import std.typecons : {names};\n\n{head}" if names else head


class _Functions:
    """Functions that read and write each type of a signature, made for it alone.

    Templates that look at types would take longer to compile.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self.text = ""

    def number(self, ref: TypeRef) -> int:
        """Return which functions a type has, and make them where it has none."""
        key = str(ref)
        if key not in self._numbers:
            read, write = self._bodies(ref)
            number = self._numbers[key] = len(self._numbers)
            type_ = _type(ref)
            self.text += (
                f"{type_} read{number}() {{ {read} }}\n"
                f"void write{number}({type_} value) {{ {write} }}\n"
            )
        return self._numbers[key]

    def _bodies(self, ref: TypeRef) -> tuple[str, str]:
        if ref.name in _SCALARS:
            word = _SCALARS[ref.name][1]
            return f"return llmbench.read{word}();", f"llmbench.write{word}(value);"
        type_ = _type(ref)
        parts = [self.number(arg) for arg in ref.args if arg.name not in {"...", "None"}]
        first = parts[0]
        match ref.name:
            case "union":
                return (
                    f"return llmbench.readNone() ? {type_}.init : {type_}(read{first}());",
                    f"if (value.isNull) llmbench.writeNone(); else write{first}(value.get);",
                )
            case "tuple" if ref.args[-1].name != "...":
                reads = " ".join(f"value[{at}] = read{part}();" for at, part in enumerate(parts))
                writes = " ".join(f"write{part}(value[{at}]);" for at, part in enumerate(parts))
                count = f"llmbench.writeCount('p', {len(parts)});"
                return (
                    f"llmbench.readCount(); {type_} value; {reads} return value;",
                    f"{count} {writes}",
                )
            case "set":
                return (
                    f"{type_} value; foreach (_; 0 .. llmbench.readCount()) value[read{first}()] "
                    "= true; return value;",
                    "size_t count; foreach (isIn; value) count += isIn; llmbench.writeCount('h', "
                    f"count); foreach (key, isIn; value) if (isIn) write{first}(key);",
                )
            case "dict":
                return (
                    f"{type_} value; foreach (_; 0 .. llmbench.readCount()) {{ auto key = "
                    f"read{first}(); value[key] = read{parts[1]}(); }} return value;",
                    "llmbench.writeCount('m', value.length); foreach (key, item; value) "
                    f"{{ write{first}(key); write{parts[1]}(item); }}",
                )
        return (
            f"{type_} value; foreach (_; 0 .. llmbench.readCount()) value ~= read{first}(); "
            "return value;",
            f"llmbench.writeCount('l', value.length); foreach (item; value) write{first}(item);",
        )


_MODULE = re.compile(r"^[ \t]*module[ \t]+[\w.]+[ \t]*;", re.MULTILINE)
_MAIN = re.compile(r"^([ \t]*(?:void|int)[ \t]+)main\b", re.MULTILINE)
_TESTS = re.compile(r"^([ \t]*)unittest\b", re.MULTILINE)
_DRIVER = {"llmbench.d": driver_source("d.d")}


def _driver_files(code: str, _name: str, signature: Signature | None) -> dict[str, str]:
    assert signature is not None
    functions = _Functions()
    numbers = [functions.number(param.type) for param in signature.params]
    reads = "".join(f"auto argument{at} = read{n}(); " for at, n in enumerate(numbers))
    arguments = ", ".join(f"argument{at}" for at in range(len(numbers)))
    call = f"solution.{signature.name}({arguments})"
    if _returned(signature) == "void":
        answer = f"{call}; llmbench.writeNone();"
    else:
        answer = f"write{functions.number(signature.returns)}({call});"
    calls = _CALLS.format(
        functions=functions.text,
        call=f"{reads}{answer}",
        typecons="import std.typecons : Nullable, Tuple;" if "!(" in functions.text else "",
        main="" if _MAIN.search(code) else "void main() {}",
    )
    return {"solution.d": _MODULE.sub("", code), "calls.d": calls, **_DRIVER}


_CALLS = """\
module calls;
static import llmbench;
static import solution;
{typecons}
{functions}
void call() {{ {call} }}
shared static this() {{ llmbench.serve(&call); }}
{main}
"""


def _test_files(prelude: str, code: str, tests: str) -> dict[str, str]:
    """Put tests below an answer, without what it has of its own that they have too."""
    if _MAIN.search(prelude + tests):
        code = _MAIN.sub(r"\1llmbench_answers_main", code)
    code = _TESTS.sub(r"\1version(none) unittest", _MODULE.sub("", code))
    main = "" if _MAIN.search("\n".join((prelude, code, tests))) else "void main() {}\n"
    return {"solution.d": f"{prelude}\n{code}\n{tests}\n{main}"}


def _with_ending(tests: str, word: str) -> str:
    """Print at the end of the last block of tests, or of `main`, which such blocks replace."""
    statement = f'{{ import core.stdc.stdio : puts; puts("{word}"); }}'
    if _TESTS.search(tests):
        return f"{tests}\nunittest {statement}\n"
    return at_end_of_main(tests, statement)


_COMPILE = f"{FIND_LINKER}{driver_source('d.sh')}"
_MAKE_CACHE = """
echo 'void main() {}' >empty.d
case "{ldc2}" in
    *gdc*)
        "{ldc2}" -c "{cache}/llmbench.d" -o "{cache}/driver.o" || exit
        "{ldc2}" -shared-libphobos empty.d -o empty
        ;;
    *)
        "{ldc2}" -c "{cache}/llmbench.d" -of="{cache}/driver.o" || exit
        "{ldc2}" --link-defaultlib-shared empty.d -of=empty
        ;;
esac
[ -e empty ] && ./empty && touch "{cache}/shared"
true
"""


def _build(kind: str) -> Build:
    return Build(commands=(("/bin/sh", "-c", _COMPILE, kind),), run=("./main",))


LANGUAGE = Language(
    name="d",
    title="D",
    aliases=("dlang",),
    comment="//",
    file="solution.d",
    install="ldc2 or gdc: install ldc",
    image=None,
    find=programs(("ldc2", "gdc"), folders=("/etc/ldc2.conf",)),
    grammar=Grammar(
        fences=frozenset({"d", "dlang"}),
        entry=r"^(?![ \t/])[^\n;=]*\bNAME[ \t]*\(",
        definition=lines(
            r"""^(?:class|struct|enum|interface|alias|template)[ \t]+(\w+)
              | ^(?![ \t/]|(?:return|import|module|else|if|for|foreach|while)\b)
                [\w!:,&*()\[\]@ \t]+[ \t\])](\w+)[ \t]*\([^;\n]*$"""
        ),
        binding=lines(
            r"""^import[ \t]+[\w.]+[ \t]*:[ \t]*([\w, \t]+);
              | ^import[ \t]+(?:\w+\.)*(\w+)
              | ^(?:immutable|const|enum)[ \t]+(?:\w+[ \t]+)?(\w+)[ \t]*="""
        ),
        first_line=lines(
            r"""^(?:import[ \t]+[\w.]+[ \t]*[;:,] | module[ \t]+[\w.]+;
              | (?:class|struct|enum|alias)[ \t]+\w+ | //|/\*|/\+
              | (?:[\w!:()\[\]@]+[ \t]+)+\w+\((?:[^;\n]*[){,])?[ \t]*$)"""
        ),
        statement=lines(r"^(?:return\b|if[ \t]*\(|for(?:each)?[ \t]*\(|while[ \t]*\(|auto[ \t])"),
        test=lines(r"^[ \t]*(?:version\(unittest\)|unittest)\b"),
    ),
    declaration=_declaration,
    reserved=frozenset(
        "abstract alias align asm assert auto body bool break byte case cast catch cdouble cent "
        "cfloat char class const continue creal dchar debug default delegate delete deprecated do "
        "double else enum export extern false final finally float for foreach foreach_reverse "
        "function goto idouble if ifloat immutable import in inout int interface invariant ireal "
        "is lazy long macro main mixin module new nothrow null out override package pragma private "
        "protected public pure real ref return scope shared short static struct super switch "
        "synchronized template this throw true try typeid typeof ubyte ucent uint ulong union "
        "unittest ushort version void wchar while with".split()
    ),
    driver=Driver(files=_driver_files, build=_build("calls"), needs_signature=True),
    program=_build("program"),
    runners={
        "program": Runner(
            files=_test_files,
            build=_build("tests"),
            failure=re.compile(r"AssertError|\[unittest\]|unittest failure"),
            ending=_with_ending,
        )
    },
    cache=Cache(files=_DRIVER, commands=(("/bin/sh", "-c", _MAKE_CACHE),)),
    processes=8,
)
