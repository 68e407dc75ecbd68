"""`python -m tests.gateway.hole`: the HTTP API with a hole that runs SQL of a caller.

The process, its pool and its transactions are those of `python -m gateway.api`; there is one route
more. The worst case: several statements at once, where a value in a statement would allow one.
"""

from typing import Any

import psycopg
import uvicorn
from fastapi import Request

from gateway.api.app import create_app
from gateway.api.context import InContext, Reader
from registry.settings import Settings


def run(connection: psycopg.Connection, statements: str) -> dict[str, Any]:
    """What the last statement gives, or the SQLSTATE and words of the error."""
    try:
        cursor = connection.execute(statements.encode())
        while cursor.nextset():
            pass
        rows = [list(map(str, row)) for row in cursor] if cursor.description else []
    except psycopg.Error as error:
        return {"state": error.sqlstate, "said": str(error)}
    return {"rows": rows}


def main() -> None:
    """Serve until SIGTERM, with settings from the environment."""
    settings = Settings()
    app = create_app(settings)

    async def hole(request: Request, caller: Reader, context: InContext) -> dict[str, Any]:
        statements = (await request.body()).decode()
        if request.query_params["where"] == "within":
            with (
                caller.as_account() as (connection, _),
                connection.transaction(force_rollback=True),
            ):
                return run(connection, statements)
        with context.pool.connection() as connection, connection.transaction(force_rollback=True):
            return run(connection, statements)

    app.post("/hole")(hole)
    uvicorn.run(app, host=settings.http_host, port=settings.http_port, log_config=None)


if __name__ == "__main__":
    main()
