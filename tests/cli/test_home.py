import getpass

import pytest

from cli.home import command_user, read_settings, registry
from registry.database.connections import connect_as_owner
from registry.database.revision import needed_revision
from schemas.errors import DatabaseUnavailable, NotAllowed


def test_a_setting_with_an_invalid_value_is_named_without_the_value(monkeypatch):
    monkeypatch.setenv("ROSTERLINE_SFTP_PORT", "my secret")
    with pytest.raises(NotAllowed, match="ROSTERLINE_SFTP_PORT") as caught:
        read_settings()
    assert "my secret" not in str(caught.value)


class TestRegistry:
    def test_changes_are_committed_at_the_end(self, database):
        with registry(database) as connection:
            connection.execute(
                "INSERT INTO account (name, format, time_zone, cadence)"
                " VALUES ('acme', 'ptdirect', 'UTC', 'nightly')"
            )
        with connect_as_owner(database) as connection:
            assert connection.execute("SELECT name FROM account").fetchall() == [("acme",)]

    def test_tables_of_another_version_are_refused_before_anything_is_done(self, database):
        with connect_as_owner(database) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '0014'")
        try:
            with (
                pytest.raises(DatabaseUnavailable, match="brings them up to date"),
                registry(database),
            ):
                raise AssertionError("it was let in")
        finally:
            with connect_as_owner(database) as connection:
                connection.execute(
                    "UPDATE alembic_version SET version_num = %s", (needed_revision(),)
                )


class TestCommandUser:
    def test_it_is_the_user_of_the_operating_system(self, monkeypatch):
        monkeypatch.setenv("LOGNAME", "ada")
        assert command_user() == "ada (command)"

    @pytest.mark.parametrize("error", [KeyError("uid not found: 1000"), OSError("no entry")])
    def test_a_container_may_have_no_name_for_its_user(self, monkeypatch, error):
        def fail():
            raise error

        monkeypatch.setattr(getpass, "getuser", fail)
        assert command_user() == "command"
