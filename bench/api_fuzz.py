"""Calls the HTTP API in ways that its description allows, and in ways that it does not.

    python -m bench.api_fuzz --cases 10000 [--seed 1]

schemathesis makes the calls from /openapi.json of a server with an empty home. These are faults: a
5xx, an answer that the description does not contain, a described call that the server refuses, and
an undescribed call that it accepts. Each is printed with a curl command, and the exit code is 1.
Rounds with further seeds follow until `--cases` calls were made.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bench.api_service import ACCOUNT, BULK, PATIENT, Service, api_alone, calls_worked_off
from synthetic.layouts import metriport_csv
from synthetic.people import people

_SCHEMATHESIS = str(Path(sys.executable).with_name("st"))
_EXAMPLES = 100
_PATIENTS = 20
_REQUESTS = 20
_NO_ERROR = [200, 201, 204, 401, 403, 404, 409, 412, 429]


_COHORT = "/medical/v1/cohort/{cohort_id}/patient"
_REFUSABLE = (
    f"POST {BULK}",
    "POST /settings",
    f"GET {PATIENT}",
    f"POST {PATIENT}",
    f"PUT {PATIENT}/{{patient_id}}",
    *(f"{method} {_COHORT}" for method in ("GET", "POST", "DELETE")),
)
"""Calls that may be refused with 400 although they are as described."""


@dataclass(frozen=True)
class Known:
    """Existing ids and tokens of links, which half of the calls name."""

    patients: Sequence[str] = ()
    requests: Sequence[str] = ()
    uploads: Sequence[str] = ()
    results: Sequence[str] = ()


@dataclass(frozen=True)
class Report:
    """How many calls were made, and the output of schemathesis if there were faults."""

    cases: int
    faults: list[str] = field(default_factory=list)


def fuzz(url: str, key: str, known: Known, seed: int, examples: int, *phases: str) -> Report:
    """Call each operation of the API; `examples` is the number of random calls of each kind."""
    with tempfile.TemporaryDirectory(prefix="rosterline-fuzz-") as name:
        folder = Path(name)
        configuration, report = folder / "schemathesis.toml", folder / "report.json"
        configuration.write_text(_configuration(known))
        command = [
            *(_SCHEMATHESIS, "--config-file", str(configuration), "--no-color"),
            *("run", f"{url}/openapi.json", "-H", f"x-api-key: {key}"),
            *("--seed", str(seed), "--max-examples", str(examples), "--continue-on-failure"),
            *("--generation-database", "none", "--request-timeout", "60"),
            *("--report-json-path", str(report)),
            *(("--phases", ",".join(phases)) if phases else ()),
        ]
        ran = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True, check=False)
        if not report.exists():
            return Report(0, [ran.stdout])
        cases = json.loads(report.read_text())["test_cases"]["generated"]
        return Report(cases, [ran.stdout] if ran.returncode else [])


def _configuration(known: Known) -> str:
    """What schemathesis cannot know: existing ids, and calls that may be refused all the same.

    400 is the answer to a request that must name one of several facilities, to an address that no
    name server knows, to a patient whom the rules of rows refuse, to a search without words, and to
    members that are neither named nor all. 501 is that to what is not done here.
    """
    named = {
        "patients": known.patients,
        "requests": known.requests,
        "uploads": known.uploads,
        "results": known.results,
    }
    there = {name: values for name, values in named.items() if values}
    half = 'dictionary = "{}", probability = 0.5'.format
    bound = {"patients": "path.patient_id", "requests": "path.request_id"}
    paths = {"uploads": "/upload/{token}", "results": "/result/{token}"}
    expected = f"expected-statuses = {[*_NO_ERROR, 400, 501]}"
    lines = [
        f"checks.positive_data_acceptance.expected-statuses = {[*_NO_ERROR, 501]}",
        'checks.not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", 501]',
        *(f"dictionaries.{name}.values = {json.dumps(values)}" for name, values in there.items()),
        *(f'parameters."{bound[name]}" = {{ {half(name)} }}' for name in there if name in bound),
    ]
    for name in there.keys() & paths.keys():
        lines += [
            "[[operations]]",
            f'include-path = "{paths[name]}"',
            f'parameters."path.token" = {{ {half(name)} }}',
        ]
    for call in _REFUSABLE:
        lines += [
            "[[operations]]",
            f'include-name = "{call}"',
            f"checks.positive_data_acceptance.{expected}",
        ]
    return "\n".join(lines) + "\n"


def token(link: str) -> str:
    """The signed part of a link."""
    return link.rpartition("/")[2]


def _prepared(service: Service) -> Known:
    """Patients, requests in several states and their links, in the account of the service."""
    file = service.home / "roster.csv"
    metriport_csv(people(_PATIENTS, seed=1), file)
    service.rosterline("import", str(file), "--account", ACCOUNT)
    with service.client() as client:
        patients = [each["id"] for each in client.get(PATIENT).json()["patients"]]
        started = [client.post(BULK).json() for _ in range(_REQUESTS)]
        for each in started[: _REQUESTS // 2]:
            httpx.put(each["uploadUrl"], content=file.read_bytes()).raise_for_status()
        for each in started[-2:]:
            client.post(f"{BULK}/{each['requestId']}/cancel").raise_for_status()
    return Known(
        patients,
        [each["requestId"] for each in started],
        [token(each["uploadUrl"]) for each in started],
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Make at least --cases calls; exit code 1 if there were faults."""
    parser = argparse.ArgumentParser(prog="python -m bench.api_fuzz", description=main.__doc__)
    parser.add_argument("--cases", type=int, default=10_000, help="least number of calls (10000)")
    parser.add_argument("--seed", type=int, default=1, help="of the first round (1)")
    asked = parser.parse_args(arguments)
    made, seed = 0, asked.seed
    with api_alone() as service, calls_worked_off(service):
        known = _prepared(service)
        while made < asked.cases:
            report = fuzz(service.url, service.key, known, seed, _EXAMPLES)
            made += report.cases
            sys.stdout.write(f"seed {seed}: {report.cases:,} calls, {made:,} in all\n")
            sys.stdout.flush()
            if report.faults:
                sys.exit("\n".join(report.faults))
            seed += 1


if __name__ == "__main__":
    main()
