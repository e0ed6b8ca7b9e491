"""What languages share that the system's C compiler compiles or links."""

from __future__ import annotations

import re

from pytest_llmbench.languages.braces import with_last_statement

__all__ = ["FIND_LINKER", "at_end_of_main"]

FIND_LINKER = """\
linker=
if [ -e /usr/libexec/mold/ld ]; then linker=-B/usr/libexec/mold
elif command -v ld.lld >/dev/null; then linker=-fuse-ld=lld
elif command -v ld.gold >/dev/null; then linker=-fuse-ld=gold
fi
"""
"""Shell that sets `linker` to what makes the compiler use the fastest linker there is.

mold is found by its folder, because compilers before GCC 12.1 do not know its name.
"""

_MAIN = re.compile(r"^[ \t]*(?:int|signed|void)[ \t]+main[ \t]*\([^)]*\)\s*\{", re.MULTILINE)
_LAST_RETURN = re.compile(r"\breturn[ \t]+(?:0|EXIT_SUCCESS)[ \t]*;(?=\s*\}\s*\Z)")


def at_end_of_main(tests: str, statement: str) -> str:
    """Put a statement at the end of `main`, which need not return anything in C and C++."""
    return with_last_statement(_LAST_RETURN.sub("", tests), _MAIN, statement)
