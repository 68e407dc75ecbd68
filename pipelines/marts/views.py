"""Whether the views of the marts are those of dbt's files, so that a build can leave them out.

A view is always up to date; only a change of its SQL, or a migration, which drops it, calls for a
new one. There are more views than tables, so most builds do half the work without them. The digest
of the files is kept as the comment of a schema. dbt_project.yml clears it at the start of each run,
so that a run by hand, of other files perhaps, is followed by a build of all models.
"""

from collections.abc import Mapping
from typing import Any

from psycopg import Connection, sql

NOTED_ON = "marts_staging"
WITHOUT_VIEWS = ["--exclude", "config.materialized:view resource_type:seed"]


def are_current(connection: Connection, manifest: Mapping[str, Any], digest: str) -> bool:
    """Whether all views of the manifest exist, and the last build of them was of these files."""
    (noted,) = connection.execute(
        "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = %s",
        (NOTED_ON,),
    ).fetchone() or (None,)
    found = connection.execute("SELECT schemaname, viewname FROM pg_views").fetchall()
    connection.commit()
    views = {
        (node["schema"], node["name"])
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["config"]["materialized"] == "view"
    }
    return noted == digest and views <= set(found)


def note(connection: Connection, digest: str) -> None:
    """Remember that all views were made from these files."""
    connection.execute(
        sql.SQL("COMMENT ON SCHEMA {} IS {}").format(sql.Identifier(NOTED_ON), sql.Literal(digest))
    )
    connection.commit()
