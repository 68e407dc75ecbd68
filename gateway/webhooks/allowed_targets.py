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

_NOT_ONE_PLACE = tuple(
    ipaddress.ip_network(each)
    for each in (
        # Of IANA's registries of special-purpose addresses (iana-ipv4-special-registry and
        # iana-ipv6-special-registry), the blocks that are wholly or in part called globally
        # reachable, so that `is_global` does not refuse them: anycast and relays that the nearest
        # network answers, and addresses of a protocol, no host's.
        "192.0.0.0/24",  # protocol assignments: DS-Lite, PCP and TURN anycast, NAT64 discovery
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # relays of multicast (AMT)
        "192.88.99.0/24",  # relays of 6to4
        "192.175.48.0/24",  # AS112
        "2001::/23",  # protocol assignments: Teredo, anycast, AMT, AS112, ORCHID, drones
        "2620:4f:8000::/48",  # AS112
        # 6to4: holds an IPv4 address, which a relay unwraps.
        "2002::/16",
        # For examples in texts; not in each Python's list yet.
        "3fff::/20",
    )
)
_UNICAST = ipaddress.ip_network("2000::/3")
"""All IPv6 addresses that IANA gives to networks. Others are loopback, link-local, site-local,
multicast, and those that hold an IPv4 address: `::127.0.0.1`, mapped ones, NAT64."""

_ISATAP = frozenset({0x00005EFE, 0x02005EFE})
"""How the last 64 bits begin of a tunnel to the IPv4 address at their end (RFC 5214)."""

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
    """Whether an IP address is that of one place in the public internet.

    An IPv6 address that holds an IPv4 address is none, whichever it holds: gateways of this network
    decide where it leads. Neither is one with a zone, which is of a network of this machine.
    """
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address) and (
        address.scope_id is not None
        or address not in _UNICAST
        or (int(address) >> 32) & 0xFFFFFFFF in _ISATAP
    ):
        return False
    is_special = address.is_multicast or address.is_reserved or address.is_private
    return (
        address.is_global and not is_special and not any(address in net for net in _NOT_ONE_PLACE)
    )
