"""The store in a bucket: S3 and what speaks its protocol, Google Cloud Storage, Azure."""

import errno
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import obstore
from obstore.exceptions import (
    BaseError,
    NotSupportedError,
    PermissionDeniedError,
    UnauthenticatedError,
)
from obstore.store import from_url

from registry.store.interface import Draft, Stored
from registry.store.local_copies import LocalCopies
from registry.telemetry.observe import StoreOperation, store_operation

if TYPE_CHECKING:
    from obstore import Attributes, ObjectMeta, WritableFile

PART_BYTES = 8 * 1024**2
"""Less than this is one request; more goes in parts of this size while it comes."""

DRAFTS = "drafts"
_MAX_PARTS_AT_ONCE = 4
_FETCHED_BYTES = 4 * PART_BYTES
_RETRIES = 5


class BucketStore:
    """A `Store` in a bucket; `copies` are those of this machine.

    Raises:
        OSError: the address or the settings of the cloud are wrong.
    """

    def __init__(self, url: str, copies: LocalCopies, timeout_seconds: float) -> None:
        self._url = url
        self._copies = copies
        endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
        with _explained(url):
            self._store: Any = from_url(
                url,
                client_options={
                    "allow_http": endpoint.startswith("http:")
                    or os.environ.get("AZURE_STORAGE_USE_EMULATOR", "").lower() == "true",
                    "connect_timeout": timedelta(seconds=min(5.0, timeout_seconds)),
                    "timeout": timedelta(seconds=timeout_seconds),
                },
                retry_config={
                    "max_retries": _RETRIES,
                    "retry_timeout": timedelta(seconds=timeout_seconds),
                },
            )

    def begin(  # noqa: D102 - the interface says it
        self,
        area: str,  # noqa: ARG002 - all drafts are in one place
        *,
        download_name: str | None = None,
        sole: bool = False,  # noqa: ARG002
    ) -> Draft:
        return _BucketDraft(self, download_name)

    def put(self, key: str, data: bytes) -> None:  # noqa: D102
        with self.explained("write"):
            obstore.put(self._store, key, data)

    def read(self, key: str) -> bytes:  # noqa: D102
        with self.explained("read"):
            return bytes(obstore.get(self._store, key).bytes())

    def file(self, key: str, sha256: str) -> Path:  # noqa: D102
        def fetch() -> Iterator[bytes]:
            # Piece by piece, because the time that one request may take is limited.
            with self.explained("read"):
                size = obstore.head(self._store, key)["size"]
                for start in range(0, size, _FETCHED_BYTES):
                    end = min(start + _FETCHED_BYTES, size)
                    yield bytes(obstore.get_range(self._store, key, start=start, end=end))

        return self._copies.get(key, sha256, fetch)

    def copy(self, key: str, target: str) -> None:  # noqa: D102
        with self.explained("copy"):
            obstore.copy(self._store, key, target)

    def find(self, key: str) -> Stored | None:  # noqa: D102
        with suppress(FileNotFoundError), self.explained("stat"):
            return _stored(obstore.head(self._store, key))
        return None

    def list(self, prefix: str) -> Iterator[Stored]:  # noqa: D102
        with self.explained("list"):
            for batch in obstore.list(self._store, prefix):
                yield from map(_stored, batch)

    def delete(self, key: str) -> None:  # noqa: D102
        self._copies.forget(key)
        with suppress(FileNotFoundError), self.explained("delete"):
            obstore.delete(self._store, key)

    def link(self, key: str, seconds: int) -> str | None:  # noqa: D102
        with suppress(NotSupportedError, ValueError):
            return str(obstore.sign(self._store, "GET", key, timedelta(seconds=seconds)))
        return None

    def place_of(self, key: str) -> str:  # noqa: D102
        return f"{self._url}/{key}"

    def sweep(self, older_than_seconds: float) -> None:  # noqa: D102
        self._copies.sweep(older_than_seconds)
        before = datetime.now(UTC) - timedelta(seconds=older_than_seconds)
        for draft in list(self.list(DRAFTS)):
            if draft.written_at < before:
                self.delete(draft.key)

    def open_parts(self, key: str, attributes: "Attributes") -> "WritableFile":
        """Begin an object that is sent in parts."""
        return obstore.open_writer(
            self._store,
            key,
            attributes=attributes,
            buffer_size=PART_BYTES,
            max_concurrency=_MAX_PARTS_AT_ONCE,
        )

    def put_whole(self, key: str, data: bytes, attributes: "Attributes") -> None:
        """Keep bytes under a key by one request."""
        obstore.put(self._store, key, data, attributes=attributes, use_multipart=False)

    def move(self, key: str, target: str) -> None:  # noqa: D102
        with self.explained("move"):
            obstore.copy(self._store, key, target)
        with suppress(OSError):  # what is left is swept away, or is of no harm
            self.delete(key)

    @contextmanager
    def explained(self, operation: StoreOperation) -> Iterator[None]:
        """Measure, and turn the library's errors into OSError; its texts would name objects."""
        with _explained(self._url), store_operation(operation):
            yield


