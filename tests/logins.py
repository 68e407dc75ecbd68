"""The addresses of all logins of a database, as an installation has them."""

from hashlib import sha256

from sqlalchemy import URL, make_url

from registry.database.logins import GATEWAY_LOGIN, RUNS_LOGIN


def addresses(owners: str | URL) -> dict[str, str]:
    """The settings that name them; `migrate` gives the logins these passwords."""
    url = make_url(owners)
    return {
        "database_url": url.render_as_string(hide_password=False),
        "gateway_database_url": _address(GATEWAY_LOGIN, url),
        "runs_database_url": _address(RUNS_LOGIN, url),
    }


def _address(login: str, owners: URL) -> str:
    # The workers of one server have to agree about the password. The embedded server asks for none.
    secret = f"{owners.password}{login}".encode()
    password = sha256(secret).hexdigest() if owners.password else None
    return owners.set(username=login, password=password).render_as_string(hide_password=False)
