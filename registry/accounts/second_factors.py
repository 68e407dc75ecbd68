"""Storage of second factors: an encrypted secret for each user, and recovery codes.

What is stored is of no use without the installation's key, which is not in the database.
"""

from collections.abc import Iterable
from datetime import datetime

from psycopg import Connection

from registry.accounts.portal_users import User


def store_secret(connection: Connection, user: User, secret: bytes) -> None:
    """Keep the encrypted secret of a factor that is being set up, in place of an earlier one."""
    connection.execute(
        "INSERT INTO portal_second_factor (user_id, secret) VALUES (%s, %s)"
        " ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, last_step = 0",
        (user.id, secret),
    )


def find_secret(connection: Connection, user: User) -> bytes | None:
    """The encrypted secret, if there is one."""
    found = connection.execute(
        "SELECT secret FROM portal_second_factor WHERE user_id = %s", (user.id,)
    ).fetchone()
    return bytes(found[0]) if found else None


def use_step(connection: Connection, user: User, step: int) -> bool:
    """Use the code of this step up; False where it, or a later one, was used before."""
    used = connection.execute(
        "UPDATE portal_second_factor SET last_step = %(step)s"
        " WHERE user_id = %(user)s AND last_step < %(step)s",
        {"user": user.id, "step": step},
    )
    return used.rowcount == 1


def switch_on(connection: Connection, user: User, now: datetime) -> None:
    """Ask for codes from now on; all of the user's sessions are over."""
    _set_since(connection, user, now)


def switch_off(connection: Connection, user: User) -> None:
    """Remove the factor with its recovery codes; all of the user's sessions are over."""
    for table in ("portal_second_factor", "portal_recovery_code"):
        connection.execute(f"DELETE FROM {table} WHERE user_id = %s", (user.id,))
    _set_since(connection, user, None)


def replace_recovery_codes(connection: Connection, user: User, hmacs: Iterable[str]) -> None:
    """Keep these recovery codes, and no earlier ones."""
    connection.execute("DELETE FROM portal_recovery_code WHERE user_id = %s", (user.id,))
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO portal_recovery_code (user_id, hmac) VALUES (%s, %s)",
            [(user.id, each) for each in hmacs],
        )


def use_recovery_code(connection: Connection, user: User, hmac: str) -> bool:
    """Use a recovery code up; False where the user has no such one."""
    used = connection.execute(
        "DELETE FROM portal_recovery_code WHERE user_id = %s AND hmac = %s", (user.id, hmac)
    )
    return used.rowcount == 1


def count_recovery_codes(connection: Connection, user: User) -> int:
    """How many recovery codes are left."""
    found = connection.execute(
        "SELECT count(*) FROM portal_recovery_code WHERE user_id = %s", (user.id,)
    ).fetchone()
    return int(found[0]) if found else 0


def _set_since(connection: Connection, user: User, since: datetime | None) -> None:
    connection.execute(
        "UPDATE portal_user SET second_factor_at = %s, session_generation = session_generation + 1"
        " WHERE id = %s",
        (since, user.id),
    )