class _BucketDraft(Draft):
    """Bytes in memory; from `PART_BYTES` on an object below `drafts/`, sent in parts."""

    def __init__(self, store: BucketStore, download_name: str | None) -> None:
        super().__init__()
        self._store = store
        self._key = f"{DRAFTS}/{uuid.uuid4()}"
        self._attributes: Attributes = {}
        if download_name is not None:
            quoted = quote(download_name, safe="")
            self._attributes = {
                "Content-Type": "text/csv; charset=utf-8",
                "Content-Disposition": f"attachment; filename*=UTF-8''{quoted}",
            }
        self._first = bytearray()
        self._parts: WritableFile | None = None

    def _add(self, data: bytes) -> None:
        if self._parts is None:
            self._first += data
            if len(self._first) < PART_BYTES:
                return
            with self._store.explained("write"):
                self._parts = self._store.open_parts(self._key, self._attributes)
            data, self._first = bytes(self._first), bytearray()
        with self._store.explained("write"):
            self._parts.write(data)

    def settle(self) -> None:
        """Parts leave by themselves."""

    def place(self, key: str) -> None:
        with self._store.explained("write"):
            if self._parts is None:
                self._store.put_whole(key, bytes(self._first), self._attributes)
                return
            self._parts.close()
            self._parts = None
            self._store.move(self._key, key)

    def end(self) -> None:
        self._first = bytearray()
        if self._parts is not None:
            parts, self._parts = self._parts, None
            with suppress(BaseError, OSError, _Abort), parts:
                raise _Abort  # an exception within makes the library abort the parts


class _Abort(Exception):
    pass


@contextmanager
def _explained(url: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        if "NoSuchBucket" in str(error):
            raise OSError(errno.EIO, f"{url}: there is no such bucket") from None
        raise FileNotFoundError(errno.ENOENT, "the bucket holds no such object") from None
    except (PermissionDeniedError, UnauthenticatedError):
        said = f"{url} refuses our key; it must be allowed to list, read, write and delete there"
        raise PermissionError(errno.EACCES, said) from None
    except BaseError as error:
        said = f"{url} did not answer as a bucket does ({_kind(error)})"
        raise OSError(errno.EIO, said) from None


def _kind(error: BaseError) -> str:
    """The kind of failure in a few words; the library's text would name the object."""
    text = str(error)
    for sign, kind in (
        ("timed out", "no answer in time"),
        ("timeout", "no answer in time"),
        ("error sending request", "no connection"),
        ("503", "status 503"),
        ("500", "status 500"),
        ("SlowDown", "too many requests"),
    ):
        if sign in text:
            return kind
    return type(error).__name__


def _stored(found: "ObjectMeta") -> Stored:
    return Stored(found["path"], found["size"], found["last_modified"], found["e_tag"])
