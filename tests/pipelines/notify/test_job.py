"""Being told: the sensor asks, the job tells, over a real SMTP server and a real HTTP server."""

from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from assets.resources import RosterlineResource
from pipelines.definitions import defs
from pipelines.notify.job import something_to_tell
from registry.accounts.accounts import add_account
from registry.notifications.told import GIVE_UP_AFTER
from tests.clock import days_ago
from tests.collector import running_collector
from tests.files import care, maria
from tests.importing import process, put
from tests.mailbox import running_mailbox

pytestmark = [
    pytest.mark.dated,
    pytest.mark.filterwarnings("ignore:The `__fields__` attribute:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Parameter `backfill_policy`"),
]

SECRET_NAME = "Maria Tester 1950-01-01.csv"
AGAIN = "UPDATE notification SET next_try_at = now() - interval '1 second' WHERE told_at IS NULL"


@pytest.fixture
def mailbox():
    with running_mailbox() as running:
        yield running


@pytest.fixture
def collector():
    with running_collector() as running:
        yield running


@pytest.fixture
def home(database, tmp_path, monkeypatch, mailbox, collector):
    """A home that tells by e-mail, and at an HTTP address; the digest is not due."""
    hour = datetime.now(UTC).hour
    urls = f"{mailbox.address} {collector.url.replace('http', 'json')}/hook"
    own = database.model_copy(update={"home": tmp_path / "home"})
    later = {"notify_urls": urls, "notify_digest_hour": min(hour + 1, 23)}
    # Where it is due all the same, between 23:00 and midnight, another zone says otherwise.
    zone = "UTC" if hour < 23 else "Pacific/Honolulu"
    own = type(own)(**own.model_dump() | later | {"notify_time_zone": zone})
    for name, value in own.as_environment().items():
        monkeypatch.setenv(name, value)
    return own


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as own:
        yield own


@pytest.fixture
def clinic(connection):
    account = add_account(connection, "clinic", "thoroughcare")
    connection.commit()
    return account


@pytest.fixture
def digest_is_due(home, monkeypatch, tmp_path):  # noqa: ARG001 - the home's own variable comes first
    monkeypatch.setenv("ROSTERLINE_NOTIFY_DIGEST_HOUR", "0")
    return tmp_path


def requests(instance):
    with dg.build_sensor_context(
        instance, resources={"rosterline": RosterlineResource()}, definitions=defs
    ) as context:
        return something_to_tell(context)


def tick(instance):
    """A tick of the sensor and the runs that it asks for; whether each succeeded."""
    asked = requests(instance)
    if isinstance(asked, dg.SkipReason):
        return []
    job = defs.resolve_job_def("send_notifications")
    return [
        job.execute_in_process(instance=instance, tags=request.tags, raise_on_error=False).success
        for request in asked.run_requests
    ]


@pytest.fixture
def fail_one(home, connection, clinic, tmp_path):
    """Import a file that is empty, and so fails."""

    def fail(name=SECRET_NAME):
        imported = put(home, connection, clinic, "", folder=tmp_path, name=name)
        process(home, connection, imported)
        connection.commit()
        return imported

    return fail


def test_a_file_that_failed_is_told_once_over_each_channel_without_its_name(
    fail_one, instance, mailbox, collector
):
    imported = fail_one()
    assert tick(instance) == [True]
    assert tick(instance) == []
    ((subject, text),) = mailbox.came
    assert subject == "Rosterline: Files that could not be imported (1)"
    assert imported.partition_key in text
    assert "clinic" in text
    assert str(imported.id) in text
    ((_, _, posted),) = collector.came
    assert posted["title"] == subject
    said = subject + text + str(posted)
    assert not {word for word in SECRET_NAME.split() if word in said}


def test_many_events_of_a_kind_are_one_message(fail_one, instance, mailbox):
    for number in range(25):
        fail_one(f"{number}.csv")
    assert tick(instance) == [True]
    ((subject, text),) = mailbox.came
    assert subject.endswith("(25)")
    assert text.count("/imports/") == 20
    assert "and 5 more" in text


