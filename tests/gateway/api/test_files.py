"""Whole files as a caller sends them, and their results."""

import csv
import io

import httpx
import pytest

from registry.landing.wanted_results import list_wanted
from tests.gateway.api.conftest import HEADER, ROSTER, import_all, send
from tests.gateway.api.test_rules import results
from tests.workbooks import workbook

BULK = "/medical/v1/patient/bulk"


def result_of(client, started):
    return httpx.get(client.get(f"{BULK}/{started['requestId']}").json()["result"])


def test_encodings_line_ends_quotes_and_blank_rows_make_no_difference(api, client):
    quoted = ROSTER.replace("1 Main St", '"1 Main St"').replace("Ada", '"Ada"')
    files = [
        b"\xef\xbb\xbf" + ROSTER.replace("\n", "\r\n").encode(),
        quoted.encode("utf-16"),
        (ROSTER.replace("\nBen", "\n,,,,,,,\n\n \t,,,,,,,\nBen") + "\n\n").encode(),
    ]
    rows = results(api, client, *files)
    assert [row["action"] for row in rows] == ["created"] * 2 + ["unchanged"] * 4


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (HEADER.encode(), "no rows"),
        (b"%PDF-1.7\x00\x01\x02\xff", "pdf"),
        ((HEADER + 'Ada,"Sample\n').encode(), "quote"),
        (ROSTER.replace("Ada", "Adél").encode("windows-1252"), "utf-8"),
    ],
    ids=["empty", "header only", "no CSV", "open quote", "other bytes"],
)
def test_a_file_that_cannot_be_read_fails_with_a_reason_and_a_result(api, client, content, reason):
    started = send(client, content)
    import_all(api)
    found = client.get(f"{BULK}/{started['requestId']}").json()
    assert found["status"] == "failed"
    assert reason in found["reason"].lower()
    (row,) = csv.DictReader(io.StringIO(result_of(client, started).text, newline=""))
    assert (row["status"], row["reason"]) == ("failed", found["reason"])


def test_a_result_has_every_column_as_it_came_and_then_ours(api, client):
    started = send(
        client,
        "Pet,First Name*,lastName,dob,gender,addressLine1,city,state,zip\n"
        'cat,ADA,Sample,1980-02-01,F,"1 Main St, Rear",Boston,ma,2101\n'
        '=1+1,Ben,"Sample ""Jr""",soon,M,2 Main St,Boston,MA,02102\n',
    )
    import_all(api)
    answer = result_of(client, started)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    (patient,) = client.get("/medical/v1/patient").json()["patients"]
    assert answer.text == (
        "Pet,First Name*,lastName,dob,gender,addressLine1,city,state,zip,"
        "metriportId,status,reason,action,warnings\r\n"
        'cat,ADA,Sample,1980-02-01,F,"1 Main St, Rear",Boston,ma,2101,'
        f"{patient['id']},succeeded,,created,zip lost its leading zeros; they were put back; "
        "the whole file: columns that are not used: Pet\r\n"
        '=1+1,Ben,"Sample ""Jr""",soon,M,2 Main St,Boston,MA,02102,'
        ",failed,Missing/invalid dob,,\r\n"
    )


def test_a_dry_run_has_the_same_result_and_writes_no_patient(api, client):
    send(client, ROSTER)
    import_all(api)
    before = client.get("/medical/v1/patient").json()
    changed = ROSTER.replace("1 Main St", "9 Pier") + "Cyd,Sample,1990-02-01,F,,Salem,MA,01970\n"
    changed += "Dee,Sample,1990-02-01,F,3 Main St,Salem,MA,01970\n"
    started = send(client, changed, dryRun="true")
    import_all(api)
    found = client.get(f"{BULK}/{started['requestId']}").json()
    assert found["params"] == {"dryRun": True}
    counts = [found[name] for name in ("total", "created", "updated", "unchanged", "failed")]
    assert counts == [4, 1, 1, 1, 1]
    rows = list(csv.DictReader(io.StringIO(result_of(client, started).text, newline="")))
    ids = [each["id"] for each in before["patients"]]
    assert [row["metriportId"] for row in rows] == [*ids, "", ""]
    assert [row["action"] for row in rows] == ["updated", "unchanged", "", "created"]
    assert client.get("/medical/v1/patient").json() == before


def test_the_failed_rows_of_a_workbook_are_a_workbook_that_can_be_sent_again(api, client):
    header, ada, ben = (line.split(",") for line in ROSTER.splitlines())
    ben[2] = "soon"
    started = send(client, workbook({"October": [header, ada, ben]}))
    import_all(api)
    answer = client.get(f"{BULK}/{started['requestId']}/failed-rows.xlsx")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].endswith("spreadsheetml.sheet")
    again = send(client, answer.content)
    import_all(api)
    said = client.get(f"{BULK}/{again['requestId']}").json()
    assert (said["total"], said["failed"]) == (1, 1)
    of_csv = send(client)
    import_all(api)
    assert client.get(f"{BULK}/{of_csv['requestId']}/failed-rows.xlsx").status_code == 404


@pytest.mark.parametrize("how", ["gone", "a byte flipped", "truncated"])
def test_a_damaged_result_is_not_served_by_its_signed_link(api, client, how):
    started = send(client)
    import_all(api)
    (path,) = api.results_dir.glob(f"*/*{started['requestId']}.csv")
    content = path.read_bytes()
    path.chmod(0o600)
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes(content[:-9] if how == "truncated" else content.replace(b"a", b"b", 1))
    answer = result_of(client, started)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert "damaged or gone on our side" in answer.json()["detail"]
    assert path.parent.name in list_wanted(api)
    assert str(api.results_dir) not in answer.text
    path.write_bytes(content)
    assert result_of(client, started).content == content
