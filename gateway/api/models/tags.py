"""Entity tags of bodies: another one as soon as a value is another."""

import hashlib
from collections.abc import Collection

from gateway.api.models.body import Body

_CHARACTERS = 16


def tag_of(body: Body, *, without: Collection[str] = ()) -> str:
    """The tag of a body, for which the fields `without` do not count."""
    content = body.model_dump_json(exclude={"e_tag", *without})
    return hashlib.sha256(content.encode()).hexdigest()[:_CHARACTERS]