def test_a_channel_that_is_down_is_tried_again_and_the_other_one_is_told_once(
    fail_one, connection, instance, mailbox, collector
):
    fail_one()
    mailbox.refuses = "451 come back later"
    assert tick(instance) == [False]
    assert tick(instance) == []
    mailbox.refuses = None
    connection.execute(AGAIN)
    connection.commit()
    # The run that failed is a reason of its own to wait a little.
    asked = requests(instance)
    assert asked.run_requests
    assert tick(instance) == [True]
    assert (len(mailbox.came), len(collector.came)) == (1, 1)


def test_a_channel_that_is_down_for_a_day_is_given_up(fail_one, connection, instance, mailbox):
    fail_one()
    mailbox.refuses = "550 go away"
    tick(instance)
    connection.execute(AGAIN)
    connection.execute("UPDATE notification SET first_tried_at = now() - %s", (GIVE_UP_AFTER,))
    connection.commit()
    tick(instance)
    connection.execute(AGAIN)
    connection.commit()
    assert tick(instance) == []
    assert mailbox.came == []


def test_a_tick_that_is_previewed_changes_nothing(fail_one, connection, instance):
    fail_one()
    first, second = requests(instance), requests(instance)
    assert first.run_requests == second.run_requests
    assert connection.execute("SELECT count(*) FROM notification").fetchone() == (0,)


def test_nightly_files_that_are_not_over_hours_after_midnight_are_late(
    home, connection, clinic, instance, mailbox, tmp_path
):
    put(home, connection, clinic, care(maria()), folder=tmp_path, received_at=days_ago(2, "12:00"))
    connection.commit()
    assert tick(instance) == [True]
    assert tick(instance) == []
    ((subject, text),) = mailbox.came
    assert subject == "Rosterline: Imports that are late (1)"
    assert text.startswith("clinic: 1 files due")


def test_a_sender_that_stopped_is_told_of(home, connection, clinic, instance, mailbox, tmp_path):
    for days in (9, 8, 7):
        received_at = days_ago(days, "12:00")
        put_one = put(home, connection, clinic, f"{days}", folder=tmp_path, received_at=received_at)
        process(home, connection, put_one)
    connection.execute("UPDATE attempt SET finished_at = now() - interval '7 days'")
    connection.commit()
    assert tick(instance) == [True]
    assert [subject for subject, _ in mailbox.came] == ["Rosterline: Senders that are silent (1)"]


def test_a_run_of_another_job_that_failed_for_good_is_told_of_with_a_link(home, instance, mailbox):
    @dg.job
    def marts_build():
        @dg.op
        def broken():
            raise ValueError("no")

        broken()

    ran = marts_build.execute_in_process(instance=instance, raise_on_error=False)
    assert tick(instance) == [True]
    ((subject, text),) = mailbox.came
    assert subject == "Rosterline: Runs that failed for good (1)"
    assert text.strip() == f"marts_build: {home.run_url}/{ran.run_id}"


def test_the_digest_comes_once_a_day_and_says_what_the_night_did(
    home, connection, clinic, instance, mailbox, digest_is_due
):
    process(home, connection, put(home, connection, clinic, care(maria()), folder=digest_is_due))
    connection.commit()
    assert tick(instance) == [True]
    assert tick(instance) == []
    ((subject, text),) = mailbox.came
    assert subject == "Rosterline: Daily digest"
    assert "clinic: 1 files; 1 rows: 1 created, 0 updated" in text
    assert "Nothing: no file failed" in text


@pytest.mark.usefixtures("home")
def test_without_a_channel_the_tick_says_that_nobody_is_told(instance, monkeypatch):
    monkeypatch.delenv("ROSTERLINE_NOTIFY_URLS")
    assert "nobody is told" in requests(instance).skip_message


def test_files_on_arrival_are_late_by_the_same_hours(home, connection, instance, mailbox, tmp_path):
    account = add_account(connection, "shop", "thoroughcare", cadence="on_arrival")
    early = datetime.now(UTC) - timedelta(hours=home.notify_late_hours - 1)
    late = datetime.now(UTC) - timedelta(hours=home.notify_late_hours + 1)
    put(home, connection, account, care(maria()), folder=tmp_path, received_at=early, name="a.csv")
    connection.commit()
    assert tick(instance) == []
    put(home, connection, account, care(maria()), folder=tmp_path, received_at=late, name="b.csv")
    connection.commit()
    assert tick(instance) == [True]
    assert mailbox.came[0][0] == "Rosterline: Imports that are late (1)"
