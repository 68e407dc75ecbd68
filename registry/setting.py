"""How a setting is declared: what it is for, and what its value must be.

A rule takes a value and returns it, tidied up or as it is; it raises ValueError with what is wrong,
and never repeats the value, which may be a password.
"""

import re
import types
from collections.abc import Callable
from dataclasses import Field, field
from pathlib import Path
from typing import Any, Union, get_args, get_origin

Rule = Callable[[Any], Any]

_SWITCH = {
    **dict.fromkeys(("1", "true", "t", "yes", "y", "on"), True),
    **dict.fromkeys(("0", "false", "f", "no", "n", "off"), False),
}


def setting(default: object, about: str, *rules: Rule, secret: bool = False) -> Any:  # noqa: ANN401 - stands for a field of any type
    """A field of the settings; one that is secret is not shown when settings are printed."""
    return field(default=default, repr=not secret, metadata={"about": about, "rules": rules})


def about(declared: Field[Any]) -> str:
    """What a setting is for, as the reference page says it."""
    return str(declared.metadata["about"])


def read(declared: Field[Any], given: object) -> object:
    """The value of a setting, from a variable's text or from a value of its own type.

    Raises:
        ValueError: it makes no sense; the message says what is wrong.
    """
    value = _READERS[_kind(declared.type)](given) if isinstance(given, str) else given
    if value is None:
        return None
    for rule in declared.metadata["rules"]:
        value = rule(value)
    return value


def above(limit: float) -> Rule:
    """More than this."""
    return _must(lambda value: value > limit, f"must be more than {limit}")


def at_least(limit: float) -> Rule:
    """This or more."""
    return _must(lambda value: value >= limit, f"must be {limit} or more")


def between(least: int, most: int) -> Rule:
    """From the one to the other, both included."""
    return _must(lambda value: least <= value <= most, f"must be from {least} to {most}")


def of_length(least: int, most: int) -> Rule:
    """So many characters."""
    return _must(lambda text: least <= len(text) <= most, f"must have {least} to {most} characters")


def shaped(pattern: str, like: str) -> Rule:
    """The whole text has this shape; `like` says it to a person."""
    return _must(lambda text: re.fullmatch(pattern, text) is not None, f"must be {like}")


def _must(holds: Callable[[Any], bool], said: str) -> Rule:
    def rule(value: Any) -> Any:  # noqa: ANN401 - of any type
        if not holds(value):
            raise ValueError(said)
        return value

    return rule


def _kind(declared: Any) -> Any:  # noqa: ANN401 - a type, or a form of one
    """`int` of `int | None`."""
    if get_origin(declared) in (Union, types.UnionType):
        (kind,) = (each for each in get_args(declared) if each is not types.NoneType)
        return kind
    return declared


def _switch(text: str) -> bool:
    if text.strip().lower() not in _SWITCH:
        raise ValueError("must be on or off")
    return _SWITCH[text.strip().lower()]


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError("must be a whole number") from None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError("must be a number") from None


def _several(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.split(",") if each.strip())


_READERS: dict[Any, Callable[[str], Any]] = {
    str: str,
    Path: Path,
    bool: _switch,
    int: _whole,
    float: _number,
    tuple[str, ...]: _several,
}
