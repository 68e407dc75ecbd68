"""Where webhooks may go: not into private networks, which only this server can reach.

A host name is resolved once, all its addresses are checked, and the connection goes to one of
them. To resolve the name again for the connection could give an address that was not checked.
"""

import asyncio
import ipaddress
import re
import socket
from dataclasses import dataclass

import httpx

from schemas.errors import NotAllowed

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# Addresses that hold an IPv4 address, which NAT64 gateways unwrap; is_global does not look at it.
_WRAPPED = tuple(ipaddress.ip_network(each) for each in ("64:ff9b::/96", "64:ff9b:1::/48"))
_RESOLVE_SECONDS = 3.0

HOST = re.compile(r"[\w.-]{1,253}|[0-9a-fA-F:.]{2,45}(%\w+)?")
"""A host name, in any script, or an address without brackets, as `httpx.URL.host` gives it."""

MAX_PORT = 65_535


class TargetRefused(NotAllowed):
    """Webhooks are not sent to this address."""

    code = "target_refused"


@dataclass(frozen=True)
class Target:
    """A checked address: connect to `url`, which names an IP address, and ask for `host`."""

    url: httpx.URL
    host: str
    host_header: str


def parse(text: str, *, private: bool) -> httpx.URL:
    """The URL without its fragment, checked as far as possible without resolving its host.

    Args:
        text: the URL as a caller gave it.
        private: allow http as well as https.

    Raises:
        TargetRefused: it is not a URL, or of a kind that webhooks do not use.
    """
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError) as error:
        raise TargetRefused("webhookUrl is no URL") from error
    if url.scheme not in (("http", "https") if private else ("https",)) or not url.host:
        raise TargetRefused("webhookUrl must begin with https:// and name a host")
    # httpx accepts any character in a host name, and any number as a port.
    if not HOST.fullmatch(url.host) or (url.port is not None and not 0 < url.port <= MAX_PORT):
        raise TargetRefused("webhookUrl names no host or port that there can be")
    if url.userinfo or not text.isprintable():
        raise TargetRefused("webhookUrl must hold no user name, password or control characters")
    return url.copy_with(fragment=None)


async def resolve(text: str, *, private: bool) -> Target:
    """Resolve the host and check all its addresses; `private` allows all of them.

    Raises:
        TargetRefused: the host has no address, or one in a private network.
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
    """Whether an IP address belongs to the public internet."""
    address: IpAddress = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return is_public(str(address.ipv4_mapped))
        if address.sixtofour or address.teredo or any(address in net for net in _WRAPPED):
            return False
    return address.is_global and not address.is_multicast
