"""Checks of the services, and of the FHIR endpoint that document queries go to."""

import asyncio
from collections.abc import Iterator

from cli.installation.check import Check
from cli.services import background, listening
from registry.settings import Settings
from schemas.errors import ServiceUnavailable

MISSED = {
    listening.SFTP: "nobody can send by SFTP",
    listening.API: "the portal and the HTTP API are down",
    listening.DAEMON: "nothing is imported by itself",
    listening.WEBSERVER: "there is no Dagster UI",
    listening.MARTS: "the marts are not built, and the Dagster UI says that it cannot load them",
}
"""What does not work while a service is down. Only `rosterline up` starts it again."""


def check_documents(settings: Settings) -> Check:
    """Whether the FHIR endpoint answers, if one is set."""
    url = settings.fhir_base_url
    if url is None:
        said = "no FHIR endpoint; document queries are recorded as not-configured"
        return Check("documents", "ok", said)
    # Its libraries take half a second to load.
    from assets.document_queries.endpoint import fault_of  # noqa: PLC0415

    fault = asyncio.run(fault_of(settings))
    if fault is not None:
        todo = "check ROSTERLINE_FHIR_BASE_URL and the network; queries wait meanwhile"
        return Check("documents", "warn", f"{url}: {fault}", todo)
    if url.startswith("http:"):
        todo = "use https, unless the network is private: patients' data travel on it"
        return Check("documents", "warn", f"{url} speaks FHIR R4, in clear text", todo)
    return Check("documents", "ok", f"{url} speaks FHIR R4")


def check_services(settings: Settings) -> Iterator[Check]:
    """A check of each service."""
    for each in background.status(settings):
        where = f", {each.address}" if each.address else ""
        if not each.running:
            yield _check_stopped(settings, each)
        elif listening.answers(settings, each.name):
            yield Check(each.name, "ok", f"runs as process {each.pid}{where}")
        else:
            todo = f"`rosterline down` and `rosterline up`; its log is {each.log_file}"
            found = f"runs as process {each.pid}, but does not answer{where}"
            yield Check(each.name, "fail", found, todo)


def _check_stopped(settings: Settings, service: background.ServiceStatus) -> Check:
    try:
        listening.refuse_taken_port(settings, service.name)
    except ServiceUnavailable as error:
        return Check(service.name, "fail", "does not run, and its port is taken", str(error))
    if service.ended:
        todo = f"`rosterline up` starts it again; the end of {service.log_file} may say why"
        return Check(service.name, "fail", f"ended by itself: {MISSED[service.name]}", todo)
    todo = f"`rosterline up` starts it; its log is {service.log_file}"
    return Check(service.name, "warn", "does not run", todo)
