"""Clients that customers have, as processes: OpenSSH and lftp; and a load balancer in front."""

import shutil
import socket
import struct
import subprocess
import time
from contextlib import suppress

import asyncssh
import pytest

from registry.accounts.activity_log import list_events
from registry.accounts.sftp_address import address_for
from registry.landing.drop_folder import PENDING, RESULTS
from tests.gateway.sftp.customers import PASSWORD, key_of, server_thread
from tests.waiting import eventually

CONTENT = bytes(range(256)) * 2000
OPTIONS = ("-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR", "-F", "none")


@pytest.fixture
def files(tmp_path):
    """A folder of the customer's machine."""
    (tmp_path / "roster.csv").write_bytes(CONTENT)
    (tmp_path / "short.csv").write_bytes(b"short")
    return tmp_path


@pytest.fixture
def half_a_roster(acme, call):
    """What came of roster.csv before its connection broke off."""
    client = call(acme)
    client.begin(f"{PENDING}/roster.csv", CONTENT[:100_000])
    client.abort()
    eventually(lambda: acme.events("upload"))


@pytest.fixture(params=["password", "key"])
def sftp(request, acme, files):
    """Lets OpenSSH's sftp do what a customer types; gives its exit code, and what it said."""

    def typed(*lines):
        known = ("-o", f"UserKnownHostsFile={files / 'known_hosts'}", "-P", port)
        command = ["sftp", *OPTIONS, *known, *how, "-b", "-", "ada@127.0.0.1"]
        done = subprocess.run(
            [*before, *command], cwd=files, input="\n".join(lines), text=True,
            capture_output=True, check=False, timeout=60,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    port = str(acme.settings.sftp_port)
    if request.param == "password":
        before = ["sshpass", "-p", PASSWORD]
        how = ["-o", "PubkeyAuthentication=no", "-o", "BatchMode=no"]
    else:
        key = files / "id_ed25519"
        key_of("ada").write_private_key(str(key))
        key.chmod(0o600)
        before, how = [], ["-i", str(key), "-o", "IdentitiesOnly=yes"]
    return typed


@pytest.fixture
def scp(acme, files):
    """Lets OpenSSH's scp copy a file of the customer to a path of the server."""

    def copied(name, to, *options):
        known = ("-o", f"UserKnownHostsFile={files / 'known_hosts'}", "-P", port)
        how = ("-o", "PubkeyAuthentication=no", *options)
        before = ["sshpass", "-p", PASSWORD]
        command = ["scp", *OPTIONS, *known, *how, name, f"ada@127.0.0.1:{to}"]
        done = subprocess.run(
            [*before, *command], cwd=files, text=True, capture_output=True, check=False, timeout=60
        )
        return done.returncode, done.stdout + done.stderr

    port = str(acme.settings.sftp_port)
    return copied


class TestScp:
    def test_a_shorter_file_replaces_a_longer_one_whole(self, acme, scp):
        for name in ("roster.csv", "short.csv"):
            code, said = scp(name, f"{PENDING}/roster.csv")
            assert code == 0, said
        assert (acme.pending / "roster.csv").read_bytes() == b"short"
        assert acme.archived(acme.imports()[-1]) == b"short"

    def test_times_and_mode_are_no_reason_to_fail(self, acme, scp, files):
        code, said = scp("roster.csv", f"{PENDING}/roster.csv", "-p")
        assert code == 0, said
        assert acme.archived(acme.imports()[0]) == CONTENT
        assert (acme.pending / "roster.csv").stat().st_mtime == pytest.approx(
            (files / "roster.csv").stat().st_mtime, abs=1
        )

    def test_a_file_that_broke_off_is_sent_anew_whole(self, half_a_roster, acme, scp):
        assert half_a_roster is None
        code, said = scp("short.csv", f"{PENDING}/roster.csv")
        assert code == 0, said
        assert acme.archived(acme.imports()[0]) == b"short"


class TestOpenSSH:
    def test_puts_lists_renames_deletes_and_fetches(self, acme, sftp, files):
        (acme.results / "2026-11-21_roster.csv").write_bytes(CONTENT)
        code, said = sftp(
            f'cd "{PENDING}"', "put roster.csv", "put -p short.csv", "ls -l", "pwd",
            "rename short.csv shorter.csv", "rm shorter.csv",
            f'get "/{RESULTS}/2026-11-21_roster.csv" fetched.csv',
        )  # fmt: skip
        assert code == 0, said
        assert f"Remote working directory: /{PENDING}" in said
        assert "short.csv" in said
        assert acme.names() == ["roster.csv"]
        assert acme.states() == ["waiting", "cancelled"]
        assert acme.archived(acme.imports()[0]) == CONTENT
        assert (files / "fetched.csv").read_bytes() == CONTENT

    @pytest.mark.usefixtures("half_a_roster")
    def test_resumes_an_upload_that_broke_off(self, acme, sftp):
        code, said = sftp(f'reput roster.csv "{PENDING}/roster.csv"')
        assert code == 0, said
        assert acme.archived(acme.imports()[0]) == CONTENT

    @pytest.mark.parametrize(
        ("line", "words"),
        [
            (f'mkdir "{PENDING}/folder"', "Permission denied"),
            (f'ln -s /etc/passwd "{PENDING}/link"', 'not support the "symlink"|unsupported'),
            (f'get "{PENDING}/roster.csv" back.csv', "Permission denied"),
            (f'put short.csv "{RESULTS}/short.csv"', "Permission denied"),
            ("get /etc/passwd", "not found|No such file"),
        ],
        ids=["mkdir", "symlink", "read back", "write result", "outside"],
    )  # fmt: skip
    def test_shows_why_a_request_is_refused(self, acme, sftp, line, words):
        (acme.pending / "roster.csv").write_bytes(CONTENT)
        code, said = sftp(line)
        assert code == 1
        assert any(each.lower() in said.lower() for each in words.split("|")), said


class TestSigningInWithOpenSSH:
    @pytest.fixture
    def openssh(self, acme, files):
        """`sftp` with the address of the customer's sheet, with the password at hand."""

        def typed(line, *options, port=None):
            own = acme.settings.model_copy(
                update={
                    "sftp_public_host": "127.0.0.1",
                    "sftp_port": port or acme.settings.sftp_port,
                }
            )
            known = ("-o", f"UserKnownHostsFile={files / 'known_hosts'}", "-o", "BatchMode=no")
            command = ["sftp", *OPTIONS, *known, *options, "-b", "-", address_for(own, acme.user)]
            before = ["sshpass", "-p", PASSWORD]
            done = subprocess.run(
                [*before, *command], cwd=files, input=line, text=True,
                capture_output=True, check=False, timeout=60,
            )  # fmt: skip
            return done.returncode, done.stdout + done.stderr

        return typed

    @pytest.mark.parametrize("method", ["password", "keyboard-interactive"])
    def test_takes_the_password_by_both_methods_and_the_address_as_it_is_pasted(
        self, acme, openssh, method
    ):
        code, said = openssh(
            f'put roster.csv "{PENDING}/roster.csv"', "-o", f"PreferredAuthentications={method}"
        )
        assert code == 0, said
        assert acme.archived(acme.imports()[0]) == CONTENT
        assert [each.refused for each in acme.events("sign_in")] == [False]

    @pytest.mark.parametrize(
        "options",
        [
            ("-o", "KexAlgorithms=diffie-hellman-group14-sha1"),
            ("-o", "MACs=hmac-sha1", "-o", "Ciphers=aes128-ctr"),
            ("-o", "Ciphers=aes128-cbc"),
            ("-o", "HostKeyAlgorithms=ssh-rsa"),
        ],
        ids=["key exchange", "code", "cipher", "host key"],
    )
    @pytest.mark.filterwarnings("ignore:Diffie-Hellman over finite fields")
    def test_by_old_algorithms_needs_the_legacy_profile(self, openssh, serve, options):
        code, said = openssh("pwd", *options)
        assert code != 0
        assert "Connection closed" in said or "no matching" in said
        code, said = openssh("pwd", *options, port=serve(sftp_profile="legacy").sftp_port)
        assert code == 0, said

    def test_by_a_group_of_1024_bits_is_refused_in_either_profile(self, openssh, serve):
        for port in (None, serve(sftp_profile="legacy").sftp_port):
            code, said = openssh("pwd", "-o", "KexAlgorithms=diffie-hellman-group1-sha1", port=port)
            assert code != 0
            assert "Connection closed" in said or "no matching" in said


class TestLftp:
    @pytest.fixture
    def lftp(self, acme, files):
        def typed(script):
            connect = f"sftp://ada:{PASSWORD}@127.0.0.1:{acme.settings.sftp_port}"
            ssh = " ".join(["ssh", "-a", "-x", *OPTIONS, "-o", "UserKnownHostsFile=/dev/null"])
            settings = (
                f'set sftp:connect-program "{ssh}"; set net:max-retries 1; set cmd:fail-exit y'
            )
            done = subprocess.run(
                [str(shutil.which("lftp")), "-c", f"{settings}; open {connect}; {script}"],
                cwd=files, text=True, capture_output=True, check=False, timeout=60,
            )  # fmt: skip
            return done.returncode, done.stdout + done.stderr

        return typed

    def test_puts_a_file(self, acme, lftp):
        code, said = lftp(f'cd "{PENDING}"; put roster.csv; cls -1')
        assert code == 0, said
        assert "roster.csv" in said
        assert acme.archived(acme.imports()[0]) == CONTENT

    def test_mirrors_a_folder_of_files_there_and_results_back(self, acme, lftp, files):
        (files / "out").mkdir()
        for number in range(5):
            (files / "out" / f"{number}.csv").write_bytes(bytes([number]) * 1000)
        (acme.results / "result.csv").write_bytes(CONTENT)
        code, said = lftp(f'mirror -R --parallel=3 out "{PENDING}"; mirror "{RESULTS}" back')
        assert code == 0, said
        assert acme.names() == [f"{number}.csv" for number in range(5)]
        assert acme.states() == ["waiting"] * 5
        assert (files / "back" / "result.csv").read_bytes() == CONTENT

    @pytest.mark.usefixtures("half_a_roster")
    def test_resumes_an_upload_that_broke_off(self, acme, lftp):
        code, said = lftp(f'cd "{PENDING}"; put -c roster.csv')
        assert code == 0, said
        assert acme.archived(acme.imports()[0]) == CONTENT


SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
IPV4 = socket.inet_aton("203.0.113.7") + socket.inet_aton("192.0.2.1") + struct.pack("!HH", 4, 22)
IPV6 = (
    socket.inet_pton(socket.AF_INET6, "2001:db8::7")
    + socket.inet_pton(socket.AF_INET6, "2001:db8::1")
    + struct.pack("!HH", 4, 22)
)


def version_2(command, family, body):
    return SIGNATURE + bytes([command, family]) + struct.pack("!H", len(body)) + body


class TestBehindALoadBalancer:
    @pytest.fixture
    def balanced(self, serve):
        return serve(sftp_proxy_protocol=True)

    def relay(self, port, header):
        """A socket to a client for us, whose bytes reach the server after `header`."""
        line = socket.create_connection(("127.0.0.1", port))
        line.sendall(header)
        return line

    @pytest.mark.parametrize(
        ("header", "address"),
        [
            (b"PROXY TCP4 203.0.113.7 192.0.2.1 4 22\r\n", "203.0.113.7"),
            (b"PROXY TCP6 2001:db8::7 2001:db8::1 4 22\r\n", "2001:db8::7"),
            (b"PROXY UNKNOWN\r\n", "127.0.0.1"),
            (version_2(0x21, 0x11, IPV4), "203.0.113.7"),
            (version_2(0x21, 0x21, IPV6), "2001:db8::7"),
            (version_2(0x21, 0x11, IPV4 + b"\x04\x00\x03abc"), "203.0.113.7"),
            (version_2(0x20, 0x00, b""), "127.0.0.1"),
        ],
        ids=["1 IPv4", "1 IPv6", "1 unknown", "2 IPv4", "2 IPv6", "2 with more", "2 health check"],
    )
    def test_the_activity_log_knows_where_the_customer_comes_from(
        self, acme, balanced, call, header, address
    ):
        client = call(acme, sock=self.relay(balanced.sftp_port, header))
        client.put_bytes(f"{PENDING}/roster.csv", b"roster")
        assert {event.address for event in acme.events("upload")} == {address}

    @pytest.mark.parametrize(
        "header",
        [
            b"SSH-2.0-OpenSSH_9.6\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            b"PROXY TCP4 elsewhere 192.0.2.1 4 22\r\n",
            b"PROXY TCP4 203.0.113.7\r\n",
            b"PROXY " + b"x" * 200,
            version_2(0x31, 0x11, IPV4),
            version_2(0x21, 0x11, IPV4[:5]),
        ],
        ids=["SSH", "HTTP", "no address", "short line", "long line", "version 3", "short body"],
    )
    def test_a_connection_without_the_header_is_closed_at_once_without_an_answer(
        self, balanced, header
    ):
        with self.relay(balanced.sftp_port, header) as line:
            line.settimeout(4)
            with suppress(ConnectionResetError):
                assert line.recv(100) == b""

    def test_a_ban_is_on_the_customer_and_not_on_the_load_balancer(
        self, acme, balanced, call, connection
    ):
        header = b"PROXY TCP4 203.0.113.7 192.0.2.1 4 22\r\n"
        with pytest.raises(asyncssh.PermissionDenied):
            call(acme, password="wrong", sock=self.relay(balanced.sftp_port, header))
        assert {event.address for event in list_events(connection)} == {"203.0.113.7"}

    @pytest.mark.parametrize("balanced", [True, False])
    def test_the_server_ends_although_a_client_stays_silent(self, server, balanced):
        with server_thread(server.model_copy(update={"sftp_proxy_protocol": balanced})) as own:
            silent = self.relay(own.sftp_port, b"PROXY UNKNOWN\r\n" if balanced else b"")
            assert silent.recv(100).startswith(b"SSH-2.0-Rosterline")
            began = time.monotonic()
        assert time.monotonic() - began < 5
        silent.close()


def test_the_clients_are_installed():
    assert all(shutil.which(each) for each in ("sftp", "sshpass", "lftp"))
