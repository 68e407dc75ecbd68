"""Passwords of portal and SFTP users: generate, hash, verify."""

import secrets
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from schemas.errors import NotAllowed

MIN_PASSWORD = 12
MAX_PASSWORD = 1_000

# OWASP's parameters for argon2id (Password Storage Cheat Sheet): each verification takes 19 MiB, so
# that many at once do not exhaust the memory.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# Only two verifications at a time: more would take the memory above without being faster.
_two_at_a_time = threading.BoundedSemaphore(2)
_HASH_OF_NOBODY = _hasher.hash(secrets.token_hex())


def new_password() -> str:
    """A random password of 24 letters, digits, `-` and `_` (144 bits)."""
    return secrets.token_urlsafe(18)


def hash_password(password: str) -> str:
    """The argon2 hash to store.

    Raises:
        NotAllowed: the password is shorter than `MIN_PASSWORD` or longer than `MAX_PASSWORD`.
    """
    if len(password) > MAX_PASSWORD:
        raise NotAllowed(f"a password must have at most {MAX_PASSWORD} characters")
    if len(password) < MIN_PASSWORD:
        raise NotAllowed(f"a password must have at least {MIN_PASSWORD} characters")
    return _hasher.hash(password)


def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether the password belongs to the hash.

    It takes as long without a hash, so that the time does not reveal whether a user exists.
    """
    try:
        with _two_at_a_time:
            _hasher.verify(password_hash or _HASH_OF_NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None
