"""Passwords of the doors: made, hashed, and compared."""

import secrets
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from schemas.errors import NotAllowed

MIN_PASSWORD = 12
MAX_PASSWORD = 1_000

# OWASP's parameters for argon2id (Password Storage Cheat Sheet): 19 MiB a try, so that many at
# once do not use the memory up.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# As many at a time as there are cores to gain from: each takes the memory above.
_at_once = threading.BoundedSemaphore(2)
_NOBODY = _hasher.hash(secrets.token_hex())


def new_password() -> str:
    """A password nobody can guess, of letters, digits, `-` and `_`."""
    return secrets.token_urlsafe(18)


def hash_password(password: str) -> str:
    """The argon2 hash to store.

    Raises:
        NotAllowed: it is too short, or far too long.
    """
    if len(password) > MAX_PASSWORD:
        raise NotAllowed(f"a password must have at most {MAX_PASSWORD} characters")
    if len(password) < MIN_PASSWORD:
        raise NotAllowed(f"a password must have at least {MIN_PASSWORD} characters")
    return _hasher.hash(password)


def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether the password is the one; takes as long when there is none to compare with."""
    try:
        with _at_once:
            _hasher.verify(password_hash or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None
