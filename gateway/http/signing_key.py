"""The installation's key: of a setting, or made once, in the home folder, for its owner only.

Several machines share one, as a file that each of them is given.
It signs links. What the portal encrypts has keys that are derived from it.
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from registry.settings import Settings
from registry.store.durable_files import draft_in, make_durable, storage_errors, sync_folders
from schemas.errors import NotAllowed

FILE_NAME = "signing.key"
_BYTES = 32
_MODE = 0o600


def signing_secret(settings: Settings) -> bytes:
    """The key of `signing_key_file`, or else of the home folder, where the first call makes it.

    Another key makes all links and second factors invalid.

    Raises:
        StorageUnavailable: the file or the home folder cannot be read, or not be written.
        NotAllowed: the file of the setting holds too little for a key.
    """
    if settings.signing_key_file is not None:
        return _given(settings.signing_key_file)
    path = settings.home / FILE_NAME
    with storage_errors("keep the key that signs links", settings.home):
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            with draft_in(settings.home) as draft:
                draft.write(secrets.token_bytes(_BYTES))
                # A hard link, not a rename: it fails if the file exists, so two processes that
                # start together use the same key.
                with suppress(FileExistsError):
                    os.link(make_durable(draft, _MODE), path)
            sync_folders(settings.home)
        return path.read_bytes()


def _given(path: Path) -> bytes:
    with storage_errors("read the key of ROSTERLINE_SIGNING_KEY_FILE", path):
        key = path.read_bytes()
    if len(key) < _BYTES:
        raise NotAllowed(
            f"{path} holds {len(key)} bytes, and the key that signs links has {_BYTES} or more. "
            "Copy signing.key of the home folder there, or make one: openssl rand -out FILE 32"
        )
    return key


def derived_key(settings: Settings, purpose: str) -> bytes:
    """32 bytes for one purpose; they say nothing about the key, nor about other purposes' bytes.

    Raises:
        StorageUnavailable, NotAllowed: as `signing_secret`.
    """
    return HKDF(SHA256(), 32, salt=None, info=purpose.encode()).derive(signing_secret(settings))
