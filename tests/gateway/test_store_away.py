"""What API and SFTP answer while the bucket's server takes connections and says nothing."""

import httpx
import pytest
from asyncssh import SFTPError

from registry.accounts.accounts import add_account, add_facility
from registry.landing.archive_copy import archive_key
from registry.landing.drop_folder import PENDING
from registry.ledger.imports import list_imports
from registry.store import store_of
from tests.buckets import reach, s3_server
from tests.files import care, maria
from tests.gateway.api.conftest import ROSTER, calling, serving
from tests.gateway.sftp.conftest import call  # noqa: F401 - a fixture
from tests.gateway.sftp.customers import customer, server_thread

pytestmark = pytest.mark.bucket

PLACE = f"/{PENDING}/roster.csv"


@pytest.fixture
def away(database, tmp_path, monkeypatch):
    """Settings of a bucket on a server of this test's own, and the server."""
    with s3_server() as server:
        reach(server, monkeypatch)
        bucket = {"store_url": server.make_bucket().url, "store_timeout_seconds": 1.0}
        yield database.model_copy(update={"home": tmp_path / "home", **bucket}), server


def waiting(connection, settings):
    """The bytes of the one file that waits."""
    (received,) = [each for each in list_imports(connection) if each.state == "waiting"]
    return store_of(settings).read(archive_key(received.sha256))


def test_an_upload_by_link_is_refused_in_words_and_the_link_works_afterwards(away, connection):
    settings, server = away
    account = add_account(connection, "harbor", "metriport", cadence="on_arrival")
    add_facility(connection, account, "Harbor Clinic")
    connection.commit()
    with serving(settings) as api, calling(api, connection, account) as client:
        started = client.post("/medical/v1/patient/bulk").json()
        server.pause()
        answer = httpx.put(started["uploadUrl"], content=ROSTER, timeout=60)
        assert answer.status_code == 503
        assert "nothing was lost" in answer.json()["detail"]
        assert client.get("/medical/v1/facility").status_code == 200, (
            "what needs no store is answered"
        )
        server.resume()
        assert list_imports(connection) == []
        request = f"/medical/v1/patient/bulk/{started['requestId']}"
        assert client.get(request).json()["status"] == "waiting"
        assert httpx.put(started["uploadUrl"], content=ROSTER, timeout=60).status_code == 200
    assert waiting(connection, settings) == ROSTER.encode()


def test_an_upload_by_sftp_fails_and_the_waiting_file_stays(away, connection, call):  # noqa: F811
    settings, server = away
    first, second = care(maria(city="Rome")).encode(), care(maria(city="Lima")).encode()
    with server_thread(settings) as serving_files:
        acme = customer(connection, serving_files, "acme", "ada")
        client = call(acme)
        client.put_bytes(PLACE, first)
        server.pause()
        with pytest.raises(SFTPError, match="nothing was lost"):
            client.put_bytes(PLACE, second)
        server.resume()
        assert client.stat(PLACE).size == len(first)
        assert waiting(connection, settings) == first
        client.put_bytes(PLACE, second)
        assert waiting(connection, settings) == second
