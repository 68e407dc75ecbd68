"""`rosterline demo --nights`: the evenings before, as the ledger has them."""

import json
from datetime import UTC, datetime, timedelta

import pytest

pytestmark = pytest.mark.dated


def test_four_files_wait_since_the_evenings_before_and_a_second_time_is_refused(rosterline):
    keys = json.loads(rosterline("demo", "--nights", "--json").stdout)["entered"]
    today = datetime.now(UTC).date()
    evenings = [today - timedelta(days=days) for days in (3, 2, 1, 1)]
    accounts = ["harbor", "harbor", "harbor", "sunrise"]
    assert [key.rsplit("_", 1)[0] for key in keys] == [
        f"{day}_{account}" for day, account in zip(evenings, accounts, strict=True)
    ]
    listed = json.loads(rosterline("status", "--json").stdout)
    assert {each["partition_key"]: each["state"] for each in listed} == dict.fromkeys(
        keys, "waiting"
    )
    again = rosterline("demo", "--nights")
    assert again.exit_code != 0
    assert "there is an account harbor already" in f"{again.exception} {again.output}"
