"""Which algorithms the SFTP server may offer, and which of them each profile offers.

The modern ones stand first, in the order of preference; those that only `LEGACY` has are for
clients from before 2016. Not even `LEGACY` has DSA, RC4, 3DES, MD5, groups of 1024 bits, or group
exchanges: the library that serves hands out such a small group to whoever asks for one.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Profile = Literal["modern", "legacy"]
Kind = Literal["key_exchanges", "ciphers", "macs", "signatures"]

MODERN: Mapping[Kind, tuple[str, ...]] = MappingProxyType(
    {
        "key_exchanges": (
            "mlkem768x25519-sha256",
            "curve25519-sha256",
            "curve25519-sha256@libssh.org",
            "ecdh-sha2-nistp256",
            "ecdh-sha2-nistp384",
            "ecdh-sha2-nistp521",
            "diffie-hellman-group14-sha256",
            "diffie-hellman-group16-sha512",
            "diffie-hellman-group18-sha512",
        ),
        # Those that processors accelerate. A client picks its favourite of those that a server
        # offers; OpenSSH's is ChaCha20, and with it an upload took two fifths longer.
        "ciphers": (
            "aes128-gcm@openssh.com",
            "aes256-gcm@openssh.com",
            "aes256-ctr",
            "aes128-ctr",
        ),
        "macs": (
            "hmac-sha2-256-etm@openssh.com",
            "hmac-sha2-512-etm@openssh.com",
            "hmac-sha2-256",
            "hmac-sha2-512",
        ),
        "signatures": (
            "ssh-ed25519",
            "sk-ssh-ed25519@openssh.com",
            "ecdsa-sha2-nistp256",
            "ecdsa-sha2-nistp384",
            "ecdsa-sha2-nistp521",
            "sk-ecdsa-sha2-nistp256@openssh.com",
            "rsa-sha2-256",
            "rsa-sha2-512",
        ),
    }
)

LEGACY: Mapping[Kind, tuple[str, ...]] = MappingProxyType(
    {
        "key_exchanges": (*MODERN["key_exchanges"], "diffie-hellman-group14-sha1"),
        "ciphers": (*MODERN["ciphers"], "aes256-cbc", "aes128-cbc"),
        "macs": (*MODERN["macs"], "hmac-sha1"),
        "signatures": (*MODERN["signatures"], "ssh-rsa"),
    }
)

PROFILES: Mapping[Profile, Mapping[Kind, tuple[str, ...]]] = MappingProxyType(
    {"modern": MODERN, "legacy": LEGACY}
)


def require_known(kind: Kind, names: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """The names without repeats.

    Raises:
        ValueError: one of them is unknown, or never offered; or there is none.
    """
    if names is None:
        return None
    if not names:
        raise ValueError(f"name at least one of: {', '.join(LEGACY[kind])}")
    for name in names:
        if name not in LEGACY[kind]:
            raise ValueError(f"{name!r} is none of: {', '.join(LEGACY[kind])}")
    return tuple(dict.fromkeys(names))
