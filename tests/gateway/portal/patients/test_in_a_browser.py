"""The way of a reviewer, who corrects a value and compares two, and of who wants to be told."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from playwright.sync_api import expect

from tests.gateway.portal.browsers import IN_A_BROWSER, faults_at_each_size, new_page, sign_in
from tests.gateway.portal.conftest import serving
from tests.gateway.portal.rosters import GOOD
from tests.importing import process, put

pytestmark = IN_A_BROWSER


@pytest.fixture(scope="module")
def one_portal(migrated):
    with serving(migrated, webhook_private_targets=True) as own:
        yield own


@pytest.fixture
def receiver():
    """A server of HTTP that keeps what is posted to it."""
    came = []

    class Keeping(BaseHTTPRequestHandler):
        def do_POST(self):
            came.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Keeping)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/f00dcafe", came
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_value_is_corrected_stays_and_is_taken_back(
    scheme, clinic, connection, portal, chromium, tmp_path
):
    roster = GOOD + "C-2,Berta,Adams,1978,f,,,,\n"
    process(portal, connection, put(portal, connection, clinic, roster, folder=tmp_path))
    connection.commit()
    page = new_page(chromium, portal, color_scheme=scheme)
    sign_in(page, "reviewer@clinic.test")
    page.get_by_role("link", name="Patients", exact=True).click()
    page.get_by_label("By any door").select_option("cli")
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("link", name="Name").click()
    expect(page.get_by_role("table").get_by_role("link", name=", ").first).to_have_text(
        "Adams, Berta"
    )
    faults = faults_at_each_size(page)
    page.get_by_role("link", name="Sample, Ann").click()
    page.get_by_role("link", name="Correct values").click()
    faults += faults_at_each_size(page)
    page.get_by_label("E-mail").fill("ann at home")
    page.get_by_role("button", name="Save the corrections").click()
    expect(page.get_by_text("ann at home is not an e-mail address")).to_be_visible()
    faults += faults_at_each_size(page)
    page.get_by_label("E-mail").fill("new@clinic.example")
    page.get_by_role("button", name="Save the corrections").click()
    expect(page.get_by_text("The values were corrected.")).to_be_visible()
    by_hand = page.get_by_role("row", name="E-mail new@clinic.example by hand")
    expect(by_hand).to_be_visible()

    process(portal, connection, put(portal, connection, clinic, roster, folder=tmp_path))
    connection.commit()
    page.reload()
    expect(by_hand).to_be_visible()
    faults += faults_at_each_size(page)
    page.get_by_role("button", name="Undo this correction").click()
    expect(page.get_by_text("The correction was taken back.")).to_be_visible()
    expect(page.get_by_role("row", name="E-mail ann@example.com roster.csv")).to_be_visible()

    page.goto("/patients")
    page.get_by_role("checkbox", name="Choose Adams, Berta").press("Space")
    expect(page.get_by_text("1 chosen. Choose a second one.")).to_be_visible()
    page.get_by_role("checkbox", name="Choose Sample, Ann").press("Space")
    expect(page.get_by_text("2 chosen.")).to_be_visible()
    faults += faults_at_each_size(page)
    page.get_by_role("checkbox", name="Choose Sample, Ann").press("Enter")
    expect(page.get_by_role("heading", name="Are these one person?")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("2 chosen.")).to_be_visible()
    page.get_by_role("button", name="Compare and merge").click()
    page.get_by_label("Keep Name Ann Sample").check()
    page.get_by_role("button", name="Same person").click()
    expect(page.get_by_text("are one patient now.")).to_be_visible()
    assert faults == []
    assert [each for each in page.complaints if "status of 422" not in each] == []


@pytest.mark.usefixtures("clinic")
def test_a_channel_is_added_and_receives_a_test_message(portal, chromium, receiver):
    address, came = receiver
    page = new_page(chromium, portal)
    sign_in(page, "admin@clinic.test")
    page.goto("/admin/notifications")
    page.get_by_label("Name").fill("front desk")
    page.get_by_label("Over").select_option("webhook")
    page.get_by_label("E-mail address or URL").fill(address)
    page.get_by_role("button", name="Add the channel").click()
    expect(page.get_by_text("front desk is told from now on.")).to_be_visible()
    page.get_by_role("button", name="Send a test message to front desk").click()
    expect(page.get_by_text("front desk took the test message.")).to_be_visible()
    assert [each["title"] for each in came] == ["Rosterline: test"]
    assert "f00dcafe" not in page.content()
    assert faults_at_each_size(page) == []
    assert page.complaints == []
