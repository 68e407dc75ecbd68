"""Entity tags: a caller who states the `eTag` of what they read overwrites nothing newer."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Header

from gateway.api.problems import Refused

IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description="The `eTag` that was read; another one is refused."),
]


def require_tag(given: str | None, current: str) -> None:
    """Refuse a call about what was changed since its caller read it.

    Raises:
        Refused: the tags differ.
    """
    if given is not None and given.strip('"') not in (current, "*"):
        raise Refused(
            HTTPStatus.PRECONDITION_FAILED, "it was changed since; read it again and repeat"
        )
