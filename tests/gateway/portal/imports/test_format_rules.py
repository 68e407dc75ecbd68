"""The rules of columns follow from a format's declarations and the account's settings."""

import pytest

from gateway.portal.imports.format_rules import rules_of
from registry.accounts.accounts import account_by_id, change_settings
from schemas.catalogue import FORMATS, get_format
from schemas.reference import is_repeat


def by_name(rules):
    return {each.name: each for each in rules}


@pytest.mark.parametrize("name", FORMATS)
def test_each_column_has_one_row_and_a_series_only_its_first(clinic, name):
    file_format = get_format(name)
    shown = [each.name for each in rules_of(file_format, clinic)]
    declared = [column.label for column in file_format.columns if not is_repeat(column)]
    assert shown == declared


def test_columns_have_letters_where_no_header_names_them(clinic):
    without_header = rules_of(get_format("ptdirect"), clinic)
    assert [each.letter for each in without_header] == list("ABCDEFGHI")
    assert {each.letter for each in rules_of(get_format("metriport"), clinic)} == {""}


def test_a_message_leaves_out_label_and_value(clinic):
    year = by_name(rules_of(get_format("ptdirect"), clinic))["Year of birth"]
    assert year.required
    assert year.example == "1977"
    assert ("error", "is required") in year.messages
    assert ("error", "… is not between 100 years ago and this year") in year.messages


def test_an_optional_column_has_warnings_and_is_not_required(clinic):
    email = by_name(rules_of(get_format("ptdirect"), clinic))["Email"]
    assert not email.required
    assert {severity for severity, _ in email.messages} == {"warning"}


def test_no_message_stands_twice(clinic):
    for name in FORMATS:
        for each in rules_of(get_format(name), clinic):
            assert len(each.messages) == len(set(each.messages))


def test_lenient_accounts_get_warnings_instead_of_errors(clinic, connection):
    def error_count(account):
        return sum(
            severity == "error"
            for each in rules_of(get_format("thoroughcare"), account)
            for severity, _ in each.messages
        )

    strict = error_count(clinic)
    change_settings(connection, clinic, {"lenient": True})
    connection.commit()
    assert error_count(account_by_id(connection, clinic.id)) < strict
