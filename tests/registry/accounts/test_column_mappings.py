"""Versions of a mapping: saved, replaced, ended, used again; one in use for each format."""

from datetime import UTC, datetime

import pytest

from registry.accounts.accounts import add_account
from registry.accounts.column_mappings import (
    get_mapping,
    list_mappings,
    mapping_in_use,
    save_mapping,
    stop_using,
    use_again,
)
from registry.database.connections import connect_as_gateway
from registry.database.row_level_security import as_account
from schemas.catalogue import get_format
from schemas.column_mapping import MappedColumn
from schemas.errors import NotAllowed, NotFound

NOW = datetime(2026, 11, 1, tzinfo=UTC)
CARE = get_format("thoroughcare")
REQUIRED = {"A": "first_name", "B": "last_name", "C": "birth_date", "D": "gender"}
WHO = {"user_name": "ada", "now": NOW}


def columns(**more):
    return [MappedColumn(header, slot) for header, slot in {**REQUIRED, **more}.items()]


@pytest.fixture
def clinic(connection):
    account = add_account(connection, "clinic", "thoroughcare")
    connection.commit()
    return account


def in_use(connection, clinic):
    mapping = mapping_in_use(connection, clinic, CARE.name)
    return mapping and mapping.version


def test_a_saved_version_replaces_the_one_in_use_and_neither_changes(connection, clinic):
    first = save_mapping(connection, clinic, CARE, columns(), **WHO)
    second = save_mapping(connection, clinic, CARE, columns(E="city"), **WHO)
    assert (first.version, second.version, in_use(connection, clinic)) == (1, 2, 2)
    assert get_mapping(connection, clinic, CARE.name, 1) == first
    assert [each.in_use for each in list_mappings(connection, clinic)] == [True, False]


def test_the_same_columns_again_are_no_new_version(connection, clinic):
    first = save_mapping(connection, clinic, CARE, columns(), **WHO)
    assert save_mapping(connection, clinic, CARE, columns(), **WHO) == first


def test_an_earlier_version_is_used_again_as_the_next_one(connection, clinic):
    first = save_mapping(connection, clinic, CARE, columns(), **WHO)
    save_mapping(connection, clinic, CARE, columns(E="city"), **WHO)
    again = use_again(connection, clinic, CARE, 1, **WHO)
    assert (again.version, again.columns) == (3, first.columns)


def test_a_mapping_is_no_longer_used_and_is_kept(connection, clinic):
    save_mapping(connection, clinic, CARE, columns(), **WHO)
    stop_using(connection, clinic, CARE.name, **WHO)
    assert in_use(connection, clinic) is None
    assert list_mappings(connection, clinic)[0].ended_by == "ada"
    with pytest.raises(NotFound, match="no column mapping is in use for thoroughcare"):
        stop_using(connection, clinic, CARE.name, **WHO)
    with pytest.raises(NotFound, match="no version 2"):
        get_mapping(connection, clinic, CARE.name, 2)


@pytest.mark.parametrize(
    ("mapped", "reason"),
    [
        ([MappedColumn("A", None)], "no column is mapped"),
        (columns(E="shoe_size"), "has no column 'shoe_size'"),
        (columns(E="gender"), "two columns are mapped to Patient Gender"),
        (columns()[1:], "required columns are not mapped: Patient First Name"),
        ([*columns(), MappedColumn("  ", "city")], "a column without a header"),
        ([*columns(), MappedColumn("x" * 1001, "city")], "at most 1,000 characters"),
        ([*columns(), *[MappedColumn("E", None)] * 1024], "at most 1,024 columns"),
    ],
)
def test_a_mapping_that_cannot_be_one_is_refused_with_the_reason(
    connection, clinic, mapped, reason
):
    with pytest.raises(NotAllowed, match=reason):
        save_mapping(connection, clinic, CARE, mapped, **WHO)


def test_the_gateway_saves_and_sees_mappings_of_its_account_only(connection, clinic, database):
    other = add_account(connection, "other", "thoroughcare")
    save_mapping(connection, other, CARE, columns(), **WHO)
    connection.commit()
    with connect_as_gateway(database) as gateway, as_account(gateway, clinic.id):
        save_mapping(gateway, clinic, CARE, columns(), **WHO)
        save_mapping(gateway, clinic, CARE, columns(E="city"), **WHO)
        assert gateway.execute("SELECT count(*) FROM column_mapping").fetchone() == (2,)
