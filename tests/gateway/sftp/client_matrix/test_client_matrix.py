"""Each client that customers have does each step of a customer's day against the live server.

A client that cannot do a step says so in its `cannot`, and the step is skipped with the reason;
docs/tasks/send-by-sftp.md shows the same as a table.
"""

import re
from collections.abc import Callable, Iterator

import pytest

from registry.landing.drop_folder import PENDING, RESULTS
from tests.gateway.sftp.client_matrix.catalogue import shown_of, table
from tests.gateway.sftp.client_matrix.conftest import Seat
from tests.gateway.sftp.client_matrix.driver import (
    DELETE,
    KEY,
    LIST,
    MODE,
    OWN_TEMPORARY_NAME,
    RENAME,
    RESUME,
    SIGN_INS,
    TIMES,
    Outcome,
)
from tests.gateway.sftp.customers import PROJECT
from tests.waiting import eventually

pytestmark = pytest.mark.slow

# Longer than one request, and no multiple of one: the last request is a short one.
CONTENT = bytes(range(251)) * 2800
SHORT = b"a shorter roster\n"
BROKE_OFF_AT = 300_000
REFUSALS = re.compile(
    r"permission denied|can be read only|cannot be read back|only files in|access denied",
    re.IGNORECASE,
)


@pytest.fixture
def able(client: Seat) -> Callable[[str], None]:
    """Skips a test with the reason why the client cannot do a step."""

    def need(step: str) -> None:
        if (why := client.driver.cannot.get(step)) is not None:
            pytest.skip(f"{client.driver.name} cannot {step}: {why}")

    return need


@pytest.fixture
def name(request) -> str:
    """A name of the test's own, because all tests of a client share an account."""
    return f"{request.node.originalname}.csv"[-60:]


@pytest.fixture
def sent(client: Seat, name: str) -> str:
    """The path of a file that waits."""
    client.session.put_bytes(f"{PENDING}/{name}", CONTENT)
    return f"{PENDING}/{name}"


@pytest.fixture
def result(client: Seat, name: str) -> Iterator[str]:
    """The path of a result."""
    path = client.customer.results / name
    path.write_bytes(CONTENT)
    path.chmod(0o444)
    yield f"{RESULTS}/{name}"
    assert path.read_bytes() == CONTENT


def done(outcome: Outcome) -> str:
    """What the client said of a step that it did."""
    assert outcome.ok, outcome.said
    return outcome.said


def refused(outcome: Outcome) -> str:
    """What the client said of a step that was refused, in words that a person understands."""
    assert not outcome.ok, f"not refused: {outcome.said}"
    assert REFUSALS.search(outcome.said), outcome.said
    return outcome.said


class TestSignIn:
    @pytest.mark.parametrize("by", SIGN_INS)
    def test_and_send_a_file(self, client, by):
        if by not in client.driver.sign_ins:
            pytest.skip(f"{client.driver.name} cannot be told to sign in by {by} alone")
        name = f"{by}.csv"
        done(client.driver.put(client.file(name, CONTENT), f"{PENDING}/{name}", by))
        assert eventually(lambda: client.waiting(name)) == [CONTENT]
        signed_in = client.customer.events("sign_in")[-1]
        assert not signed_in.refused
        assert (signed_in.detail or "").startswith("key SHA256:") == (by == KEY)


class TestSend:
    def test_a_file_with_its_time(self, client, able, name):
        able(TIMES)
        local = client.file(name, CONTENT)
        done(client.driver.put_with_times(local, f"{PENDING}/{name}"))
        assert eventually(lambda: client.waiting(name)) == [CONTENT]
        waits = client.customer.pending / name
        assert waits.stat().st_mtime == pytest.approx(local.stat().st_mtime, abs=1)

    def test_the_rest_of_a_file_that_broke_off(self, client, able, call, name):
        able(RESUME)
        broken = call(client.customer)
        broken.begin(f"{PENDING}/{name}", CONTENT[:BROKE_OFF_AT])
        broken.abort()
        eventually(lambda: [e for e in client.customer.events("upload") if e.file_name == name])
        done(client.driver.resume(client.file(name, CONTENT), f"{PENDING}/{name}"))
        assert eventually(lambda: client.waiting(name)) == [CONTENT]
        assert len(client.imports(name)) == 1

    def test_a_shorter_file_in_place_of_the_one_that_waits(self, client, name, sent):
        done(client.driver.put(client.file(name, SHORT), sent))
        eventually(lambda: len(client.imports(name)) == 2)
        assert client.waiting(name) == [SHORT]
        assert (client.customer.pending / name).read_bytes() == SHORT
        assert [client.customer.archived(each) for each in client.imports(name)] == [CONTENT, SHORT]

    def test_a_temporary_name_first_and_rename_it(self, client, able, name):
        able(RENAME)
        part = f"{PENDING}/{name}.part"
        done(client.driver.put(client.file(name, CONTENT), part))
        assert not client.imports(name)
        done(client.driver.rename(part, f"{PENDING}/{name}"))
        assert client.waiting(name) == [CONTENT]
        assert not (client.customer.pending / f"{name}.part").exists()

    def test_by_the_temporary_name_that_the_client_uses_itself(self, client, able, name):
        able(OWN_TEMPORARY_NAME)
        local = client.file(name, CONTENT)
        done(client.driver.put_by_temporary_name(local, f"{PENDING}/{name}"))
        assert client.waiting(name) == [CONTENT]
        renamed = [each for each in client.customer.events("rename") if each.file_name == name]
        assert len(renamed) == 1


