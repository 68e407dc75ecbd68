"""Channels by Apprise: those of operators (`ROSTERLINE_NOTIFY_URLS`), and those of accounts.

What is shown of an address never holds its password or token.
"""

import re
from collections.abc import Iterable
from email.utils import parseaddr
from urllib.parse import quote, unquote, urlencode

from registry.notifications.account_channels import AccountChannel
from registry.settings import Settings
from schemas.errors import NotAllowed

ACCOUNT_CHANNEL = "account-channel "
"""How the id of an account's channel begins in the ledger."""

_SHORTEST_SECRET = 5
_LONGEST_FAULT = 300


class Channel:
    """One address; `id` names it in the ledger, `name` is what people are shown of it."""

    def __init__(self, address: str, *, source: str = "ROSTERLINE_NOTIFY_URLS") -> None:
        # It loads in a second, and only who tells something needs it.
        from apprise import Apprise  # noqa: PLC0415

        found = Apprise.instantiate(address, suppress_exceptions=True)
        if found is None:
            scheme = address.partition("://")[0] if "://" in address else "an address"
            raise NotAllowed(
                f"{source} cannot be read: {scheme[:20]} is no address that Apprise "
                "knows, or lacks a part; write several with spaces between, and special "
                "characters of a password as %XX"
            )
        self._found = found
        self.id = str(found.url_id())
        scheme, _, rest = str(found.url(privacy=True)).partition("://")
        # What follows the host may be a token.
        self.name = f"{scheme}://{re.split('[/?]', rest)[0]}"
        self._secrets = _secrets_in(address, self.name)

    def send(self, title: str, body: str) -> str | None:
        """Send a message; why the channel did not take it, None where it did."""
        from apprise import LogCapture, logging  # noqa: PLC0415 - as above

        with LogCapture(level=logging.WARNING, fmt="%(message)s") as said:
            is_sent = self._found.notify(body=body, title=title, body_format="text")
            fault = " ".join(said.getvalue().split())
        if is_sent:
            return None
        for secret in self._secrets:
            fault = fault.replace(secret, "…")
        return (fault or "it was refused, without a reason")[:_LONGEST_FAULT]


def channels_of(settings: Settings) -> list[Channel]:
    """The channels that are set; none means that nobody is told.

    Raises:
        NotAllowed: an address cannot be read; the message does not quote it.
    """
    urls = settings.notify_urls
    return [Channel(each) for each in (urls.get_secret_value().split() if urls else ())]


def channel_of_account(settings: Settings, of: AccountChannel) -> Channel:
    """The channel of an account; a plain e-mail address is reached over the mail server.

    Raises:
        NotAllowed: the address cannot be read, or there is no mail server.
    """
    address = of.address if "://" in of.address else _by_mail(settings, of.address)
    channel = Channel(address, source=f"channel {of.name!r} of account {of.account!r}")
    channel.id = f"{ACCOUNT_CHANNEL}{of.id}"
    return channel


def shown_address(settings: Settings, of: AccountChannel) -> str:
    """What people see of a channel's address: an e-mail address, or a service and its host."""
    if "://" not in of.address:
        return of.address
    try:
        return channel_of_account(settings, of).name
    except NotAllowed:
        return of.address.partition("://")[0]


def _by_mail(settings: Settings, address: str) -> str:
    if not settings.smtp_host:
        raise NotAllowed(
            "there is no mail server for e-mail addresses", advice="set ROSTERLINE_SMTP_HOST"
        )
    mode = {"starttls": "starttls", "tls": "ssl", "none": "insecure"}[settings.smtp_security]
    user, password = settings.smtp_user, settings.smtp_password
    signs_in = ""
    if user and password:
        signs_in = f"{quote(user, safe='')}:{quote(password.get_secret_value(), safe='')}@"
    _, sender = parseaddr(settings.smtp_from or "")
    asked = urlencode({"from": sender, "to": address, "mode": mode, "smtp": settings.smtp_host})
    scheme = "mailto" if mode == "insecure" else "mailtos"
    return f"{scheme}://{signs_in}{settings.smtp_host}:{settings.smtp_port}?{asked}"


def _secrets_in(address: str, shown: str) -> Iterable[str]:
    """Pieces of the address that are not shown, as they are written and as they are meant."""
    pieces = [piece for piece in re.split(r"[/:@?&=]+", address) if len(piece) >= _SHORTEST_SECRET]
    both = {form for piece in pieces for form in (piece, unquote(piece))}
    return sorted((piece for piece in both if piece not in shown), key=len, reverse=True)
