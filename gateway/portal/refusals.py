"""Why the portal does not answer a request with the page that was asked for."""

from http import HTTPStatus


class SignInNeeded(Exception):
    """Nobody is signed in, or the session is over."""


class AccountNeeded(Exception):
    """The operator has not chosen an account yet."""


class Forbidden(Exception):
    """The user's role does not allow this."""


class Refused(Exception):
    """The request is refused with this status, and `detail` says why."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
