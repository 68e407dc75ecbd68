"""The check of the channels over which operators are told."""

from collections.abc import Iterator

from psycopg import Connection

from cli.installation.check import Check
from registry.notifications.told import silent_channels
from registry.settings import Settings
from schemas.errors import NotAllowed


def check_channels(settings: Settings, connection: Connection) -> Iterator[Check]:
    """Whether each channel took the newest message; nothing where no channel is set."""
    if settings.notify_urls is None:
        return
    # It loads Apprise, which only an installation with channels needs.
    from registry.notifications.channels import channels_of  # noqa: PLC0415

    try:
        names = {each.id: each.name for each in channels_of(settings)}
    except NotAllowed as error:
        yield Check("notifications", "fail", "the channels cannot be read", str(error))
        return
    silent = silent_channels(connection, list(names))
    for each in silent:
        lost = f"; {each.given_up} were given up" if each.given_up else ""
        found = f"{names[each.channel]} took no message: {each.fault}; {each.waiting} wait{lost}"
        yield Check("notifications", "fail", found, "mend it, then try `rosterline notify test`")
    if not silent:
        yield Check("notifications", "ok", f"{len(names)} channels, none refused the last message")
