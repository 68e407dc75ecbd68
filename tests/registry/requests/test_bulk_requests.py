"""Bulk requests: what may follow what, and that nothing else does."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from registry.accounts.accounts import add_account, add_facility
from registry.landing.archive_copy import Archived
from registry.requests.bulk_requests import (
    UPLOAD_TIME,
    accept,
    ask,
    begin_upload,
    cancel,
    get_request,
    list_requests,
)
from registry.requests.request_states import expire_overdue
from schemas.errors import Expired, NotAllowed, NotFound
from tests.taking_up import take_up_due

pytestmark = pytest.mark.dated

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
BYTES = Archived("ab" * 32, 12)


@pytest.fixture
def account(connection):
    return add_account(connection, "harbor", "metriport", cadence="on_arrival")


def status(connection, account, request):
    return get_request(connection, account.id, request.id).status


def test_a_request_waits_for_its_file_and_then_is_what_its_import_is(connection, account):
    request = ask(connection, account, NOW, dry_run=True)
    assert (request.status, request.expires_at) == ("waiting", NOW + UPLOAD_TIME)
    begin_upload(connection, account.id, request.id, NOW)
    imported = accept(connection, account, request.id, BYTES, NOW)
    assert (imported.id, imported.source, imported.dry_run) == (request.id, "api", True)
    assert status(connection, account, request) == "waiting"
    take_up_due(connection, limit=5)
    assert status(connection, account, request) == "processing"


def test_the_second_file_for_a_request_is_refused(connection, account):
    request = ask(connection, account, NOW)
    accept(connection, account, request.id, BYTES, NOW)
    with pytest.raises(NotAllowed, match="was used"):
        accept(connection, account, request.id, BYTES, NOW)
    with pytest.raises(NotAllowed, match="was used"):
        begin_upload(connection, account.id, request.id, NOW)


def test_the_sweep_expires_what_waited_too_long_and_nothing_else(connection, account):
    old = ask(connection, account, NOW - UPLOAD_TIME)
    landed = ask(connection, account, NOW - UPLOAD_TIME)
    accept(connection, account, landed.id, BYTES, NOW)
    fresh = ask(connection, account, NOW)
    assert expire_overdue(connection, NOW) == 1
    assert [status(connection, account, each) for each in (old, landed, fresh)] == [
        "expired",
        "waiting",
        "waiting",
    ]
    with pytest.raises(Expired):
        accept(connection, account, old.id, BYTES, NOW)


def test_a_request_does_not_expire_while_its_file_comes(connection, account):
    request = ask(connection, account, NOW)
    late = NOW + UPLOAD_TIME - timedelta(seconds=1)
    begin_upload(connection, account.id, request.id, late)
    assert expire_overdue(connection, NOW + UPLOAD_TIME) == 0
    assert expire_overdue(connection, late + UPLOAD_TIME) == 1


def test_a_waiting_request_can_be_cancelled_before_and_after_its_file_came(connection, account):
    empty, landed = ask(connection, account, NOW), ask(connection, account, NOW)
    accept(connection, account, landed.id, BYTES, NOW)
    for request in (empty, landed):
        assert cancel(connection, account.id, request.id, NOW).status == "cancelled"
        with pytest.raises(NotAllowed, match="is cancelled"):
            cancel(connection, account.id, request.id, NOW)
    assert take_up_due(connection, limit=5) == []
    with pytest.raises(NotAllowed, match="was cancelled"):
        accept(connection, account, empty.id, BYTES, NOW)


def test_what_is_processed_is_cancelled_and_then_no_more(connection, account):
    request = ask(connection, account, NOW)
    accept(connection, account, request.id, BYTES, NOW)
    take_up_due(connection, limit=5)
    assert cancel(connection, account.id, request.id, NOW).status == "cancelled"
    with pytest.raises(NotAllowed, match="is cancelled"):
        cancel(connection, account.id, request.id, NOW)


def test_the_same_idempotency_key_gives_the_same_request(connection, account):
    first = ask(connection, account, NOW, idempotency_key="k-1")
    again = ask(connection, account, NOW + timedelta(minutes=1), idempotency_key="k-1")
    other = ask(connection, account, NOW, idempotency_key="k-2")
    assert first == again
    assert other.id != first.id
    with pytest.raises(NotAllowed, match="another facilityId or dryRun"):
        ask(connection, account, NOW, idempotency_key="k-1", dry_run=True)


def test_idempotency_keys_of_two_accounts_do_not_meet(connection, account):
    other = add_account(connection, "bay", "metriport")
    one = ask(connection, account, NOW, idempotency_key="k-1")
    two = ask(connection, other, NOW, idempotency_key="k-1")
    assert one.id != two.id


def test_the_only_facility_is_the_default_and_one_of_several_must_be_named(connection, account):
    assert ask(connection, account, NOW).facility_id is None
    main = add_facility(connection, account, "Main Street")
    assert ask(connection, account, NOW).facility_id == main.id
    pier = add_facility(connection, account, "Pier")
    with pytest.raises(NotAllowed, match="several facilities"):
        ask(connection, account, NOW)
    assert ask(connection, account, NOW, facility_id=pier.id).facility_id == pier.id
    with pytest.raises(NotFound):
        ask(connection, account, NOW, facility_id=uuid4())


def test_requests_are_listed_newest_first_in_pages_that_miss_none(connection, account):
    asked = [ask(connection, account, NOW + timedelta(seconds=i)) for i in range(5)]
    other = add_account(connection, "bay", "metriport")
    ask(connection, other, NOW)
    first = list_requests(connection, account.id, 2)
    second = list_requests(connection, account.id, 2, before=first[-1].id)
    third = list_requests(connection, account.id, 2, before=second[-1].id)
    assert [each.id for each in (*first, *second, *third)] == [each.id for each in asked[::-1]]


def test_another_accounts_request_is_not_there(connection, account):
    other = add_account(connection, "bay", "metriport")
    request = ask(connection, account, NOW)
    with pytest.raises(NotFound):
        get_request(connection, other.id, request.id)
    with pytest.raises(NotFound):
        cancel(connection, other.id, request.id, NOW)
    with pytest.raises(NotFound):
        begin_upload(connection, other.id, request.id, NOW)
    with pytest.raises(NotFound):
        accept(connection, other, request.id, BYTES, NOW)
