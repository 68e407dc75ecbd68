import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from cli.services import listening
from pipelines.process_environment import marts_socket
from schemas.errors import ServiceUnavailable
from tests.ports import free_port


@pytest.fixture
def own(settings, tmp_path):
    ports = {"webserver_port": free_port(), "sftp_port": free_port(), "http_port": free_port()}
    return settings.model_copy(update={"home": tmp_path} | ports)


class TestAddresses:
    @pytest.mark.parametrize(
        ("host", "address"),
        [
            ("0.0.0.0", "http://127.0.0.1:3000"),  # noqa: S104
            ("::", "http://127.0.0.1:3000"),
            ("::1", "http://[::1]:3000"),
            ("rosterline.example", "http://rosterline.example:3000"),
        ],
    )
    def test_a_browser_can_open_the_address(self, settings, host, address):
        own = settings.model_copy(update={"webserver_host": host, "webserver_port": 3000})
        assert listening.web_address(own) == address

    def test_only_services_that_listen_on_a_port_have_one(self, own):
        assert listening.addresses(own) == {
            "webserver": f"http://127.0.0.1:{own.webserver_port}",
            "sftp": f"sftp://127.0.0.1:{own.sftp_port}",
            "api": f"http://127.0.0.1:{own.http_port}",
        }

    def test_each_further_process_of_a_door_has_the_next_port(self, own):
        many = own.model_copy(
            update={"http_processes": 2, "sftp_processes": 2, "sftp_health_port": 9000}
        )
        found = listening.addresses(many)
        assert found["api-2"] == f"http://127.0.0.1:{own.http_port + 1}"
        assert found["sftp-2"] == f"sftp://127.0.0.1:{own.sftp_port + 1}"
        second = listening.of_process(many, "sftp-2")
        assert (second.sftp_port, second.sftp_health_port) == (own.sftp_port + 1, 9001)
        assert second.http_port == own.http_port


class TestAnswers:
    def test_a_service_answers_once_its_port_accepts_connections(self, own):
        assert not listening.answers(own, "sftp")
        with socket.create_server(("127.0.0.1", own.sftp_port)):
            assert listening.answers(own, "sftp")

    @pytest.mark.parametrize("said", [b"SSH-2.0-OpenSSH_9.2\r\n", b"\0\0\0", b""])
    def test_something_else_on_the_port_of_a_service_with_pages_is_no_answer(self, own, said):
        with socket.create_server(("127.0.0.1", own.http_port)) as server:

            def speak():
                connection, _ = server.accept()
                with connection:
                    connection.recv(1024)
                    connection.sendall(said)

            speaker = threading.Thread(target=speak)
            speaker.start()
            assert not listening.answers(own, "api")
            speaker.join()

    @pytest.mark.parametrize(("status", "answers"), [(200, True), (503, False)])
    def test_a_service_with_pages_must_serve_one(self, own, status, answers):
        class Page(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(status if self.path == "/ready" else 404)
                self.end_headers()

            def log_message(self, *_):
                pass

        with HTTPServer(("127.0.0.1", own.http_port), Page) as server:
            thread = threading.Thread(target=server.handle_request)
            thread.start()
            assert listening.answers(own, "api") is answers
            thread.join()

    def test_the_marts_answer_on_a_socket(self, own):
        assert not listening.answers(own, "marts")
        path = marts_socket(own)
        path.parent.mkdir(parents=True, exist_ok=True)
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(path))
            server.listen()
            assert listening.answers(own, "marts")

    def test_the_daemon_listens_nowhere_and_counts_as_answering(self, own):
        assert listening.answers(own, "daemon")


class TestTakenPort:
    @pytest.mark.parametrize(
        ("name", "variable"),
        [
            ("webserver", "ROSTERLINE_WEBSERVER_PORT"),
            ("sftp", "ROSTERLINE_SFTP_PORT"),
            ("api", "ROSTERLINE_HTTP_PORT"),
        ],
    )
    def test_the_message_names_the_variable_to_set(self, own, name, variable):
        port = int(listening.addresses(own)[name].rpartition(":")[2])
        with (
            socket.create_server(("127.0.0.1", port)),
            pytest.raises(ServiceUnavailable, match=f"127.0.0.1:{port} .*{variable}"),
        ):
            listening.refuse_taken_port(own, name)

    @pytest.mark.parametrize("name", ["webserver", "sftp", "api", "daemon", "marts"])
    def test_a_free_port_passes_and_stays_free(self, own, name):
        listening.refuse_taken_port(own, name)
        listening.refuse_taken_port(own, name)