class TestAWaitingFile:
    def test_is_listed_with_its_size(self, client, able, name, sent):
        able(LIST)
        assert sent
        said = done(client.driver.list(PENDING))
        assert name in said
        assert re.search(rf"\b{len(CONTENT)}\b", said), said

    def test_is_renamed(self, client, able, name, sent):
        able(RENAME)
        done(client.driver.rename(sent, f"{PENDING}/renamed-{name}"))
        assert client.waiting(f"renamed-{name}") == [CONTENT]
        assert not client.waiting(name)

    def test_is_replaced_by_a_renamed_one_or_keeps_its_name(self, client, able, name, sent):
        able(RENAME)
        other = f"{PENDING}/other-{name}"
        client.session.put_bytes(other, SHORT)
        outcome = client.driver.rename(other, sent)
        if client.driver.rename_replaces:
            done(outcome)
            assert client.waiting(name) == [SHORT]
            assert not client.waiting(f"other-{name}")
        else:
            assert not outcome.ok, outcome.said
            assert client.waiting(name) == [CONTENT]
            assert client.waiting(f"other-{name}") == [SHORT]

    def test_is_deleted(self, client, able, name, sent):
        able(DELETE)
        done(client.driver.delete(sent))
        assert [each.state for each in client.imports(name)] == ["cancelled"]
        assert not (client.customer.pending / name).exists()

    def test_keeps_its_permissions_and_the_client_is_content(self, client, able, name, sent):
        able(MODE)
        done(client.driver.set_mode(sent))
        assert client.waiting(name) == [CONTENT]
        assert len(client.imports(name)) == 1

    def test_is_not_read_back(self, client, name, sent):
        refused(client.driver.get(sent, client.driver.desk.folder / f"back-{name}"))

    def test_is_not_replaced_by_an_empty_one(self, client, name, sent):
        client.driver.put(client.file(name, b""), sent)
        assert client.waiting(name) == [CONTENT]
        assert (client.customer.pending / name).read_bytes() == CONTENT


class TestAResult:
    def test_is_fetched(self, client, name, result):
        local = client.driver.desk.folder / f"fetched-{name}"
        done(client.driver.get(result, local))
        assert local.read_bytes() == CONTENT

    def test_is_listed(self, client, able, name, result):
        able(LIST)
        assert result
        assert name in done(client.driver.list(RESULTS))

    def test_is_not_deleted_and_the_client_says_why(self, client, able, name, result):
        able(DELETE)
        assert shown_of(type(client.driver), name) in refused(client.driver.delete(result))

    def test_is_not_replaced_and_the_client_says_why(self, client, name, result):
        said = refused(client.driver.put(client.file(name, SHORT), result))
        if DELETE in client.driver.cannot:
            assert shown_of(type(client.driver), name) in said


def test_the_old_protocol_of_scp_is_refused_in_clear_words(client, name):
    old = getattr(client.driver, "by_its_old_protocol", None)
    if old is None:
        pytest.skip(f"{client.driver.name} speaks SFTP only")
    outcome = old(client.file(name, CONTENT), f"{PENDING}/{name}")
    assert not outcome.ok
    assert "Rosterline takes files by SFTP only" in outcome.said
    assert not client.imports(name)


def test_the_docs_have_the_table_of_the_matrix():
    assert table() in (PROJECT / "docs" / "tasks" / "send-by-sftp.md").read_text()
