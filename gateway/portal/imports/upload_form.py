"""Reading an upload: the form's fields and its file, up to a limit."""

import asyncio
import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import BinaryIO

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException
from starlette.types import Message

from gateway.http.errors import HAS_NUL
from gateway.portal.refusals import Refused
from registry.landing.result_names import fitting_name

SILENCE_SECONDS = 60.0
"""An upload that sends nothing for so long counts as cut off."""

FORM_BYTES = 64 * 1024
"""The size of a form without its file."""


@dataclass(frozen=True)
class Upload:
    """A form with a file; `file` is None if the user chose none."""

    fields: dict[str, str]
    file: BinaryIO | None
    file_name: str


@asynccontextmanager
async def read_upload(request: Request, max_bytes: int) -> AsyncIterator[Upload]:
    """Read the form. Its file is a temporary file without a name, which is gone at the end.

    Raises:
        Refused: the upload is too large, is no form, or sent nothing for a minute.
    """
    count = 0

    async def receive() -> Message:
        nonlocal count
        try:
            async with asyncio.timeout(SILENCE_SECONDS):
                message = await request.receive()
        except TimeoutError as error:
            raise Refused(
                HTTPStatus.REQUEST_TIMEOUT,
                "the upload stopped: nothing came for a minute; send the file again",
            ) from error
        count += len(message.get("body", b""))
        if count > max_bytes + FORM_BYTES:
            raise too_large(max_bytes)
        return message

    try:
        form = await Request(request.scope, receive).form(max_files=1, max_fields=20)
    except MultiPartException as error:
        raise Refused(HTTPStatus.BAD_REQUEST, "the form cannot be read") from error
    try:
        yield _upload(form)
    finally:
        await form.close()


def _upload(form: FormData) -> Upload:
    fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    if any("\0" in text for text in (*fields, *fields.values())):
        raise Refused(HTTPStatus.BAD_REQUEST, HAS_NUL)
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        return Upload(fields, None, "")
    return Upload(fields, file.file, plain_name(file.filename))


def plain_name(given: str) -> str:
    r"""A file's name without folders and control characters, and short enough for file systems.

    `C:\Users\ada\roster.csv` → `roster.csv`
    """
    name = PurePosixPath(given.replace("\\", "/")).name
    # Not isprintable(): it refuses spaces outside ASCII, which macOS puts into names.
    name = "".join(c for c in name if not unicodedata.category(c).startswith("C"))
    name = name.strip().lstrip(".")
    return fitting_name(name) or "roster.csv"


def too_large(max_bytes: int) -> Refused:
    """The refusal of an upload that is, or says that it is, larger than the limit."""
    return Refused(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"a file can have at most {max_bytes:,} bytes; split it",
    )
