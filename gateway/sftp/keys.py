"""Public keys, and the server's own host keys."""

from contextlib import suppress
from pathlib import Path

import asyncssh

from gateway.sftp.algorithms import require_strong, restrict_signatures
from registry.accounts.sftp_users import SftpKey
from registry.settings import Settings
from registry.store.durable_files import draft_in, make_durable, storage_errors, sync_folders
from schemas.errors import NotAllowed, StorageUnavailable

HOST_KEYS = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa")
RSA_BITS = 3072
HOST_KEY_MODE = 0o600


def read_public_key(text: str) -> SftpKey:
    """Read a public key, in the form of OpenSSH or of RFC 4716.

    Raises:
        NotAllowed: the text is not a key, or is a private key, or the key is too weak.
    """
    if "PRIVATE KEY" in text:
        raise NotAllowed("this is a private key, which must stay with its owner; give the .pub")
    try:
        key = asyncssh.import_public_key(text)
    except asyncssh.KeyImportError as error:
        raise NotAllowed(f"this is no SSH public key: {error}") from error
    require_strong(key)
    return SftpKey(key.get_fingerprint(), key.export_public_key("openssh").decode().strip())


def host_keys(settings: Settings) -> list[asyncssh.SSHKey]:
    """The keys by which customers recognise the server.

    Those of `sftp_host_key_files`; or else of the home folder, where the first call makes them.

    Raises:
        StorageUnavailable: the keys cannot be read or written, or are damaged.
    """
    if settings.sftp_host_key_files:
        return [_given_key(Path(each)) for each in settings.sftp_host_key_files]
    folder = settings.sftp_dir
    with storage_errors("keep the SFTP server's host keys", folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return [_host_key(folder, algorithm) for algorithm in HOST_KEYS]


def usable_host_keys(settings: Settings) -> list[asyncssh.SSHKey]:
    """The host keys that have a signature which the settings accept.

    Raises:
        StorageUnavailable: as `host_keys`.
        NotAllowed: none has one.
    """
    usable = [key for key in host_keys(settings) if restrict_signatures(settings, key)]
    if not usable:
        raise NotAllowed(
            "no host key can sign by the algorithms that are set",
            advice="name one of ssh-ed25519, ecdsa-sha2-nistp256, rsa-sha2-256 in "
            "ROSTERLINE_SFTP_SIGNATURES",
        )
    return usable


def _given_key(path: Path) -> asyncssh.SSHKey:
    with storage_errors("read a key of ROSTERLINE_SFTP_HOST_KEY_FILES", path):
        text = path.read_bytes()
    try:
        key = asyncssh.import_private_key(text)
        require_strong(key)
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError, NotAllowed) as error:
        raise StorageUnavailable(
            f"{path} of ROSTERLINE_SFTP_HOST_KEY_FILES is no host key that can be used: {error}. "
            "It is to be a private key in OpenSSH's form without a passphrase."
        ) from error
    return key


def _host_key(folder: Path, algorithm: str) -> asyncssh.SSHKey:
    path = folder / f"ssh_host_{algorithm.removeprefix('ssh-').partition('-')[0]}_key"
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
