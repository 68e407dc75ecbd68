"""Lineage events."""

from pydantic import Field

from registry.settings.concern import HTTP_URL_WITHOUT_USER, ConcernSettings


class LineageSettings(ConcernSettings):
    """Lineage events (OpenLineage)."""

    openlineage: bool = Field(
        default=True,
        description="Keep OpenLineage events of each attempt below the home folder, and send them "
        "where `ROSTERLINE_OPENLINEAGE_URL` says; `off` makes none.",
    )
    openlineage_url: str | None = Field(
        None,
        pattern=HTTP_URL_WITHOUT_USER,
        description="Collector of OpenLineage events, as https://host; they are sent to its "
        "`/api/v1/lineage`, or to the path given here. Not set: they are only kept.",
    )
    openlineage_api_key: str | None = Field(
        None, repr=False, description="Bearer token for the collector of OpenLineage events."
    )
    openlineage_namespace: str = Field(
        "rosterline",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]*$",
        description="Namespace of jobs and files in OpenLineage events; one per installation.",
    )
