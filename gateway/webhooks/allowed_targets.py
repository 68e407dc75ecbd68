"""Where webhooks may go: not into networks that only we can reach.

A name is resolved once, all its addresses are judged, and the connection goes to one that was:
resolving it again for connecting could give another answer.
"""

import asyncio
import ipaddress
import re
import socket
from dataclasses import dataclass

import httpx

from schemas.errors import NotAllowed

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# An IPv4 address inside, which gateways unwrap; is_global judges the wrapping alone.
_WRAPPED = tuple(ipaddress.ip_network(each) for each in ("64:ff9b::/96", "64:ff9b:1::/48"))
_RESOLVE_SECONDS = 3.0

HOST = re.compile(r"[\w.-]{1,253}|[0-9a-fA-F:.]{2,45}(%\w+)?")
"""A name, in any script, or an address; url.host has no brackets."""

MAX_PORT = 65_535


class TargetRefused(NotAllowed):
    """An address that webhooks do not go to."""

    code = "target_refused"


@dataclass(frozen=True)
class Target:
    """An address that was judged: connect to `url`, in the name of `host`."""

    url: httpx.URL
    host: str
    host_header: str


def parse(text: str, *, private: bool) -> httpx.URL:
    """The URL, if webhooks can go there as far as can be told without resolving its name.

    Raises:
        TargetRefused: it is none, or of a kind that is not used.
    """
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError) as error:
        raise TargetRefused("webhookUrl is no URL") from error
    if url.scheme not in (("http", "https") if private else ("https",)) or not url.host:
        raise TargetRefused("webhookUrl must begin with https:// and name a host")
    # The library takes any character for one of a host's name, and any number for a port.
    if not HOST.fullmatch(url.host) or (url.port is not None and not 0 < url.port <= MAX_PORT):
        raise TargetRefused("webhookUrl names no host or port that there can be")
    if url.userinfo or not text.isprintable():
        raise TargetRefused("webhookUrl must hold no user name, password or control characters")
    return url.copy_with(fragment=None)


async def resolve(text: str, *, private: bool) -> Target:
    """Look the host up and judge all its addresses; `private` lets any of them pass.

    Raises:
        TargetRefused: it has no address, or one in a network of ours.
    """
    url = parse(text, private=private)
    port = url.port or (443 if url.scheme == "https" else 80)
    try:
        async with asyncio.timeout(_RESOLVE_SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(
                url.host, port, type=socket.SOCK_STREAM
            )
    except (OSError, UnicodeError, TimeoutError) as error:
        raise TargetRefused("the host of webhookUrl cannot be found") from error
    addresses = [str(address[0]) for *_, address in found]
    if not private and not all(is_public(each) for each in addresses):
        raise TargetRefused("the host of webhookUrl is in a private network")
    host_header = url.netloc.decode("ascii")
    return Target(url.copy_with(host=addresses[0]), url.host, host_header)


def is_public(text: str) -> bool:
    """Whether an address is one of the open internet."""
    address: IpAddress = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return is_public(str(address.ipv4_mapped))
        if address.sixtofour or address.teredo or any(address in net for net in _WRAPPED):
            return False
    return address.is_global and not address.is_multicast
