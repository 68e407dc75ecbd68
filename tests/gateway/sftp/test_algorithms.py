"""Which algorithms are agreed on, and which keys sign, with the two profiles."""

import asyncssh
import pytest

from registry.accounts import sftp_users
from registry.accounts.sftp_users import SftpKey
from registry.settings import Settings
from registry.settings.sftp_algorithms import LEGACY, MODERN
from tests.gateway.sftp.customers import key_of, public, server_thread

pytestmark = pytest.mark.filterwarnings("ignore:Diffie-Hellman over finite fields")

NEVER = {
    "kex_algs": [
        "diffie-hellman-group1-sha1",
        "diffie-hellman-group-exchange-sha1",
        "diffie-hellman-group-exchange-sha256",
        "rsa1024-sha1",
    ],
    "encryption_algs": ["3des-cbc", "arcfour128", "blowfish-cbc", "chacha20-poly1305@openssh.com"],
    "mac_algs": ["hmac-md5", "hmac-sha1-96", "umac-64@openssh.com"],
    "server_host_key_algs": ["ssh-dss"],
}
ONLY_LEGACY = {
    "kex_algs": ["diffie-hellman-group14-sha1"],
    "encryption_algs": ["aes256-cbc", "aes128-cbc"],
    "mac_algs": ["hmac-sha1"],
    "server_host_key_algs": ["ssh-rsa"],
}
OPTIONS = {
    "key_exchanges": "kex_algs",
    "ciphers": "encryption_algs",
    "macs": "mac_algs",
    "signatures": "server_host_key_algs",
}


def each_of(algorithms):
    return [
        pytest.param(option, name, id=name)
        for option, names in algorithms.items()
        for name in names
    ]


@pytest.fixture
def agrees(call, acme):
    """Whether a client that knows one algorithm can sign in."""

    def attempt(option, name, port=None):
        how = {option: [name]}
        if option == "mac_algs":
            how["encryption_algs"] = ["aes128-ctr"]  # one that needs a code beside it
        try:
            call(acme, port=port or acme.settings.sftp_port, **how)
        except (asyncssh.KeyExchangeFailed, asyncssh.ConnectionLost, ConnectionResetError):
            return False  # both sides find out; the server may be the first to leave
        return True

    return attempt


class TestTheModernProfile:
    @pytest.mark.parametrize(
        ("option", "name"),
        each_of(
            {
                option: [n for n in MODERN[kind] if not n.startswith("sk-") and "nistp384" not in n]
                for kind, option in OPTIONS.items()
                if kind != "signatures"
            }
            | {"server_host_key_algs": ["ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-256"]}
        ),
    )
    def test_offers(self, agrees, option, name):
        assert agrees(option, name)

    @pytest.mark.parametrize(("option", "name"), each_of(ONLY_LEGACY))
    def test_refuses_what_is_old(self, agrees, option, name):
        assert not agrees(option, name)

    @pytest.mark.parametrize(("option", "name"), each_of(NEVER))
    def test_refuses_what_is_broken_or_slow(self, agrees, option, name):
        assert not agrees(option, name)


@pytest.fixture(scope="module")
def legacy(one_server):
    with server_thread(one_server.model_copy(update={"sftp_profile": "legacy"})) as own:
        yield own.sftp_port


class TestTheLegacyProfile:
    @pytest.mark.parametrize(("option", "name"), each_of(ONLY_LEGACY))
    def test_offers_what_is_old(self, agrees, legacy, option, name):
        assert agrees(option, name, legacy)

    @pytest.mark.parametrize(("option", "name"), each_of(NEVER))
    def test_refuses_what_is_broken(self, agrees, legacy, option, name):
        assert not agrees(option, name, legacy)

    def test_has_what_the_modern_one_has(self):
        assert all(set(MODERN[kind]) < set(LEGACY[kind]) for kind in MODERN)


class TestKeysOfUsers:
    @pytest.fixture
    def store_key(self, connection, acme):
        """Store a key as an older version did, which took any."""

        def keep(key):
            user = sftp_users.get_user(connection, acme.user)
            sftp_users.add_key(connection, user, public(key))
            connection.commit()

        return keep

    @pytest.mark.parametrize(
        ("algorithm", "size"), [("ssh-rsa", {"key_size": 1024}), ("ssh-dss", {})]
    )
    def test_that_are_weak_are_refused_although_they_are_stored(
        self, acme, call, legacy, store_key, algorithm, size
    ):
        weak = asyncssh.generate_private_key(algorithm, **size)
        store_key(weak)
        for port in (acme.settings.sftp_port, legacy):
            how = {"port": port, "signature_algs": [algorithm, "ssh-ed25519"]}
            with pytest.raises(asyncssh.PermissionDenied):
                call(acme, client_keys=[weak], **how)
            assert call(acme, port=port)

    def test_of_rsa_sign_by_sha1_only_in_the_legacy_profile(self, acme, call, legacy, store_key):
        key = key_of("an RSA key", "ssh-rsa")
        store_key(key)
        for signature in ("rsa-sha2-256", "rsa-sha2-512"):
            assert call(acme, client_keys=[_Signing(key, signature)])
        with pytest.raises(asyncssh.PermissionDenied):
            call(acme, client_keys=[_Signing(key, "ssh-rsa")])
        assert call(acme, port=legacy, client_keys=[_Signing(key, "ssh-rsa")])


class _Signing(asyncssh.SSHKeyPair):
    """A key pair that signs by this algorithm, whatever the server says that it accepts."""

    def __init__(self, key, signature):
        super().__init__(
            key.algorithm, key.algorithm, (signature.encode(),), (signature.encode(),),
            key.public_data, "", None,
        )  # fmt: skip
        self._key, self._signature = key, signature.encode()

    def set_sig_algorithm(self, sig_algorithm):
        assert sig_algorithm
        self.sig_algorithm = self._signature

    def sign(self, data):
        return self._key.sign(data, self._signature)


def test_the_settings_lists_replace_those_of_the_profile(agrees, serve):
    own = serve(sftp_macs=("hmac-sha1",), sftp_signatures=("ssh-ed25519",))
    assert agrees("mac_algs", "hmac-sha1", own.sftp_port)
    assert not agrees("mac_algs", "hmac-sha2-256", own.sftp_port)
    assert not agrees("server_host_key_algs", "rsa-sha2-256", own.sftp_port)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sftp_key_exchanges", "diffie-hellman-group1-sha1"),
        ("sftp_key_exchanges", "diffie-hellman-group-exchange-sha256"),
        ("sftp_signatures", "ssh-dss"),
        ("sftp_macs", "hmac-md5"),
        ("sftp_ciphers", "3des-cbc"),
        ("sftp_ciphers", ""),
    ],
)
def test_what_is_never_offered_cannot_be_set_either(name, value):
    with pytest.raises(ValueError, match=r"one of|none of"):
        Settings(**{name: value})


def test_a_comment_of_a_key_is_kept_as_it_can_be_shown():
    assert SftpKey("SHA256:x", "ssh-ed25519 AAAA night job \u202e@clinic").comment == (
        "night job ?@clinic"
    )
    assert SftpKey("SHA256:x", "ssh-ed25519 AAAA").shown == "SHA256:x"
