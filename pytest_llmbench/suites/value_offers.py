"""Problems with `cases`: a function is called, and its values are compared."""

from __future__ import annotations

import ast

from pytest_llmbench.languages import (
    cannot,
    cannot_call,
    cannot_hold,
    find_language,
    language_names,
)
from pytest_llmbench.located_yaml import Located
from pytest_llmbench.signature import Signature
from pytest_llmbench.suites.cases import read_cases
from pytest_llmbench.suites.fields import some_text, truth
from pytest_llmbench.suites.offers import (
    Offer,
    Task,
    Version,
    function_prompt,
    named_languages,
    read_entry_point,
    read_signature,
)
from pytest_llmbench.vocabulary import ByValue, Case

__all__ = ["offer_by_value"]


def offer_by_value(task: Task) -> Offer:
    entry_point, signature = _interface(task)
    cases = read_cases(task.item, task.id, signature)
    if task.named is not None:
        offered = languages = named_languages(task.named)
        _check_named(task.item, signature, cases, languages)
    else:
        # Languages that are merely not installed here may still have a reference.
        offered = language_names()
        languages = tuple(
            name
            for name in language_names()
            if task.installed(name) and cannot(find_language(name), signature, cases) is None
        )
    judging = ByValue(
        entry_point=entry_point,
        cases=cases,
        signature=signature,
        is_unordered=_unordered(task, signature),
        checker=_value_checker(task.own.get("checker")),
    )
    versions = [
        Version(
            language=name,
            prompt=function_prompt(task, signature, name),
            judging=judging,
            entry_point=entry_point,
        )
        for name in languages
    ]
    return Offer(versions=versions, languages=offered)


def _interface(task: Task) -> tuple[str, Signature | None]:
    """Give the function's name, and its signature where the problem has one."""
    if ("signature" in task.own) == ("entry_point" in task.own):
        raise task.item.mistake(
            f"problem {task.id!r}: expected one of 'signature' (like 'add(a: int, b: int) -> int',"
            " shown to the model) and 'entry_point' (a function that the prompt names)"
        )
    if "entry_point" in task.own:
        return read_entry_point(task.own["entry_point"]), None
    signature = read_signature(task.own["signature"])
    return signature.name, signature


def _check_named(
    item: Located, signature: Signature | None, cases: tuple[Case, ...], languages: tuple[str, ...]
) -> None:
    """Refuse languages that were named, and that cannot have the problem."""
    own = item.mapping()
    for name in languages:
        known = find_language(name)
        if why := cannot_call(known, signature):
            if signature is None:
                raise own["entry_point"].mistake(f"entry_point: {why}")
            raise own["signature"].mistake(f"signature: {why}")
        for place, case in zip(own["cases"].items(), cases, strict=True):
            if why := cannot_hold(known, case):
                raise place.mistake(f"{place.label}: {why}")


def _unordered(task: Task, signature: Signature | None) -> bool:
    given = task.own.get("unordered")
    is_unordered = truth(given)
    if is_unordered and "checker" in task.own:
        raise task.own["checker"].mistake(
            "checker: it decides about the order, too; drop 'unordered'"
        )
    returned = signature.returns.name if signature else "any"
    if given is not None and is_unordered and returned not in {"list", "tuple", "any", "union"}:
        raise given.mistake(f"unordered: for functions that return a list, not {returned}")
    return is_unordered


def _value_checker(given: Located | None) -> str | None:
    """Read Python code that defines `check(args, expected, actual)`."""
    if given is None:
        return None
    code = some_text(given)
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError) as error:
        raise given.mistake(f"checker: {error}") from None
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    if not any(node.name == "check" and len(node.args.args) == 3 for node in functions):
        raise given.mistake("checker: expected 'def check(args, expected, actual):' in Python")
    return code
