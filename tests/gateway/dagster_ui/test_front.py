"""Who reaches Dagster's webserver: attacked from outside, used from inside."""

import json
from datetime import timedelta

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect as connect_websocket

from gateway.http.dagster_tickets import CALL_TIME, Tickets, tickets
from registry.accounts import portal_sessions, portal_users
from registry.accounts.accounts import add_account
from registry.settings import Settings
from tests.gateway.dagster_ui.conftest import WIPE
from tests.gateway.http.half_open import closed_within, half_open
from tests.gateway.portal.conftest import password_hash

VERSION = "{ version }"


def ask(client: httpx.Client, query: str = VERSION, **how) -> httpx.Response:
    return client.post("/graphql", json={"query": query}, **how)


class TestWhoIsLetIn:
    def test_a_link_of_a_command_opens_the_ui(self, ui):
        client = ui.signed_in()
        assert "version" in ask(client).json()["data"]
        assert '<div id="root">' in client.get("/runs", headers={"Accept": "text/html"}).text

    def test_a_session_may_do_what_an_operator_does(self, ui):
        client = ui.signed_in()
        assert ask(client, WIPE).status_code == 200
        assert not ui.target_is_there()

    def test_an_operator_comes_from_the_portal(self, ui, operator):
        client = ui.signed_in(operator)
        assert ask(client).status_code == 200

    @pytest.mark.parametrize("path", ["/", "/runs", "/asset-groups", "/logs/a/b.out", "/notebook"])
    def test_a_stranger_gets_a_page_that_says_how(self, ui, path):
        answer = httpx.get(ui.url + path, headers={"Accept": "text/html"})
        assert answer.status_code == 401
        assert "rosterline ui" in answer.text
        assert f'href="{ui.settings.api_url}/dagster{path}"' in answer.text

    @pytest.mark.parametrize(
        "path",
        [
            "/graphql",
            "/report_asset_materialization/target",
            "/report_asset_check/target",
            "/report_asset_observation/target",
        ],
    )
    def test_a_stranger_may_not_post(self, ui, path):
        body = {"query": WIPE, "check_name": "a", "passed": True, "data_version": "1"}
        answer = httpx.post(ui.url + path, json=body, headers={"Origin": ui.url})
        assert answer.status_code == 401
        assert ui.target_is_there()

    def test_whoever_watches_the_service_needs_no_session(self, ui):
        assert httpx.get(f"{ui.url}/server_info").json()["dagster_version"]

    @pytest.mark.parametrize("role", ["viewer", "importer", "reviewer", "admin"])
    def test_users_of_an_account_stay_outside(self, ui, connection, role):
        account = add_account(connection, "clinic", "ptdirect")
        portal_users.add_user(connection, account, "ada@clinic.test", role, password_hash())
        connection.commit()
        answer = httpx.get(ui.link("ada@clinic.test"))
        assert answer.status_code == 401
        assert "Only operators" in answer.text
        assert "set-cookie" not in answer.headers

    def test_a_portal_session_of_another_role_does_not_open_it(self, ui, connection):
        account = add_account(connection, "clinic", "ptdirect")
        user = portal_users.add_user(
            connection, account, "ada@clinic.test", "admin", password_hash()
        )
        cookie = portal_sessions.open_session(connection, user, ui.clock())
        connection.commit()
        client = ui.client(Cookie=f"{ui.front.cookie_name}={cookie}")
        assert ask(client).status_code == 401

    @pytest.mark.parametrize(
        "cookie", ["", "x", "W251bGwsIjEiLDk5OTk5OTk5OTld.AAAA", "é" * 40, "a" * 4000]
    )
    def test_invented_cookies_open_nothing(self, ui, cookie):
        header = f"{ui.front.cookie_name}={cookie}".encode()
        assert ask(ui.client(), headers={"Cookie": header}).status_code == 401


class TestWhenItIsOver:
    def test_a_link_opens_the_ui_once(self, ui):
        link = ui.link()
        assert httpx.get(link).status_code == 303
        again = httpx.get(link)
        assert again.status_code == 401
        assert "used already" in again.text

    def test_a_link_is_over_after_its_time(self, ui):
        link = ui.link()
        ui.clock.ahead = timedelta(minutes=2)
        assert "is over" in httpx.get(link).text

    def test_a_session_is_over_after_its_time(self, ui, operator):
        for name in (None, operator):
            ui.clock.ahead = timedelta(0)
            client = ui.signed_in(name)
            ui.clock.ahead = timedelta(hours=ui.settings.session_hours, minutes=1)
            assert ask(client).status_code == 401

    def test_an_operator_who_is_disabled_is_out_at_once(self, ui, operator, connection):
        client = ui.signed_in(operator)
        user = portal_users.get_user(connection, operator)
        portal_users.set_disabled(connection, user, disabled=True)
        portal_sessions.end_sessions_of(connection, user)
        connection.commit()
        assert ask(client).status_code == 401
        assert httpx.get(ui.link(operator)).status_code == 401

    def test_signing_out_everywhere_ends_it(self, ui, operator, connection):
        client = ui.signed_in(operator)
        user = portal_users.get_user(connection, operator)
        portal_sessions.end_sessions_of(connection, user)
        connection.commit()
        assert ask(client).status_code == 401


