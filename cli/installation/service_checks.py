"""Checks of the services, and of the FHIR endpoint that document queries go to."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from cli import output
from cli.installation.check import Check
from cli.installation.worker_checks import check_workers
from cli.services import background, listening
from cli.services.intake import seconds_since_look
from cli.services.restarts import restarts_since
from registry.processes import read_pid_file
from registry.settings import Settings
from schemas.errors import ServiceUnavailable

LATELY = timedelta(hours=24)

OLD_LOOK_SECONDS = 120.0
"""A look takes 10 seconds at most, and further files wait for the next one."""

MISSED = {
    listening.SFTP: "nobody can send by SFTP",
    listening.API: "the portal and the HTTP API are down",
    listening.DAEMON: "nothing is imported by itself",
    listening.WEBSERVER: "there is no Dagster UI",
    listening.CODE: "no run begins",
    listening.INTAKE: "no drop folder is looked at, so dropped files are not imported",
    listening.WORKER: "runs wait for other workers",
    listening.PATIENT_CALLS: "callers who create or update a patient wait too long",
    listening.SUPERVISOR: "what ends by itself is not started again",
    listening.MARTS: "the marts are not built, and the Dagster UI says that it cannot load them",
}
"""What does not work while a service is down. The supervisor starts it again, or `up` does."""


def check_documents(settings: Settings) -> Check:
    """Whether the FHIR endpoint answers, if one is set."""
    url = settings.fhir_base_url
    if url is None:
        said = "no FHIR endpoint; nobody is asked for documents"
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
    """A check of each service, and of what the supervisor had to start again."""
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
        if each.log_ended:
            yield _check_log(each)

    yield from check_workers(settings)
    yield from check_intake(settings)
    yield check_restarts(settings)


def check_intake(settings: Settings) -> Iterator[Check]:
    """Whether the drop folders are looked at, where the intake service of this home runs."""
    if read_pid_file(background.pid_file(settings, listening.INTAKE)) is None:
        return
    seconds = seconds_since_look(settings)
    if seconds is None or seconds > OLD_LOOK_SECONDS:
        ago = "never" if seconds is None else f"{seconds:,.0f} seconds ago"
        todo = f"the end of {background.log_file(settings, listening.INTAKE)} may say why"
        yield Check("drop folders", "fail", f"looked at {ago}", todo)
        return
    yield Check("drop folders", "ok", f"looked at {seconds:.0f} seconds ago")


def check_restarts(settings: Settings) -> Check:
    """Whether anything ended by itself lately."""
    found = restarts_since(settings, LATELY)
    if not found:
        return Check("restarts", "ok", "nothing ended by itself in the last 24 hours")
    counted = Counter(each.name for each in found).most_common()
    names = ", ".join(f"{name} {count} times" for name, count in counted)
    last = found[-1]
    todo = f"the end of the log in {settings.log_dir} of what ended may say why"
    fault = f"; {last.name} cannot be started: {last.fault}" if last.fault else ""
    said = f"ended by itself and started again: {names}, last {output.moment(last.at)}{fault}"
    return Check("restarts", "fail" if last.fault else "warn", said, todo)


def _check_log(service: background.ServiceStatus) -> Check:
    todo = "`rosterline down` and `rosterline up`; nothing is lost but log lines"
    found = f"the process that writes {service.log_file} ended: what {service.name} says is lost"
    return Check(f"log of {service.name}", "fail", found, todo)


def _check_stopped(settings: Settings, service: background.ServiceStatus) -> Check:
    try:
        listening.refuse_taken_port(settings, service.name)
    except ServiceUnavailable as error:
        return Check(service.name, "fail", "does not run, and its port is taken", str(error))
    if service.ended:
        todo = f"`rosterline up` starts it again; the end of {service.log_file} may say why"
        missed = MISSED[listening.service_of(service.name)[0]]
        return Check(service.name, "fail", f"ended by itself: {missed}", todo)
    todo = f"`rosterline up` starts it; its log is {service.log_file}"
    return Check(service.name, "warn", "does not run", todo)
