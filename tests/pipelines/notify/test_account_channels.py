"""Accounts are told what became of their files, in counts, over the channels that they name."""

from datetime import UTC, datetime, timedelta

import pytest

from pipelines.notify.tell import due_of_accounts, tell_accounts
from registry.accounts.accounts import add_account
from registry.landing.archive_copy import Archived
from registry.landing.receive import Arrival, enter
from registry.ledger import states
from registry.notifications.account_channels import add_channel, list_channels, remove_channel
from registry.notifications.channels import channel_of_account
from schemas.errors import NotAllowed, NotFound
from tests.mailbox import running_mailbox

pytestmark = pytest.mark.dated
MORNING = datetime(2026, 11, 21, 9, tzinfo=UTC)
SECRET_NAME = "Maria Tester 1950-01-01.csv"


@pytest.fixture(scope="module")
def mailbox_of_all():
    with running_mailbox() as running:
        yield running


@pytest.fixture
def mailbox(mailbox_of_all):
    mailbox_of_all.came.clear()
    mailbox_of_all.refuses = None
    return mailbox_of_all


@pytest.fixture
def settings_with_mail(database, mailbox):
    return database.model_copy(
        update={
            "smtp_host": "127.0.0.1",
            "smtp_port": mailbox.port,
            "smtp_security": "none",
            "smtp_from": "Rosterline <no-reply@here.example>",
        }
    )


@pytest.fixture
def clinic(connection):
    return add_account(connection, "clinic", "thoroughcare", "America/New_York")


@pytest.fixture
def end(connection, clinic):
    """An import that ended, or is held, an hour before the morning."""

    def make(state, at=MORNING - timedelta(hours=1), account=clinic):
        arrival = Arrival("sftp", at, SECRET_NAME, account.format)
        imported = enter(connection, account, Archived("ab" * 32, 10), arrival)
        attempt = states.take_up(connection, imported.id, "run")
        if state == "held":
            states.hold_attempt(connection, attempt, "2 rows, usually 10", at)
            return imported
        connection.execute(
            "UPDATE attempt SET state = 'finished', finished_at = %s, records = 1200,"
            " created = 5, updated = 6, unchanged = 1187, errored = 2, missing = 3"
            " WHERE import_id = %s",
            (at, imported.id),
        )
        connection.execute("UPDATE import SET state = %s WHERE id = %s", (state, imported.id))
        return imported

    return make


@pytest.fixture
def add(connection, clinic):
    def add_one(*kinds, name="team", daily=False, address="team@clinic.example"):
        add_channel(connection, clinic, name, address, kinds, MORNING, daily=daily)

    return add_one


@pytest.fixture
def tell(connection, settings_with_mail):
    return lambda now=MORNING: tell_accounts(connection, settings_with_mail, now)


def test_what_a_channel_asks_for_is_told_at_once_and_once_in_counts(
    add, end, tell, mailbox, settings_with_mail
):
    add("finished", "held")
    done, _, held = end("completed"), end("failed"), end("held")
    assert tell() == tell() == {}
    assert [subject for subject, _ in mailbox.came] == [
        "Rosterline: Files that wait for a person (1)",
        "Rosterline: Files that were imported (1)",
    ]
    text = mailbox.came[1][1].strip()
    assert text == (
        "clinic, 2026-11-21 03:00 (America/New_York): 1,200 rows: 5 created, 6 updated, 1,187 "
        "unchanged, 2 failed; 3 patients missing from the list\n"
        f"  {settings_with_mail.api_url}/imports/{done.id}"
    )
    assert str(held.id) in mailbox.came[0][1]
    assert not {word for word in SECRET_NAME.split() if word in str(mailbox.came)}


def test_a_daily_channel_gets_one_message_from_the_hour_on(add, end, tell, mailbox):
    add("finished", "failed", daily=True)
    end("completed"), end("failed")
    tell()
    assert mailbox.came == [], "it is four in the morning where the account is"
    tell(MORNING + timedelta(hours=3))
    tell(MORNING + timedelta(hours=4))
    ((subject, text),) = mailbox.came
    assert subject == "Rosterline: The last 24 hours"
    assert text.count("/imports/") == 2


def test_another_account_is_told_nothing_and_old_files_are_no_news(
    connection, add, end, tell, mailbox
):
    add("finished")
    end("completed", account=add_account(connection, "other", "thoroughcare"))
    end("completed", at=MORNING - timedelta(days=2))
    tell()
    assert mailbox.came == []


def test_an_account_whose_nightly_files_stopped_is_told(add, end, tell, mailbox):
    add("no_file")
    now = datetime.now(UTC)
    for days in (9, 8, 7):
        end("completed", at=now - timedelta(days=days))
    tell(now)
    ((subject, text),) = mailbox.came
    assert subject == "Rosterline: No file has come (1)"
    assert text.startswith("clinic: the last file came on")


def test_a_channel_that_is_down_is_tried_again(
    connection, settings_with_mail, add, end, tell, mailbox
):
    add("failed")
    end("failed")
    mailbox.refuses = "451 come back later"
    assert "team@clinic.example" not in tell()["clinic, team"]
    assert due_of_accounts(connection, settings_with_mail, MORNING) == []
    mailbox.refuses = None
    assert tell(MORNING + timedelta(minutes=2)) == {}
    assert len(mailbox.came) == 1


def test_without_a_mail_server_the_reason_is_noted(connection, database, add, end):
    add("failed")
    end("failed")
    assert "there is no mail server" in tell_accounts(connection, database, MORNING)["clinic, team"]


def test_an_address_is_shown_without_its_token(connection, database, add):
    add("failed", address="json://bob:s3crtpw@127.0.0.1/hook")
    (found,) = list_channels(connection)
    assert "s3crtpw" not in channel_of_account(database, found).name + repr(found)


def test_a_name_is_used_once_and_removed_once(connection, clinic, add):
    add("failed")
    with pytest.raises(NotAllowed, match="already"):
        add("held")
    remove_channel(connection, clinic, "team")
    with pytest.raises(NotFound):
        remove_channel(connection, clinic, "team")
