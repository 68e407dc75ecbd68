"""Why the portal does not answer a request with the page that was asked for."""

from http import HTTPStatus

from registry.accounts.portal_users import Permission
from registry.accounts.sign_in_rules import Step


class SignInNeeded(Exception):
    """Nobody is signed in, or the session is over."""


class StepNeeded(Exception):
    """The user has to do this step of signing in first."""

    def __init__(self, step: Step) -> None:
        super().__init__(step)
        self.step = step


class AccountNeeded(Exception):
    """The operator has not chosen an account yet."""


class Forbidden(Exception):
    """The user's role does not have this permission."""

    def __init__(self, permission: Permission) -> None:
        super().__init__(permission)
        self.permission = permission


class Refused(Exception):
    """The request is refused with this status, and `said` is why."""

    def __init__(self, status: HTTPStatus, said: str) -> None:
        super().__init__(said)
        self.status = status
        self.said = said
