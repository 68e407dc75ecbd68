"""Bans after too many failed sign-ins, of an address and a user together: over SFTP, at the portal.

A try is counted before it is judged, in PostgreSQL: guesses that come at the same time, over
whichever server process, are judged as many times as the limit says. What is counted is the pair
of address and user, so a stranger's guesses never lock out the user at their own address.

Beside the pair, two wider counts limit guesses that are spread: of one address over all users, and
of one user over all addresses. A pair that signed in during the last `KNOWN_DAYS` neither counts
there nor is refused because of them. Codes of the second factor, and mails with a link, are limited
for the user as strictly as for the pair: only who knows the password gets to guess a code, and a
link goes to the user, whoever asks for it.

begin_try ─▶ None: refused, and not judged
          ─▶ Try ─▶ the door judges ─▶ note_failure, note_success
"""

import ipaddress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, get_args

from psycopg import Connection, Rollback
from psycopg.rows import class_row

from registry.accounts.activity_log import AccessEvent, record
from registry.database.statements import Statements
from registry.settings import Settings

Kind = Literal["sftp_password", "sftp_key", "portal_password", "portal_code", "portal_link"]
"""What is tried; `portal_link` is a link that is asked for by mail. Kinds are counted apart."""

KINDS: tuple[Kind, ...] = get_args(Kind)

TIMES_FOR_MANY = 10
"""At the portal, how many times as many tries an address has for all users, and a user from all
addresses."""

KNOWN_DAYS = 30
"""How long a pair of address and user counts as known after it signed in."""

ANY = ""

_IPV6_PREFIX = 64
_WHAT = {
    "sftp_password": "wrong passwords",
    "sftp_key": "connections with unknown keys",
    "portal_password": "wrong passwords",
    "portal_code": "wrong codes",
    "portal_link": "requests for a link",
}
_STRICT_FOR_USER = ("portal_code", "portal_link")
_SQL = Statements(__file__)


@dataclass(frozen=True)
class Limits:
    """How many tries may be judged, and for how many seconds they count.

    `pair` is of an address and a user, `address` of one over all users, `user` of one over all
    addresses.
    """

    pair: int
    address: int
    user: int
    seconds: float


def limits_of(settings: Settings, kind: Kind) -> Limits:
    """The limits of a kind of tries, as the settings have them."""
    if kind.startswith("sftp"):
        most, of_many = settings.sftp_max_failures, settings.sftp_max_spread_failures
        return Limits(most, of_many, of_many, settings.sftp_ban_minutes * 60)
    most = settings.sign_in_max_guesses
    of_many = most * TIMES_FOR_MANY
    of_user = most if kind in _STRICT_FOR_USER else of_many
    return Limits(most, of_many, of_user, settings.sign_in_lock_minutes * 60)


@dataclass(frozen=True)
class Counted:
    """A count that a try is in: whose, and the try's number in it. `ANY` is any."""

    address: str
    user_name: str
    number: int
    most: int


@dataclass(frozen=True)
class Try:
    """A try that is counted and may be judged."""

    kind: Kind
    counted: tuple[Counted, ...]


@dataclass(frozen=True)
class Ban:
    """A count that is full. None as address or user: any."""

    kind: str
    address: str | None
    user_name: str | None
    tries: int
    since: datetime
    until: datetime


def begin_try(
    connection: Connection, settings: Settings, kind: Kind, *, address: str, user_name: str
) -> Try | None:
    """Count a try; None if there were too many, and then it must not be judged.

    With `ANY` as user name, which no user has, it counts for the address only.

    It is a transaction of its own, so it must not be called within another one: a try that is
    judged before its count is committed is not counted for those that come with it.
    """
    place, limits = network_of(address), limits_of(settings, kind)
    of_address = Counted(place, ANY, 0, limits.address)
    counts: tuple[Counted, ...] = (
        Counted(place, user_name, 0, limits.pair),
        of_address,
        Counted(ANY, user_name, 0, limits.user),
    )
    if user_name == ANY:
        counts = (of_address,)
    counted: list[Counted] = []
    attempt: Try | None = None
    with connection.transaction() as counting:
        # A crash of PostgreSQL may forget the last tries; that is cheaper than a sync for each.
        connection.execute("SET LOCAL synchronous_commit = off")
        for each in counts:
            number, is_known = _count(connection, limits, each, kind)
            if number > each.most:
                # Without the counts of the others: a banned pair must not fill those of its user.
                raise Rollback(counting)
            counted.append(replace(each, number=number))
            if is_known and kind not in _STRICT_FOR_USER:
                break
        attempt = Try(kind, tuple(counted))
    return attempt  # noqa: RET504 - None where it was rolled back


