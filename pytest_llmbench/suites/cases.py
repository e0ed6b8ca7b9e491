"""The cases of a task file: calls, and the values that they must return."""

from __future__ import annotations

from pytest_llmbench.located_yaml import Located, LocatedError
from pytest_llmbench.signature import Signature, TypeRef, coerce
from pytest_llmbench.vocabulary import Case

__all__ = ["read_cases"]


def read_cases(item: Located, task: str, signature: Signature | None) -> tuple[Case, ...]:
    """Read the cases of a problem; with a signature, as values of its types."""
    given = item.mapping().get("cases")
    if given is None or not given.items():
        place = item if given is None else given
        raise place.mistake(
            f"problem {task!r} has no cases; expected a list like '- {{args: [2, 3], returns: 5}}'"
        )
    return tuple(_case(case, signature) for case in given.items())


def _case(item: Located, signature: Signature | None) -> Case:
    item.only(("args", "returns"))
    keys = item.mapping()
    for key in ("args", "returns"):
        if key not in keys:
            raise item.mistake(
                f"{item.label}: {key!r} is missing; expected {{args: [2, 3], returns: 5}}"
            )
    given, returns = keys["args"], keys["returns"]
    args = given.items()
    if signature is None:
        return Case(args=tuple(_value(arg) for arg in args), returns=_value(returns))
    params = signature.params
    if len(args) != len(params):
        raise given.mistake(
            f"{item.label}: {len(args)} argument(s), but {signature} takes {len(params)}"
        )
    return Case(
        args=tuple(
            _coerced(arg, param.type, f"{item.label}: argument {param.name!r}")
            for arg, param in zip(args, params, strict=True)
        ),
        returns=_coerced(returns, signature.returns, f"{item.label}: returns"),
    )


def _coerced(item: Located, ref: TypeRef, where: str) -> object:
    try:
        return coerce(_value(item), ref)
    except LocatedError:
        raise
    except ValueError as error:
        raise item.mistake(f"{where}: {error}") from None


def _value(item: Located) -> object:
    """Give a plain value; what only YAML knows (dates, bytes) cannot be handed to a function."""
    match item.value:
        case dict():
            return {_scalar(key, item): _value(value) for key, value in item.value.items()}
        case list():
            return [_value(value) for value in item.value]
    return _scalar(item.value, item)


def _scalar(value: object, place: Located) -> object:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    kind = type(value).__name__
    raise place.mistake(
        f"{place.label}: {value!s:.40} is a {kind} to YAML; put it in quotes if it is text"
    )
