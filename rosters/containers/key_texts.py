"""Private keys as text: made, judged, and the public key that a sender is given.

The two libraries are loaded only here and in the process that decrypts.
"""

import re

from rosters.containers.seals import Kind
from schemas.errors import NotAllowed

_OPENPGP_KEY = "-----BEGIN PGP PRIVATE KEY BLOCK-----"
_AGE_KEY = re.compile(r"^AGE-SECRET-KEY-1[0-9A-Z]+$", re.MULTILINE)


def make_private_key(kind: Kind, owner: str) -> str:
    """A new private key without a passphrase and without an end; `owner` is in OpenPGP's name."""
    if kind == "age":
        from pyrage import x25519  # noqa: PLC0415 - see above

        return f"{x25519.Identity.generate()}\n"
    from pysequoia import Tsk  # noqa: PLC0415

    return str(Tsk.generate(user_id=owner))


def kind_of_private_key(text: str) -> Kind:
    """Which kind of key this is.

    Raises:
        NotAllowed: it is no private key that can be used; it says what to do.
    """
    kind: Kind = "age" if _AGE_KEY.search(text) else "openpgp"
    public_key(kind, text)
    return kind


def public_key(kind: Kind, text: str) -> tuple[str, str]:
    """The public key of a private one, as a sender's program takes it, and its short name.

    The short name is the fingerprint in OpenPGP; an age key is short enough to be its own.

    Raises:
        NotAllowed: it is no private key that can be used; it says what to do.
    """
    return _of_age(text) if kind == "age" else _of_openpgp(text)


def _of_age(text: str) -> tuple[str, str]:
    from pyrage import IdentityError, x25519  # noqa: PLC0415

    try:
        found = _AGE_KEY.findall(text)
        (public,) = [str(x25519.Identity.from_str(each).to_public()) for each in found]
    except (IdentityError, ValueError):
        raise NotAllowed(
            "the file holds no age key, or several; write one that age-keygen made"
        ) from None
    return public, public


def _of_openpgp(text: str) -> tuple[str, str]:
    from pysequoia import Tsk  # noqa: PLC0415

    try:
        # A public key would be read as a private one without complaint.
        key = Tsk.from_bytes(text.encode()) if _OPENPGP_KEY in text else None
    except (RuntimeError, ValueError):
        key = None
    if key is None:
        raise NotAllowed(
            "the file holds no private key of OpenPGP or age; export one with "
            "`gpg --armor --export-secret-keys NAME`"
        )
    try:
        key.decryptor()
    except (RuntimeError, ValueError):
        raise NotAllowed(
            "the private key has a passphrase, or no part that decrypts; take the passphrase off "
            "with `gpg --edit-key NAME passwd`, and export it again"
        ) from None
    certificate = key.extract_certificate()
    return str(certificate), certificate.fingerprint
