"""An account whose queue has pairs as a search finds them: people under another spelling."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import polars as pl
from psycopg import Connection

from assets.potential_duplicates.search import search_import
from registry.accounts.accounts import Account, get_account
from registry.settings import Settings
from synthetic.rosters import people, thoroughcare_csv
from tests.gateway.portal.conftest import with_users
from tests.importing import process, put

PEOPLE = 60
SEED = 7
FIRST_PERSON = 4_000
FIRST_DAY = datetime(2026, 10, 3, 6, tzinfo=UTC)


def bring_lookalikes(
    settings: Settings, connection: Connection, folder: Path, count: int = PEOPLE
) -> Account:
    """Two files of the account `harbor`, whose reviewer is `reviewer@harbor.test`."""
    account = with_users(connection, "harbor", "thoroughcare")
    known = people(count, SEED, FIRST_PERSON)
    rosters = {"clinic.csv": known, "walk-ins.csv": _again(known)}
    for place, (name, roster) in enumerate(rosters.items()):
        path = folder / name
        thoroughcare_csv(roster, path)
        received = put(settings, connection, account, path.read_text(), folder=folder, name=name,
                       received_at=FIRST_DAY + timedelta(days=place))  # fmt: skip
        done = process(settings, connection, received)
        connection.commit()
        search_import(connection, settings, done.imported.partition_key, again=False)
        connection.commit()
    return account


def bring_third_records(settings: Settings, connection: Connection, folder: Path) -> list[UUID]:
    """A third file: two of the people once more, so that each is in the registry three times.

    Returns their newest ids.
    """
    account = get_account(connection, "harbor")
    again = _again(_again(people(PEOPLE, SEED, FIRST_PERSON))).filter(
        pl.col("index").is_in([4002, 4004])
    )
    path = folder / "urgent-care.csv"
    thoroughcare_csv(again, path)
    received = put(settings, connection, account, path.read_text(), folder=folder, name=path.name,
                   received_at=FIRST_DAY + timedelta(days=2))  # fmt: skip
    done = process(settings, connection, received)
    connection.commit()
    search_import(connection, settings, done.imported.partition_key, again=False)
    connection.commit()
    return [done.patient(2), done.patient(3)]


def judge_some(connection: Connection, name: str) -> None:
    """Judgements of earlier mornings, for the chart: 400 pairs, nearly all right above 15."""
    connection.execute(
        "INSERT INTO review (patient_id, other_patient_id, account_id, reason, import_id, attempt,"
        " line, state, weight, judged_at, judged_by)"
        " SELECT gen_random_uuid(), gen_random_uuid(), %s, 'similar', gen_random_uuid(), 1, 2,"
        " CASE WHEN n %% 100 < 40 + least(60, 3 * (4 + n %% 31)) THEN 'same' ELSE 'different' END,"
        " 4 + n %% 31, now(), 'rita' FROM generate_series(1, 400) AS n",
        (get_account(connection, name).id,),
    )


def _again(known: pl.DataFrame) -> pl.DataFrame:
    """Each person once more, without numbers: letters doubled or swapped, a phone less, moved."""
    first, last = pl.col("first_name"), pl.col("last_name")
    letters = [first.str.slice(at, count) for at, count in ((0, 1), (2, 1), (1, 1), (3, None))]
    kind = pl.col("index") % 3
    return known.with_columns(
        number=pl.lit(None, pl.String),
        medicare_id=pl.lit(None, pl.String),
        home_phone=pl.when(kind == 0).then(None).otherwise(pl.col("home_phone")),
        street=pl.when(kind == 2).then(pl.lit("7 New Street")).otherwise(pl.col("street")),
        first_name=pl.when(kind == 1).then(pl.concat_str(letters)).otherwise(first),
        last_name=pl.when(kind != 1).then(last + last.str.slice(-1)).otherwise(last),
    )
