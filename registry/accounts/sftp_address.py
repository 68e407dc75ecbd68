"""The address of the SFTP server that customers are given, and whether they can reach it."""

import ipaddress
import socket

from registry.settings.sftp import SftpSettings


def address_for(settings: SftpSettings, user_name: str) -> str:
    """The address that a client can paste.

    Example:
        `sftp://sunrise-clinic@sftp.example.com:2222/`
    """
    host = settings.sftp_host_for_customers
    shown = f"[{host}]" if ":" in host else host
    return f"sftp://{user_name}@{shown}:{settings.sftp_port_for_customers}/"


def why_unreachable(settings: SftpSettings) -> str | None:
    """Why customers could not reach that address, as far as this machine can tell; None if nothing.

    It asks the resolver, which may take seconds where that does not answer.
    """
    host = settings.sftp_host_for_customers
    if _is_own(settings.sftp_host):
        return (
            "The server listens on this machine only; ROSTERLINE_SFTP_HOST=0.0.0.0 lets others in."
        )
    try:
        found = {str(each[4][0]) for each in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return f"No address is known for {host!r}. {_NAME_ONE}"
    if all(_is_own(each) for each in found):
        return f"{host!r} means to every machine that machine itself. {_NAME_ONE}"
    return None


_NAME_ONE = (
    "Set ROSTERLINE_SFTP_PUBLIC_HOST to a name or an address under which customers reach this "
    "machine."
)


def _is_own(address: str) -> bool:
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_loopback
    except ValueError:
        return address == "localhost"
