"""Where each service listens: its address, whether it answers, whether its port is free."""

import socket
import urllib.request
from http.client import HTTPException
from pathlib import Path

from pipelines.process_environment import code_socket, marts_socket, runs_socket
from registry.settings import Settings
from schemas.errors import ServiceUnavailable

WEBSERVER = "webserver"
DAEMON = "daemon"
SFTP = "sftp"
INTAKE = "intake"
PATIENT_CALLS = "patient-calls"
API = "api"
MARTS = "marts"
CODE = "code"
RUNS = "runs"
WORKER = "worker"
SUPERVISOR = "supervisor"

_PORTS = {API: ("http_port",), SFTP: ("sftp_port", "sftp_health_port")}
"""The settings with the ports of a service that several processes may serve."""


def copies(name: str, count: int) -> list[str]:
    """The names of that many processes of one service: `api`, `api-2`, `api-3`."""
    return [name if number == 1 else f"{name}-{number}" for number in range(1, count + 1)]


def service_of(name: str) -> tuple[str, int]:
    """The service of a process, and which of its processes it is: `("api", 2)` of `api-2`."""
    service, _, number = name.rpartition("-")
    return (service, int(number)) if number.isdigit() else (name, 1)


def of_process(settings: Settings, name: str) -> Settings:
    """The settings of one process of a service: each further one has the next port."""
    service, number = service_of(name)
    ports = {each: getattr(settings, each) for each in _PORTS.get(service, ())}
    own = {each: port + number - 1 for each, port in ports.items() if port is not None}
    return settings.model_copy(update=own) if number > 1 else settings


def web_address(settings: Settings) -> str:
    """The address of the Dagster UI for a browser on this machine."""
    return f"http://{_reachable_host(settings.webserver_host)}:{settings.webserver_port}"


def sftp_address(settings: Settings) -> str:
    """The address of the SFTP server for a client on this machine."""
    return f"sftp://{_reachable_host(settings.sftp_host)}:{settings.sftp_port}"


def addresses(settings: Settings) -> dict[str, str]:
    """Address by process of a service, of the services that have one."""
    return {
        WEBSERVER: web_address(settings),
        **{
            name: sftp_address(of_process(settings, name))
            for name in copies(SFTP, settings.sftp_processes)
        },
        **{
            name: _api_address(of_process(settings, name))
            for name in copies(API, settings.http_processes)
        },
    }


def answers(settings: Settings, name: str) -> bool:
    """Whether a service can be reached; True for a service that does not listen."""
    listens = _listens_on(settings, name)
    page = {WEBSERVER: "server_info", API: "ready"}.get(service_of(name)[0])
    try:
        if page is not None:
            # An OSError means that nothing listens yet, or that the answer is not a success, an
            # HTTPException that something else listens, which does not speak HTTP.
            address = f"{addresses(settings)[name]}/{page}"
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310 - our own http address
                return True
        if listens is not None:
            host, port, _ = listens
            socket.create_connection((_connectable(host), port), timeout=5).close()
        if (path := _sockets(settings).get(name)) is not None:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(str(path))
    except (OSError, HTTPException):
        return False
    return True


def _sockets(settings: Settings) -> dict[str, Path]:
    return {
        MARTS: marts_socket(settings),
        CODE: code_socket(settings),
        RUNS: runs_socket(settings),
    }


_METRICS = (API, SFTP, INTAKE, PATIENT_CALLS)
"""Services that serve metrics, in the order of their ports; a further process adds ten."""


def metrics_port(settings: Settings, name: str) -> int | None:
    """The port of a process's metrics under `up`, where settings name the first one of all."""
    service, number = service_of(name)
    if settings.metrics_port is None or service not in _METRICS:
        return None
    return settings.metrics_port + _METRICS.index(service) + 10 * (number - 1)


def _api_address(settings: Settings) -> str:
    return f"http://{_reachable_host(settings.http_host)}:{settings.http_port}"


def _listens_on(settings: Settings, name: str) -> tuple[str, int, str] | None:
    """Address and port of a service, and the variable that sets the port."""
    own = of_process(settings, name)
    return {
        WEBSERVER: (own.webserver_host, own.webserver_port, "ROSTERLINE_WEBSERVER_PORT"),
        SFTP: (own.sftp_host, own.sftp_port, "ROSTERLINE_SFTP_PORT"),
        API: (own.http_host, own.http_port, "ROSTERLINE_HTTP_PORT"),
    }.get(service_of(name)[0])


def refuse_taken_port(settings: Settings, name: str) -> None:
    """Refuse to start a service whose port is taken; otherwise only its log would say so.

    Raises:
        ServiceUnavailable: something else listens there; the message names the variable to set.
    """
    if (listens := _listens_on(settings, name)) is not None:
        _refuse_taken(name, *listens)
    if (port := metrics_port(settings, name)) is not None:
        _refuse_taken(f"{name}'s metrics", settings.metrics_host, port, "ROSTERLINE_METRICS_PORT")


def _refuse_taken(name: str, host: str, port: int, variable: str) -> None:
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
