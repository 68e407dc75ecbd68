"""Where each service listens: its address, whether it answers, whether its port is free."""

import socket
import urllib.request

from pipelines.process_environment import code_socket, marts_socket
from registry.settings import Settings
from schemas.errors import ServiceUnavailable

WEBSERVER = "webserver"
DAEMON = "daemon"
SFTP = "sftp"
API = "api"
MARTS = "marts"
CODE = "code"
SUPERVISOR = "supervisor"


def web_address(settings: Settings) -> str:
    """The address of the Dagster UI for a browser on this machine."""
    return f"http://{_reachable_host(settings.webserver_host)}:{settings.webserver_port}"


def sftp_address(settings: Settings) -> str:
    """The address of the SFTP server for a client on this machine."""
    return f"sftp://{_reachable_host(settings.sftp_host)}:{settings.sftp_port}"


def addresses(settings: Settings) -> dict[str, str]:
    """Address by service name, of the services that have one."""
    api = f"http://{_reachable_host(settings.http_host)}:{settings.http_port}"
    return {WEBSERVER: web_address(settings), SFTP: sftp_address(settings), API: api}


def answers(settings: Settings, name: str) -> bool:
    """Whether a service can be reached; True for a service that does not listen."""
    listens = _listens_on(settings, name)
    page = {WEBSERVER: "server_info", API: "health"}.get(name)
    try:
        if page is not None:
            # An OSError means that nothing listens yet, or that the answer is not a success.
            address = f"{addresses(settings)[name]}/{page}"
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310 - our own http address
                return True
        if listens is not None:
            host, port, _ = listens
            socket.create_connection((_connectable(host), port), timeout=5).close()
        if name in (MARTS, CODE):
            path = marts_socket(settings) if name == MARTS else code_socket(settings)
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(str(path))
    except OSError:
        return False
    return True


def _listens_on(settings: Settings, name: str) -> tuple[str, int, str] | None:
    """Address and port of a service, and the variable that sets the port."""
    return {
        WEBSERVER: (
            settings.webserver_host,
            settings.webserver_port,
            "ROSTERLINE_WEBSERVER_PORT",
        ),
        SFTP: (settings.sftp_host, settings.sftp_port, "ROSTERLINE_SFTP_PORT"),
        API: (settings.http_host, settings.http_port, "ROSTERLINE_HTTP_PORT"),
    }.get(name)


def refuse_taken_port(settings: Settings, name: str) -> None:
    """Refuse to start a service whose port is taken; otherwise only its log would say so.

    Raises:
        ServiceUnavailable: something else listens there; the message names the variable to set.
    """
    listens = _listens_on(settings, name)
    if listens is None:
        return
    host, port, variable = listens
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as probe:
            # The services set it, too: connections of an earlier server that are closing do not
            # count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise ServiceUnavailable(
            f"The {name} cannot listen on {host}:{port} ({error.strerror}). "
            f"Stop what uses this port, or set {variable}."
        ) from error


def _connectable(host: str) -> str:
    # A server can listen on all addresses; a client needs one.
    return "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - as above


def _reachable_host(host: str) -> str:
    host = _connectable(host)
    return f"[{host}]" if ":" in host else host
