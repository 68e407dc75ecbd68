"""The private keys of an account, which decrypt what its senders encrypt. Each is a file.

    <folder>/<account>.<name>.<kind>
    <folder>/<account>.<name>.<kind>.retired-20261128T013000Z

The folder is flat, and the names have letters, digits, dashes and points, so that a secret of
Kubernetes can be it. The database holds none of this, nor does a copy of it.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import cast, get_args

from registry.accounts.accounts import Account
from registry.settings import Settings
from registry.store.durable_files import draft_in, make_durable, storage_errors, sync_folders
from rosters.containers.key_texts import kind_of_private_key, make_private_key, public_key
from rosters.containers.roster import Keys
from rosters.containers.seals import Kind
from schemas.errors import NotAllowed, NotFound

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_MODE = 0o600
_FORM = "%Y%m%dT%H%M%SZ"
_FILE = re.compile(
    rf"(?P<account>[a-z0-9-]+)\.(?P<name>{NAME.pattern})\.(?P<kind>{'|'.join(get_args(Kind))})"
    r"(\.retired-(?P<retired>\d{8}T\d{6}Z))?"
)


@dataclass(frozen=True)
class FileKey:
    """A private key of an account. A retired one opens only what was received before that."""

    account: str
    name: str
    kind: Kind
    retired_at: datetime | None
    path: Path

    @cached_property
    def public(self) -> tuple[str, str]:
        """The public key, as a sender's program takes it, and its short name.

        Raises:
            NotAllowed: the file holds no private key that can be used.
            StorageUnavailable: it cannot be read.
        """
        with storage_errors("read the private key of an account", self.path):
            text = self.path.read_text("ascii", "replace")
        return public_key(self.kind, text)


def list_file_keys(settings: Settings, account: Account) -> list[FileKey]:
    """The keys of an account, retired ones too, by name.

    Raises:
        StorageUnavailable: the folder cannot be read.
    """
    return _keys_of(settings, account.name)


def keys_for(settings: Settings, account_name: str, received_at: datetime) -> Keys:
    """The keys that may open what the account was sent at that time.

    Nothing is read before a file turns out to be encrypted.
    """

    def keys(kind: Kind) -> Sequence[Path]:
        return [
            key.path
            for key in _keys_of(settings, account_name)
            if key.kind == kind and (key.retired_at is None or received_at < key.retired_at)
        ]

    return keys


def make_file_key(settings: Settings, account: Account, name: str, kind: Kind) -> FileKey:
    """Make a key.

    Raises:
        NotAllowed: the name is malformed or taken.
        StorageUnavailable: the folder cannot be written.
    """
    text = make_private_key(kind, f"Rosterline ({account.name}, {name})")
    return _keep(settings, account, name, kind, text)


def import_file_key(settings: Settings, account: Account, name: str, text: str) -> FileKey:
    """Keep a private key that was made elsewhere.

    Raises:
        NotAllowed: it is none that can be used, or the name is malformed or taken.
        StorageUnavailable: the folder cannot be written.
    """
    return _keep(settings, account, name, kind_of_private_key(text), text)


def retire_file_key(settings: Settings, account: Account, name: str, now: datetime) -> FileKey:
    """Let a key open nothing that is received from now on.

    Raises:
        NotFound: the account has no key of this name that is in use.
        StorageUnavailable: the folder cannot be written.
    """
    key = get_file_key(settings, account, name)
    if key.retired_at is not None:
        raise NotFound(f"key {name!r} of account {account.name!r} was retired already")
    retired = now.astimezone(UTC).replace(microsecond=0)
    path = key.path.with_name(f"{key.path.name}.retired-{retired.strftime(_FORM)}")
    with storage_errors("retire a private key", path.parent):
        key.path.rename(path)
        sync_folders(path.parent)
    return replace(key, retired_at=retired, path=path)


def get_file_key(settings: Settings, account: Account, name: str) -> FileKey:
    """A key of an account by its name.

    Raises:
        NotFound: there is none.
    """
    for key in _keys_of(settings, account.name):
        if key.name == name:
            return key
    raise NotFound(f"account {account.name!r} has no key {name!r} for encrypted files")


def _keep(settings: Settings, account: Account, name: str, kind: Kind, text: str) -> FileKey:
    if not NAME.fullmatch(name):
        raise NotAllowed(
            f"key name {name!r} must be 1 to 40 small letters, digits and dashes, such as 2026-11"
        )
    taken = NotAllowed(f"account {account.name!r} has a key {name!r} already; take another name")
    if any(key.name == name for key in _keys_of(settings, account.name)):
        raise taken
    folder = settings.file_keys_dir
    path = folder / f"{account.name}.{name}.{kind}"
    with storage_errors("keep a private key", folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with draft_in(folder) as draft:
            draft.write(text.encode("ascii", "replace"))
            try:
                # A hard link, not a rename: it fails where another command was faster.
                os.link(make_durable(draft, _MODE), path)
            except FileExistsError:
                raise taken from None
        sync_folders(folder)
    return FileKey(account.name, name, kind, None, path)


def _keys_of(settings: Settings, account_name: str) -> list[FileKey]:
    folder = settings.file_keys_dir
    with storage_errors("read the private keys of accounts", folder):
        paths = sorted(folder.iterdir()) if folder.is_dir() else []
    found = [(path, _FILE.fullmatch(path.name)) for path in paths]
    return [
        FileKey(
            account_name,
            match["name"],
            cast("Kind", match["kind"]),
            _moment(match["retired"]),
            path,
        )
        for path, match in found
        if match and match["account"] == account_name
    ]


def _moment(text: str | None) -> datetime | None:
    return datetime.strptime(text, _FORM).replace(tzinfo=UTC) if text else None
