"""The key that signs links: made once, in the home folder, readable by its owner only."""

import os
import secrets
from contextlib import suppress

from registry.landing.durable_files import draft_in, settle, storage_errors, sync_folders
from registry.settings import Settings

FILE_NAME = "signing.key"
_BYTES = 32
_MODE = 0o600


def signing_secret(settings: Settings) -> bytes:
    """The key; the first call makes it. Removing its file makes all links invalid.

    Raises:
        StorageUnavailable: the home folder cannot be read or written.
    """
    path = settings.home / FILE_NAME
    with storage_errors("keep the key that signs links", settings.home):
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            with draft_in(settings.home) as draft:
                draft.write(secrets.token_bytes(_BYTES))
                # A hard link, not a rename: it fails if the file exists, so two processes that
                # start together use the same key.
                with suppress(FileExistsError):
                    os.link(settle(draft, _MODE), path)
            sync_folders(settings.home)
        return path.read_bytes()
