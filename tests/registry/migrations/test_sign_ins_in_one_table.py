"""Guesses at the portal move into the table that SFTP counts in, and nobody's lock is lost."""

from alembic import command

from registry.accounts.bans import begin_try, list_bans
from registry.database.connections import connect_as_owner, engine
from registry.migrations import alembic_config
from tests.registry.migrations.conftest import database_of_its_own

ADA = "ada@clinic.test"


def to_revision(settings, revision, step=command.upgrade):
    own = engine(settings)
    with own.begin() as begun:
        step(alembic_config(begun), revision)
    own.dispose()


def test_locks_and_known_addresses_are_moved(migrated, old_template):
    name = f"{migrated.dagster_database}_guesses"
    with database_of_its_own(migrated, name, old_template) as own:
        to_revision(own, "0025")
        with connect_as_owner(own) as connection:
            connection.execute(
                "INSERT INTO sign_in_guess VALUES"
                " ('password', %(ada)s, '192.0.2.1', 10, now()),"
                " ('password', '', '192.0.2.1', 10, now()),"
                " ('code', %(ada)s, '', 10, now())",
                {"ada": ADA},
            )
            connection.execute(
                "INSERT INTO access_event (door, action, refused, user_name, address) VALUES"
                " ('portal', 'sign_in', false, %(ada)s, '192.0.2.7'),"
                " ('portal', 'sign_in', false, %(ada)s, '2001:db8::7'),"
                " ('portal', 'sign_in', true, %(ada)s, '192.0.2.8'),"
                " ('portal', 'sign_in', false, %(ada)s, 'unknown')",
                {"ada": ADA},
            )
        to_revision(own, "0027")
        with connect_as_owner(own) as connection:
            connection.autocommit = True
            bans = {(each.kind, each.address, each.user_name) for each in
                    list_bans(connection, own)}  # fmt: skip
            assert bans == {
                ("portal_password", "192.0.2.1", ADA),
                ("portal_code", None, ADA),
            }
            known = connection.execute(
                "SELECT address FROM sign_in_count WHERE signed_in_at IS NOT NULL ORDER BY 1"
            ).fetchall()
            assert known == [("192.0.2.7",), ("2001:db8::/64",), ("unknown",)]
            for address, judged in (("192.0.2.1", False), ("192.0.2.7", True)):
                attempt = begin_try(
                    connection, own, "portal_password", address=address, user_name=ADA
                )
                assert (attempt is not None) is judged
        to_revision(own, "0025", command.downgrade)
        with connect_as_owner(own) as connection:
            back = connection.execute("SELECT door, guesses FROM sign_in_guess").fetchall()
            assert ("code", 10) in back