class TestTokensOfCommands:
    def test_a_command_calls_without_a_session(self, ui):
        token = tickets(ui.settings).call(ui.clock() + CALL_TIME)
        answer = ask(ui.client(Authorization=f"Bearer {token}"))
        assert answer.status_code == 200

    @pytest.mark.parametrize("use", ["sign_in", "session"])
    def test_a_token_serves_one_use_only(self, ui, use):
        made = tickets(ui.settings)
        until = ui.clock() + CALL_TIME
        token = made.sign_in(None, until) if use == "sign_in" else made.session(until)
        answer = ask(ui.client(Authorization=f"Bearer {token}"))
        assert answer.status_code == 401
        call = made.call(until)
        assert httpx.get(f"{ui.url}/sign-in", params={"ticket": call}).status_code == 401

    def test_another_installation_s_token_is_refused(self, ui):
        token = Tickets(b"another key").call(ui.clock() + CALL_TIME)
        answer = ask(ui.client(Authorization=f"Bearer {token}"))
        assert answer.status_code == 401

    def test_a_token_is_over_after_its_time(self, ui):
        token = tickets(ui.settings).call(ui.clock() + CALL_TIME)
        ui.clock.ahead = timedelta(minutes=3)
        answer = ask(ui.client(Authorization=f"Bearer {token}"))
        assert answer.status_code == 401


class TestOtherPages:
    """A signed-in operator's browser, as it is abused by a page of somebody else."""

    def test_no_mutation_in_a_get(self, ui):
        client = ui.signed_in()
        del client.headers["Origin"]
        for accept in ("*/*", "text/html", "application/json"):
            answer = client.get("/graphql", params={"query": WIPE}, headers={"Accept": accept})
            assert answer.status_code == 405
        assert ui.target_is_there()

    @pytest.mark.parametrize("origin", ["https://evil.test", "null", "http://127.0.0.1:1", ""])
    def test_no_post_of_another_origin(self, ui, origin):
        client = ui.signed_in()
        client.headers["Origin"] = origin
        assert ask(client, WIPE).status_code == 403
        form = client.post("/graphql", params={"query": WIPE}, data={"a": "b"})
        assert form.status_code == 403
        assert ui.target_is_there()

    def test_no_post_without_an_origin(self, ui):
        client = ui.signed_in()
        del client.headers["Origin"]
        assert ask(client, WIPE).status_code == 403
        assert ui.target_is_there()

    def test_no_picture_or_script_of_another_site(self, ui):
        client = ui.signed_in()
        del client.headers["Origin"]
        foreign = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
        assert client.get("/logs/a/b.out", headers=foreign).status_code == 403

    def test_a_link_in_a_message_still_leads_here(self, ui):
        client = ui.signed_in()
        del client.headers["Origin"]
        followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
        assert client.get("/runs", headers=followed).status_code == 200

    @pytest.mark.parametrize("host", ["evil.test", "127.0.0.1", "localhost:1", "127.0.0.1.evil:80"])
    def test_no_foreign_host(self, ui, host):
        client = ui.signed_in()
        answer = ask(client, headers={"Host": host, "Origin": f"http://{host}"})
        assert answer.status_code == 421
        assert host not in answer.text

    @pytest.mark.parametrize(
        "then", ["//evil.test", "https://evil.test", "/\\evil.test", "/sign-in?ticket=1", "/a\r\nb"]
    )
    def test_a_link_leads_to_pages_of_the_ui_only(self, ui, then):
        answer = httpx.get(ui.link(), params={**httpx.URL(ui.link()).params, "next": then})
        assert answer.headers["location"] == "/"

    def test_websockets_need_session_and_origin(self, ui):
        address = ui.url.replace("http:", "ws:") + "/graphql"
        client = ui.signed_in()
        cookie = f"{ui.front.cookie_name}={client.cookies[ui.front.cookie_name]}"

        def opens(**headers: str) -> bool:
            how = {"additional_headers": headers, "subprotocols": ["graphql-ws"], "proxy": None}
            try:
                with connect_websocket(address, **how) as socket:
                    socket.send(json.dumps({"type": "connection_init"}))
                    return json.loads(socket.recv())["type"] == "connection_ack"
            except InvalidStatus:
                return False

        assert opens(Cookie=cookie, Origin=ui.url)
        assert not opens(Cookie=cookie, Origin="https://evil.test")
        assert not opens(Cookie=cookie)
        assert not opens(Origin=ui.url)


def test_the_ui_answers_to_its_public_name_over_tls(ui):
    public = ui.settings.model_copy(update={"dagster_public_url": "https://dagster.clinic.test"})
    assert isinstance(public, Settings)
    assert public.run_url == "https://dagster.clinic.test/runs"
    front = type(ui.front)(None, public, tickets(public), None, ui.clock)
    assert front.cookie_name.startswith("__Host-")
    assert "dagster.clinic.test" in front._hosts


class TestConnectionsThatSendNothing:
    def test_1500_of_them_are_closed_in_20_seconds_and_others_are_served(self, ui):
        with half_open(ui.settings.webserver_port, 1_500) as opened:
            assert ui.signed_in().get("/server_info").status_code == 200
            assert closed_within(opened, 20) == 1_500
        assert ui.client().get("/server_info").status_code == 200