def note_failure(connection: Connection, attempt: Try, event: AccessEvent) -> bool:
    """Record a try that failed, and the ban if it was the last that was allowed.

    The caller commits. Returns whether it led to a ban.
    """
    record(connection, event)
    return note_bans(connection, attempt, event)


def note_bans(connection: Connection, attempt: Try, event: AccessEvent) -> bool:
    """Record the bans that a try led to, if it was the last that was allowed. The caller commits.

    Returns whether there is one. `event` says whose try it was.
    """
    full = [each for each in attempt.counted if each.number == each.most]
    for each in full:
        ban = AccessEvent(
            "ban",
            account_id=event.account_id if each.user_name else None,
            address=each.address or None,
            user_name=each.user_name or None,
            detail=f"{each.most} {_WHAT[attempt.kind]}",
            door=event.door,
        )
        record(connection, ban)
    return bool(full)


def note_success(connection: Connection, attempt: Try) -> None:
    """The user signed in: their tries from this address begin anew. The caller commits."""
    connection.execute(
        _SQL["note_sign_in"],
        {
            "kind": attempt.kind,
            "addresses": [each.address for each in attempt.counted],
            "user_names": [each.user_name for each in attempt.counted],
            "users_begin_anew": attempt.kind in _STRICT_FOR_USER,
        },
    )


def note_known(connection: Connection, kind: Kind, *, address: str, user_name: str) -> None:
    """The user proved who they are otherwise: as if they had signed in from this address.

    The caller commits.
    """
    connection.execute(
        _SQL["note_known"],
        {"kind": kind, "address": network_of(address), "user_name": user_name},
    )


def list_bans(
    connection: Connection,
    settings: Settings,
    *,
    kind: Kind | None = None,
    address: str | None = None,
) -> list[Ban]:
    """The bans that hold now, the newest first; only those of a kind, or of an address."""
    with connection.cursor(row_factory=class_row(Ban)) as cursor:
        return cursor.execute(
            _SQL["list_bans"],
            {
                **_of_kinds(settings, KINDS if kind is None else (kind,)),
                "address": address and network_of(address),
            },
        ).fetchall()


def unban(connection: Connection, *, address: str | None = None, user: str | None = None) -> None:
    """Lift all bans of an address, or of a user; failures before it no longer count."""
    connection.execute(
        "UPDATE sign_in_count SET tries = 0 WHERE address = %s OR user_name = %s",
        (address and network_of(address), user),
    )
    record(connection, AccessEvent("unban", address=address, user_name=user))


def forget_old_tries(connection: Connection, settings: Settings) -> None:
    """Delete counts that say nothing any more. The caller commits."""
    connection.execute(
        _SQL["forget_tries"],
        {**_of_kinds(settings, KINDS), "known_days": KNOWN_DAYS},
    )


def _of_kinds(settings: Settings, kinds: tuple[Kind, ...]) -> dict[str, list[object]]:
    """The limits of kinds, as lists of the same order."""
    limits = [limits_of(settings, kind) for kind in kinds]
    return {
        "kinds": list(kinds),
        "of_pair": [each.pair for each in limits],
        "of_address": [each.address for each in limits],
        "of_user": [each.user for each in limits],
        "seconds": [float(each.seconds) for each in limits],
    }


def _count(connection: Connection, limits: Limits, whose: Counted, kind: Kind) -> tuple[int, bool]:
    """(the number of this try in the count, whether the pair is known)."""
    row = connection.execute(
        _SQL["count_try"],
        {
            "kind": kind,
            "address": whose.address,
            "user_name": whose.user_name,
            "most": whose.most,
            "window_seconds": limits.seconds,
            "known_days": KNOWN_DAYS,
        },
    ).fetchone()
    return row or (0, False)


def network_of(address: str) -> str:
    """What counts as one address: an IPv4 address itself, the /64 of an IPv6 address.

    A subscriber has at least a /64 of IPv6, with an address for each guess.

    Example:
        `2001:db8::7` → `2001:db8::/64`; `::ffff:192.0.2.7` → `192.0.2.7`.
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is None:
            return str(ipaddress.ip_network((found, _IPV6_PREFIX), strict=False))
        return str(found.ipv4_mapped)
    return str(found)
