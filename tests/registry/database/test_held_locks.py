from registry.database.connections import connect
from registry.database.held_locks import hold, let_go


def test_a_lock_is_held_by_one_session_until_it_lets_go(database, connection):
    assert hold(connection, "this")
    with connect(database) as other:
        assert not hold(other, "this")
        assert hold(other, "that")
        let_go(connection, "this")
        assert hold(other, "this")


def test_a_lock_outlives_the_transaction_in_which_it_was_taken(database, connection):
    hold(connection, "this")
    connection.rollback()
    with connect(database) as other:
        assert not hold(other, "this")


def test_a_lock_goes_with_the_session_that_held_it(database, connection):
    with connect(database) as other:
        hold(other, "this")
    assert hold(connection, "this")
