"""A bucket that senders write to: objects there come, change and go at any time."""

import errno
import hashlib
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

import obstore
from obstore.exceptions import AlreadyExistsError, NotSupportedError, PreconditionError

from registry.store.bucket_store import PART_BYTES, BucketStore
from registry.store.durable_files import digest
from registry.store.interface import ObjectChangedError, Stored
from registry.store.local_copies import LocalCopies

_PIECE_BYTES = 4 * PART_BYTES
_SIGNED_SECONDS = 60


class SenderBucket(BucketStore):
    """Objects of senders, read and removed only as the version that was seen."""

    def __init__(self, url: str, copies: LocalCopies, timeout_seconds: float) -> None:
        super().__init__(url, copies, timeout_seconds)
        self._timeout_seconds = timeout_seconds

    def folders(self) -> list[str]:
        """The first parts of the keys that have more than one.

        Raises:
            OSError: the bucket does not answer.
        """
        with self.explained("list"):
            return list(obstore.list_with_delimiter(self._store)["common_prefixes"])

    def in_folder(self, folder: str) -> list[Stored]:
        """The objects whose key is `folder/` and a name.

        Raises:
            OSError: the bucket does not answer, or has a key there that is no path.
        """
        with self.explained("list"):
            found = obstore.list_with_delimiter(self._store, folder)["objects"]
        return [
            Stored(each["path"], each["size"], each["last_modified"], each["e_tag"])
            for each in found
            if each["path"].rpartition("/")[0] == folder
        ]

    def stream(self, seen: Stored) -> Iterator[bytes]:
        """The bytes of an object, piece by piece.

        Raises:
            FileNotFoundError: it is gone.
            ObjectChangedError: it is another one by now.
            OSError: the bucket does not give them.
        """
        for start in range(0, seen.byte_count, _PIECE_BYTES):
            end = min(start + _PIECE_BYTES, seen.byte_count)
            with self.explained("read"):
                try:
                    got = obstore.get(
                        self._store,
                        seen.key,
                        options={"range": (start, end), "if_match": seen.version},
                    )
                    yield bytes(got.bytes())
                except PreconditionError:
                    raise ObjectChangedError(errno.ESTALE, "the object was replaced") from None

    def put_new(self, key: str, path: Path) -> bool:
        """Put a file under a key that nothing has. False if other bytes are there.

        Raises:
            OSError: the bucket does not take it.
        """
        with self.explained("write"):
            try:
                obstore.put(self._store, key, path, mode="create", use_multipart=False)
            except AlreadyExistsError:
                return self._digest(key) == digest(path)
        return True

    def delete_version(self, key: str, version: str | None) -> bool:
        """Remove an object if it is still the version that was seen; returns whether it was.

        The bucket itself compares, where it knows conditional deletes (S3, Azure); elsewhere what
        is put in the milliseconds after our look is lost, unless the bucket keeps versions.

        Raises:
            OSError: the bucket does not answer, or refuses.
        """
        found = self.find(key)
        if found is None or found.version != version:
            return False
        with suppress(NotSupportedError), self.explained("sign"):
            address = obstore.sign(self._store, "DELETE", key, timedelta(seconds=_SIGNED_SECONDS))
            return self._delete_signed(str(address), version)
        self.delete(key)
        return True

    def _delete_signed(self, address: str, version: str | None) -> bool:
        # The library of the store knows no conditional delete. urllib logs no addresses, in which
        # the names of files are.
        headers = {} if version is None else {"If-Match": version}
        request = urllib.request.Request(address, method="DELETE", headers=headers)  # noqa: S310 - of the bucket
        try:
            with urllib.request.urlopen(request, timeout=self._timeout_seconds):  # noqa: S310
                return True
        except urllib.error.HTTPError as error:
            error.close()
            if error.code in (HTTPStatus.PRECONDITION_FAILED, HTTPStatus.NOT_FOUND):
                return False
            said = f"{self._url} answers {error.code} to a DELETE"
            raise OSError(errno.EIO, said) from None
        except (urllib.error.URLError, TimeoutError) as error:
            said = f"{self._url} does not answer to a DELETE ({type(error).__name__})"
            raise OSError(errno.EIO, said) from None

    def _digest(self, key: str) -> str:
        found = self.find(key)
        sha256 = hashlib.sha256()
        for piece in self.stream(found) if found else ():
            sha256.update(piece)
        return sha256.hexdigest()
