"""Where received files and results are kept."""

from typing import Annotated

from pydantic import Field, StringConstraints, field_validator

from registry.settings.concern import GIB_BYTES, require_bucket
from registry.settings.home import HomeSettings


class StoreSettings(HomeSettings):
    """The store, and this machine's copies of what is in it."""

    store_url: Annotated[str, StringConstraints(strip_whitespace=True)] = Field(
        "",
        description="Where received files, results and uploads are kept: empty for folders of the "
        "home, or `s3://bucket/prefix`, `gs://bucket/prefix`, `az://container/prefix`. Keys and "
        "endpoints are the cloud's own variables, such as AWS_ACCESS_KEY_ID and AWS_ENDPOINT_URL.",
    )
    store_timeout_seconds: float = Field(
        20.0,
        gt=0,
        description="How long a bucket may take for one request, retries included, before callers "
        "are told that it does not answer.",
    )
    store_link_seconds: int = Field(
        300,
        ge=0,
        description="How long a link to a result in a bucket is valid. API callers are sent to it "
        "where the store can sign; 0 sends the bytes through the API.",
    )
    store_copies_bytes: int = Field(
        20 * GIB_BYTES,
        ge=0,
        description="How much of the disk copies of a bucket's files may take. They are made where "
        "an import runs, and the oldest go first.",
    )

    @field_validator("store_url")
    @classmethod
    def _store_is_known(cls, url: str) -> str:
        return require_bucket(url)
