"""Where a request comes from."""

from starlette.requests import HTTPConnection


def client_address(request: HTTPConnection) -> str:
    """The client's IP address as the server sees it; `unknown` without a network connection."""
    return request.client.host if request.client else "unknown"
