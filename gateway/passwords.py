"""Passwords of portal and SFTP users: generate, judge, hash, verify."""

import re
import secrets
import threading
from collections.abc import Iterable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from schemas.errors import NotAllowed

MIN_PASSWORD = 12
MAX_PASSWORD = 1_000
WEAKEST_SCORE = 3
"""Of zxcvbn's 0 to 4: at least 100 million guesses by somebody who knows its lists."""

_JUDGED_CHARACTERS = 24
# It takes seconds for some passwords of 72 characters, and the first ones say enough.
_LEFT_CHARACTERS = 8
_SHORTEST_WORD = 3

# OWASP's parameters for argon2id (Password Storage Cheat Sheet): each verification takes 19 MiB, so
# that many at once do not exhaust the memory.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# Only two verifications at a time: more would take the memory above without being faster.
_two_at_a_time = threading.BoundedSemaphore(2)
# The library puts the words of one call into a dictionary that all calls share.
_one_at_a_time = threading.Lock()
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


def require_strong(password: str, known_words: Iterable[str]) -> None:
    """Refuse a password that is guessed easily, whoever knows `known_words` of its user.

    Nothing leaves the process: lists of common passwords, names and words come with the library.

    Raises:
        NotAllowed: it is too weak; the message says why, without the password.
    """
    # It loads lists of words, and few processes judge passwords.
    from zxcvbn import zxcvbn  # noqa: PLC0415

    pieces = re.split(r"[^a-z0-9]+", " ".join(["rosterline", *known_words]).lower())
    words = sorted({each for each in pieces if len(each) >= _SHORTEST_WORD}, key=len, reverse=True)
    if len(re.sub("|".join(words), "", password.lower())) < _LEFT_CHARACTERS:
        raise NotAllowed("this password is made of your name or your account's; choose another one")
    with _one_at_a_time:
        judged = zxcvbn(password[:_JUDGED_CHARACTERS], words)
    if judged["score"] < WEAKEST_SCORE:
        why = judged["feedback"]["warning"] or "It is made of few or common parts."
        raise NotAllowed(f"this password is easy to guess. {why} Several uncommon words are better")


def require_new(password: str, hashes: Iterable[str]) -> None:
    """Refuse a password that the user had before.

    Raises:
        NotAllowed: one of the hashes is of this password.
    """
    if any(verify_password(each, password) for each in hashes):
        raise NotAllowed("you had this password before; choose another one")


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
