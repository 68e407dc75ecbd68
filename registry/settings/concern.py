"""What the settings of every concern share: where they are read from, and how lists are written."""

from pydantic_settings import BaseSettings, SettingsConfigDict

ENV_PREFIX = "ROSTERLINE_"
GIB_BYTES = 1024**3
HTTP_URL = r"^https?://[^\s/?#]+(/[^\s?#]*)?$"
"""An http or https address without a query."""

HTTP_URL_WITHOUT_USER = r"^https?://[^\s/?#@]+(/[^\s?#]*)?$"
"""The same, and without a user name or a password in it."""


class ConcernSettings(BaseSettings):
    """Settings of one concern. Each is read from `ROSTERLINE_<NAME>`; none is needed to start.

    Validators need names of their own: one class inherits those of all concerns.
    """

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, frozen=True, validate_default=True)


def split_list(listed: object) -> object:
    """A list as an environment variable holds it: `"a, b,"` is `("a", "b")`."""
    if not isinstance(listed, str):
        return listed
    return tuple(each.strip() for each in listed.split(",") if each.strip())


def require_bucket(url: str) -> str:
    """The address of a bucket without a slash at its end; empty stays empty.

    Raises:
        ValueError: it is none.
    """
    scheme, _, bucket = url.partition("://")
    if url and (scheme not in ("s3", "gs", "az") or not bucket.strip("/")):
        raise ValueError("give s3://bucket/prefix, gs://bucket/prefix or az://container/prefix")
    return url.rstrip("/")
