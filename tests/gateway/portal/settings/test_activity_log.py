"""The page of the activity log."""

from registry.accounts.activity_log import AccessEvent, record
from tests.gateway.portal.rosters import text_of
from tests.gateway.portal.settings.conftest import secret_of


def test_the_activity_log_names_changes_without_their_secrets(ada):
    ada.post("/admin/users", do="add", name="new@clinic.test", role="importer")
    password = secret_of(ada.page)
    page = ada.get("/admin/trail").text
    assert "users: add new@clinic.test" in page
    assert password not in page


def test_an_event_shows_user_way_in_and_address(ada, connection, clinic):
    event = AccessEvent("sign_in", clinic.id, "clinic-sftp", "192.0.2.7", refused=True, door="sftp")
    record(connection, event)
    connection.commit()
    said = text_of(ada.get("/admin/trail"))
    assert "When User Event Via Address" in said
    assert "clinic-sftp sign in refused SFTP 192.0.2.7" in said
    assert "admin@clinic.test sign in Portal 127.0.0.1" in said


def test_events_of_other_accounts_are_not_shown(ada, connection, other):
    record(connection, AccessEvent("sign_in", other.id, "somebody@other.test"))
    connection.commit()
    assert "somebody@other.test" not in ada.get("/admin/trail").text
