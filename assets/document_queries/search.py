"""The search parameters on DocumentReference for a patient. Pure functions.

If the patient has an identifier of a system that the endpoint knows, the search is IHE MHD's Find
Document References (ITI-67): `patient.identifier` and `status`. Otherwise the patient is described
by the values by which the format recognises patients, as chained parameters of FHIR R4: names,
birth date, gender, and any of the patient's zips.
"""

from collections.abc import Mapping

from registry.documents.dispatch import DispatchedQuery

Parameters = list[tuple[str, str]]
"""Pairs of name and value. If a name occurs several times, a match must satisfy each of them."""

_GENDERS = {"M": "male", "F": "female", "O": "other"}
"""`unknown` is left out: it would only find patients whose gender the endpoint does not know."""


def parameters_of(patient: DispatchedQuery, systems: Mapping[str, str]) -> Parameters:
    r"""The parameters of a patient; `systems` maps identifier items to systems of the endpoint.

    Example: the identifier `mrn` = `12,3` with system `urn:a` gives
    `[("patient.identifier", "urn:a|12\,3"), ("status", "current")]`.
    """
    known = [
        f"{escaped(systems[item])}|{escaped(value)}"
        for item, value in sorted(_by_kind(patient.identifiers))
        if item in systems
    ]
    if known:
        return [("patient.identifier", ",".join(known)), ("status", "current")]
    return [*_demographics(patient), ("status", "current")]


def escaped(value: str) -> str:
    r"""The value with `,`, `|`, `$` and `\` escaped (FHIR R4, search, escaping): `a,b` → `a\,b`."""
    for letter in "\\,|$":
        value = value.replace(letter, f"\\{letter}")
    return value


def _by_kind(identifiers: Mapping[str, str]) -> list[tuple[str, str]]:
    # An item of a repeating identifier ends with a slash and the value: `mrn/12`.
    return [(item.partition("/")[0], value) for item, value in identifiers.items()]


def _demographics(patient: DispatchedQuery) -> Parameters:
    born = patient.birth_date.isoformat() if patient.birth_date else f"{patient.birth_year:04}"
    found = [("patient.family", escaped(patient.last_name))]
    # One parameter for each word, because the endpoint may store them as several given names.
    found += [("patient.given", escaped(name)) for name in patient.first_name.split()]
    found.append(("patient.birthdate", born))
    if patient.gender in _GENDERS:
        found.append(("patient.gender", _GENDERS[patient.gender]))
    if patient.zips:
        zips = ",".join(escaped(each) for each in patient.zips)
        found.append(("patient.address-postalcode", zips))
    return found
