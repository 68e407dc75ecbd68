"""A real browser: the operator's way to the Dagster UI, and a page that would abuse it."""

import http.server
import threading
from collections.abc import Iterator
from string import Template
from urllib.parse import quote

import pytest
from playwright.sync_api import Page

from tests.gateway.dagster_ui.conftest import WIPE
from tests.gateway.portal.browsers import IN_A_BROWSER, PHONE, new_page, serious_faults
from tests.gateway.portal.conftest import PASSWORD

pytestmark = IN_A_BROWSER

ATTACK = Template("""<!doctype html><title>attack</title>
<img src="$ui/graphql?query=$wipe">
<iframe name="hidden" src="$ui/graphql?query=$wipe"></iframe>
<form method="post" target="hidden" action="$ui/graphql?query=$wipe"></form>
<script>
document.forms[0].submit();
const heard = [];
window.done = (async () => {
  const body = JSON.stringify({query: decodeURIComponent("$wipe")});
  for (const how of [
    {method: "POST", mode: "no-cors", credentials: "include", body},
    {method: "POST", credentials: "include", body, headers: {"Content-Type": "application/json"}},
    {method: "GET", mode: "no-cors", credentials: "include"},
  ]) {
    const query = how.method === "GET" ? "?query=$wipe" : "";
    try { await fetch("$ui/graphql" + query, how); } catch (error) { heard.push(String(error)); }
  }
  await new Promise((resolve) => {
    const socket = new WebSocket("$ui/graphql".replace("http", "ws"), "graphql-ws");
    socket.onopen = () => { heard.push("socket open"); resolve(); };
    socket.onerror = () => resolve();
  });
  return heard;
})();
</script>""")


@pytest.fixture
def page(chromium, ui, operator) -> Iterator[Page]:
    """An operator who signed in at the portal and went on to the Dagster UI."""
    page = new_page(chromium, ui.settings)
    page.goto("/dagster/runs")
    page.get_by_label("E-mail address").fill(operator)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{ui.url}/runs**")
    yield page
    page.context.close()


@pytest.fixture
def evil() -> Iterator[http.server.HTTPServer]:
    """A web server with a name of its own, whose page is `server.page`."""

    class Pages(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(self.server.page.encode())

        def log_message(self, *_: object) -> None:
            """Nothing: the test says what happened."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_an_operator_goes_from_the_portal_to_dagster_and_works_there(page, ui):
    page.get_by_text("Runs").first.wait_for()
    answer = page.evaluate(
        "(query) => fetch('/graphql', {method: 'POST', body: JSON.stringify({query}),"
        " headers: {'Content-Type': 'application/json'}}).then((answer) => answer.status)",
        WIPE,
    )
    assert answer == 200
    assert not ui.target_is_there()


# The same host with another port shares cookies with the UI; another name does not.
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_page_of_another_origin_cannot_drive_dagster(page, ui, evil, host):
    evil.page = ATTACK.substitute(ui=ui.url, wipe=quote(WIPE))
    page.goto(f"http://{host}:{evil.server_port}/")
    heard = page.evaluate("window.done")
    assert "socket open" not in heard
    assert ui.target_is_there()


def test_the_page_for_strangers_reads_well_on_a_phone(chromium, ui):
    page = new_page(chromium, ui.settings, viewport=PHONE)
    page.goto(f"{ui.url}/assets")
    page.get_by_role("link", name="Sign in at the portal").wait_for()
    assert serious_faults(page) == []
    page.context.close()
