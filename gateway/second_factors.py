"""The second factor: codes of an authenticator app (RFC 6238), and recovery codes.

A secret is encrypted with a key derived from the installation's, and bound to its user: who reads
the database cannot use it, and who writes there cannot give one user the secret of another.
"""

import hashlib
import hmac
import secrets
from datetime import datetime
from functools import cached_property

import pyotp
import segno
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg import Connection

from gateway.http.signing_key import derived_key
from registry.accounts import second_factors
from registry.accounts.portal_users import User
from registry.settings import Settings
from schemas.errors import NotAllowed

ISSUER = "Rosterline"
STEPS_BESIDE = 1
"""A code of the step before or after is right too, because clocks differ and people type slowly."""

RECOVERY_CODES = 10
_RECOVERY_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none looks like another
_RECOVERY_LENGTH = 12
_NONCE_BYTES = 12


class SecondFactors:
    """Second factors of an installation, with keys derived from its own."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def begin(self, connection: Connection, user: User) -> str:
        """Give the user a new secret (base32), which counts once a code of it was confirmed."""
        secret = pyotp.random_base32()
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, secret.encode(), _bound_to(user))
        second_factors.store_secret(connection, user, nonce + sealed)
        return secret

    def secret(self, connection: Connection, user: User) -> str:
        """The user's secret.

        Raises:
            NotAllowed: there is none, or it was encrypted with another installation's key.
        """
        stored = second_factors.find_secret(connection, user)
        if stored is None:
            raise NotAllowed("there is no second factor; set one up first")
        nonce, sealed = stored[:_NONCE_BYTES], stored[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, sealed, _bound_to(user)).decode()
        except InvalidTag:
            raise NotAllowed(
                f"the second factor of {user.name} cannot be read, because signing.key is not the "
                "one it was made with; ask the operator to reset it",
                advice="`rosterline user reset-second-factor`",
            ) from None

    def use_code(self, connection: Connection, user: User, code: str, now: datetime) -> bool:
        """Whether the code is one of the app, or a recovery code; a right one is used up."""
        code = "".join(code.split()).replace("-", "").lower()
        if code.isascii() and code.isdecimal():
            totp = pyotp.TOTP(self.secret(connection, user))
            try:
                step = totp.verify_and_get_timecode(
                    code, for_time=int(now.timestamp()), valid_window=STEPS_BESIDE
                )
            except pyotp.OTPVerificationError:
                return False
            return second_factors.use_step(connection, user, step)
        return second_factors.use_recovery_code(connection, user, self._hmac(user, code))

    def new_recovery_codes(self, connection: Connection, user: User) -> list[str]:
        """Ten new recovery codes of 59 bits, `abcd-efgh-jkmn`; earlier ones no longer count."""
        letters = [
            [secrets.choice(_RECOVERY_LETTERS) for _ in range(_RECOVERY_LENGTH)]
            for _ in range(RECOVERY_CODES)
        ]
        codes = ["".join(each) for each in letters]
        hmacs = [self._hmac(user, each) for each in codes]
        second_factors.replace_recovery_codes(connection, user, hmacs)
        return [f"{each[:4]}-{each[4:8]}-{each[8:]}" for each in codes]

    def _hmac(self, user: User, code: str) -> str:
        key = derived_key(self._settings, "recovery codes")
        return hmac.new(key, _bound_to(user) + code.encode(), hashlib.sha256).hexdigest()

    @cached_property
    def _cipher(self) -> AESGCM:
        return AESGCM(derived_key(self._settings, "second factors"))


def qr_code(user: User, secret: str) -> str:
    """An SVG image that an authenticator app reads the secret from."""
    address = pyotp.TOTP(secret).provisioning_uri(name=user.name, issuer_name=ISSUER)
    made = segno.make(address, error="m", micro=False)
    return made.svg_inline(scale=4, light="#fff", dark="#000", svgclass="qr", lineclass=None)


def _bound_to(user: User) -> bytes:
    return f"user {user.id}:".encode()
