"""Query parameters that a call does not know are refused; those without a value count as absent.

Left out silently, `GET /patient?filter=…` would answer with all patients.
"""

from urllib.parse import parse_qsl, urlencode

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError

from gateway.api.context import caller_of


def refuse_unknown(request: Request, known: frozenset[str]) -> None:
    """Refuse a request with a query parameter that is not `known`.

    Raises:
        RequestValidationError: it has one; the message names it.
    """
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        named = ", ".join(sorted(known)) or "none"
        raise RequestValidationError(
            [
                {
                    "type": "unknown_parameter",
                    "loc": ("query", name if name.isidentifier() else "parameter"),
                    "msg": f"there is no such parameter here; known ones: {named}",
                }
                for name in unknown
            ]
        )


def without_empty(request: Request) -> Request:
    """The request without the query parameters that have no value: `facilityId=&dryRun=true`.

    Clients write a parameter that they have no value for in this way.
    """
    given = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    filled = [(name, value) for name, value in given if value]
    if len(filled) == len(given):
        return request
    query = urlencode(filled).encode("ascii")
    return Request({**request.scope, "query_string": query}, request.receive)


def needs_key(dependant: Dependant) -> bool:
    """Whether a call is one of an account's, which needs an API key."""
    return any(each.call is caller_of or needs_key(each) for each in dependant.dependencies)


def parameters_of(dependant: Dependant) -> frozenset[str]:
    """The query parameters of a call and of all that it depends on."""
    own = {each.alias for each in dependant.query_params}
    return frozenset(own.union(*(parameters_of(each) for each in dependant.dependencies)))
