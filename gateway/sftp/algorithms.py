"""Which algorithms of the settings are in force, for connections and for keys.

asyncssh tells clients which signatures we accept, and then accepts any that it knows itself; so the
keys themselves are restricted.
"""

from typing import Any

import asyncssh
from asyncssh.encryption import get_encryption_algs
from asyncssh.kex import get_kex_algs

from registry.settings.sftp import SftpSettings
from schemas.errors import NotAllowed

MIN_RSA_BITS = 2048


def connection_options(settings: SftpSettings) -> dict[str, Any]:
    """The algorithms of a connection, as options of asyncssh.

    What the installed cryptography cannot do is left out.
    """
    return {
        "kex_algs": _known(settings.sftp_algorithms("key_exchanges"), get_kex_algs()),
        "encryption_algs": _known(settings.sftp_algorithms("ciphers"), get_encryption_algs()),
        "mac_algs": settings.sftp_algorithms("macs"),
        "signature_algs": settings.sftp_algorithms("signatures"),
        "compression_algs": None,
    }


def restrict_signatures(settings: SftpSettings, key: asyncssh.SSHKey) -> bool:
    """Let a key sign, or be verified, by accepted signatures only; False if it has none."""
    accepted = {name.encode() for name in settings.sftp_algorithms("signatures")}
    key.sig_algorithms = tuple(name for name in key.sig_algorithms if name in accepted)
    key.all_sig_algorithms = set(key.sig_algorithms)
    return bool(key.sig_algorithms)


def require_strong(key: asyncssh.SSHKey) -> None:
    """Refuse a key that can be broken, whichever profile is set.

    Raises:
        NotAllowed: it is a DSA key, or an RSA key of less than `MIN_RSA_BITS`.
    """
    if key.get_algorithm() == "ssh-dss":
        raise NotAllowed(f"DSA keys are not accepted; {_INSTEAD}")
    bits = getattr(key.pyca_key, "key_size", 0)
    if key.get_algorithm() == "ssh-rsa" and bits < MIN_RSA_BITS:
        raise NotAllowed(
            f"an RSA key must have at least {MIN_RSA_BITS} bits, this one has {bits}; {_INSTEAD}"
        )


_INSTEAD = "make a new one: ssh-keygen -t ed25519"


def _known(names: tuple[str, ...], known: list[bytes]) -> tuple[str, ...]:
    return tuple(name for name in names if name.encode() in known)
