"""Public keys, and the server's own host keys."""

from contextlib import suppress
from pathlib import Path

import asyncssh

from registry.accounts.sftp_users import SftpKey
from registry.landing.durable_files import draft_in, make_durable, storage_errors, sync_folders
from registry.settings import Settings
from schemas.errors import NotAllowed, StorageUnavailable

HOST_KEYS = ("ssh-ed25519", "ssh-rsa")
RSA_BITS = 3072
HOST_KEY_MODE = 0o600


def read_public_key(text: str) -> SftpKey:
    """Read a public key, in the form of OpenSSH or of RFC 4716.

    Raises:
        NotAllowed: the text is not a key, or is a private key.
    """
    if "PRIVATE KEY" in text:
        raise NotAllowed("this is a private key, which must stay with its owner; give the .pub")
    try:
        key = asyncssh.import_public_key(text)
    except asyncssh.KeyImportError as error:
        raise NotAllowed(f"this is no SSH public key: {error}") from error
    return SftpKey(key.get_fingerprint(), key.export_public_key("openssh").decode().strip())


def host_keys(settings: Settings) -> list[asyncssh.SSHKey]:
    """The keys by which customers recognise the server; the first call makes them.

    Raises:
        StorageUnavailable: the keys cannot be read or written, or are damaged.
    """
    folder = settings.sftp_dir
    with storage_errors("keep the SFTP server's host keys", folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return [_host_key(folder, algorithm) for algorithm in HOST_KEYS]


def _host_key(folder: Path, algorithm: str) -> asyncssh.SSHKey:
    path = folder / f"ssh_host_{algorithm.removeprefix('ssh-')}_key"
    if not path.exists():
        made = (
            asyncssh.generate_private_key(algorithm, key_size=RSA_BITS)
            if algorithm == "ssh-rsa"
            else asyncssh.generate_private_key(algorithm)
        )
        # Linking fails if another process was faster; then its key is read below.
        with draft_in(folder) as draft, suppress(FileExistsError):
            draft.write(made.export_private_key("openssh"))
            path.hardlink_to(make_durable(draft, HOST_KEY_MODE))
        sync_folders(folder)
    try:
        return asyncssh.read_private_key(str(path))
    except asyncssh.KeyImportError as error:
        raise StorageUnavailable(
            f"The SFTP server's host key {path} is damaged. Put it back from a copy. If there "
            "is none, remove the file, and a new key is made; inform the customers before, because "
            "their clients will warn of another server."
        ) from error
