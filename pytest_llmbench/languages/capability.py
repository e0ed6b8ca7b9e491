"""What a language cannot be asked for: signatures without a type, numbers without room."""

from __future__ import annotations

from collections.abc import Iterable

from pytest_llmbench.languages.definition import Language
from pytest_llmbench.signature import Signature
from pytest_llmbench.vocabulary import Case

__all__ = ["cannot", "cannot_call", "cannot_hold"]


def cannot(language: Language, signature: Signature | None, cases: Iterable[Case]) -> str | None:
    """Say why these cases of a function cannot be judged in a language; None if they can."""
    reasons = (cannot_hold(language, case) for case in cases)
    return cannot_call(language, signature) or next(filter(None, reasons), None)


def cannot_call(language: Language, signature: Signature | None) -> str | None:
    """Say why a function cannot be called in a language; None if it can."""
    driver = language.driver
    if driver is None and language.worker is None:
        return f"functions in {language.title} cannot be called"
    if signature is None:
        if driver is not None and driver.needs_signature:
            return f"calling a function in {language.title} needs a signature"
        return None
    for name in (signature.name, *(param.name for param in signature.params)):
        if name in language.reserved:
            return f"{name!r} is a reserved word in {language.title}; use another name"
    try:
        language.declaration(signature)
        if driver is not None:
            driver.files("", signature.name, signature)
    except ValueError as error:
        return f"{language.title}: {error}"
    return None


def cannot_hold(language: Language, case: Case) -> str | None:
    """Say why a case's values cannot be had in a language; None if they can."""
    bits = language.int_bits
    if bits is None:
        return None
    largest = 1 << (bits - 1)
    for number in _integers([case.args, case.returns]):
        if not -largest <= number < largest:
            return f"{number} is beyond the integers of {language.title} ({bits} bits)"
    return None


def _integers(value: object) -> Iterable[int]:
    match value:
        case bool():
            return
        case int():
            yield value
        case list() | tuple() | set() | frozenset():
            for item in value:
                yield from _integers(item)
        case dict():
            for key, item in value.items():
                yield from _integers(key)
                yield from _integers(item)
