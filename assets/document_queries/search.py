"""A patient as parameters of a search on DocumentReference: pure.

With an identifier that the endpoint knows, the search is IHE MHD's Find Document References
(ITI-67): `patient.identifier` and `status`. Else the patient is described as the format recognises
them, by chained parameters of FHIR R4: names, birth date, gender, and any of their zips.
"""

from collections.abc import Mapping

from registry.documents.dispatch import DispatchedQuery

Parameters = list[tuple[str, str]]
"""Names and values; a name may come several times, and then all must hold."""

_GENDERS = {"M": "male", "F": "female", "O": "other"}
"""Not `unknown`: it would only find patients whose gender is unknown there too."""


def parameters_of(patient: DispatchedQuery, systems: Mapping[str, str]) -> Parameters:
    """What to search for; `systems` are those of the identifier items that the endpoint knows."""
    known = [
        f"{escaped(systems[item])}|{escaped(value)}"
        for item, value in sorted(_by_kind(patient.identifiers))
        if item in systems
    ]
    if known:
        return [("patient.identifier", ",".join(known)), ("status", "current")]
    return [*_demographics(patient), ("status", "current")]


def escaped(value: str) -> str:
    r"""A value in which `,`, `|` and `$` are no separators (FHIR R4, search, escaping)."""
    for letter in "\\,|$":
        value = value.replace(letter, f"\\{letter}")
    return value


def _by_kind(identifiers: Mapping[str, str]) -> list[tuple[str, str]]:
    # Items that a patient may have many of carry the value behind a slash.
    return [(item.partition("/")[0], value) for item, value in identifiers.items()]


def _demographics(patient: DispatchedQuery) -> Parameters:
    born = patient.birth_date.isoformat() if patient.birth_date else f"{patient.birth_year:04}"
    found = [("patient.family", escaped(patient.last_name))]
    # Each by itself: elsewhere they may stand as several given names of one patient.
    found += [("patient.given", escaped(name)) for name in patient.first_name.split()]
    found.append(("patient.birthdate", born))
    if patient.gender in _GENDERS:
        found.append(("patient.gender", _GENDERS[patient.gender]))
    if patient.zips:
        zips = ",".join(escaped(each) for each in patient.zips)
        found.append(("patient.address-postalcode", zips))
    return found
