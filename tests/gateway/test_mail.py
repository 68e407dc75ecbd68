"""Mails go to a real server, over TLS that is checked."""

import ssl
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from pydantic import ValidationError

from gateway.mail import send_mail
from registry.settings.mail import MailSettings
from schemas.errors import MailNotSent
from tests.mailbox import Mailbox, running_mailbox
from tests.ports import free_port

SENDER = "Rosterline <no-reply@rosterline.test>"
ADA = "ada@clinic.test"


def settings(port, **changes):
    how = {"smtp_host": "localhost", "smtp_port": port, "smtp_from": SENDER} | changes
    return MailSettings(**how)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """The path of a certificate for localhost that nobody but itself vouches for, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@contextmanager
def encrypted_mailbox(certificate, *, password=None):
    """A mailbox that takes mails after STARTTLS only, and after this password if there is one."""

    def judge(_server, _session, _envelope, _mechanism, given):
        is_right = (given.login, given.password) == (b"rosterline", password)
        return AuthResult(success=is_right, handled=False)

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    mailbox = Mailbox(free_port())
    server = Controller(
        mailbox, hostname="127.0.0.1", port=mailbox.port, tls_context=tls, require_starttls=True,
        authenticator=judge, auth_required=password is not None,
    )  # fmt: skip
    server.start()
    try:
        yield mailbox
    finally:
        server.stop()


def test_a_mail_arrives_with_sender_subject_and_text():
    with running_mailbox() as mailbox:
        how = settings(mailbox.port, smtp_security="none")
        send_mail(how, ADA, "Grüße", "Hello,\n\na link\n")
    assert mailbox.came == [("Grüße", "Hello,\n\na link\n")]


def test_without_encryption_nothing_is_sent_unless_that_is_set():
    with running_mailbox() as mailbox, pytest.raises(MailNotSent, match="SMTPNotSupportedError"):
        send_mail(settings(mailbox.port), ADA, "s", "secret")
    assert mailbox.came == []


def test_a_server_that_cannot_prove_who_it_is_gets_neither_mail_nor_password(certificate):
    with encrypted_mailbox(certificate, password=b"pass") as mailbox:
        how = settings(mailbox.port, smtp_user="rosterline", smtp_password="pass")
        with pytest.raises(MailNotSent, match="SSLCertVerificationError") as refused:
            send_mail(how, ADA, "s", "secret link")
    assert mailbox.came == []
    for kept in ("secret", ADA, "pass"):
        assert kept not in str(refused.value).replace("look at", "")


def test_a_server_that_is_vouched_for_gets_the_mail(certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with encrypted_mailbox(certificate, password=b"pass") as mailbox:
        how = settings(mailbox.port, smtp_user="rosterline", smtp_password="pass")
        send_mail(how, ADA, "s", "text")
        with pytest.raises(MailNotSent, match="SMTPAuthenticationError 535"):
            send_mail(how.model_copy(update={"smtp_user": "eve"}), ADA, "s", "text")
    assert [subject for subject, _ in mailbox.came] == ["s"]


def test_a_refused_mail_is_told_without_its_receiver():
    with running_mailbox() as mailbox:
        mailbox.refuses = f"554 no such user {ADA}"
        how = settings(mailbox.port, smtp_security="none")
        with pytest.raises(MailNotSent, match="SMTPDataError 554") as refused:
            send_mail(how, ADA, "s", "text")
    assert ADA not in str(refused.value)


def test_a_server_that_is_not_there_is_named():
    port = free_port()
    with pytest.raises(MailNotSent, match=f"localhost:{port} did not take"):
        send_mail(settings(port), ADA, "s", "text")
    with pytest.raises(MailNotSent, match="ROSTERLINE_SMTP_HOST"):
        send_mail(MailSettings(), ADA, "s", "text")


def test_a_subject_cannot_bring_headers_of_its_own():
    with running_mailbox() as mailbox, pytest.raises(ValueError, match="linefeed"):
        send_mail(settings(mailbox.port), ADA, "s\nBcc: eve@evil.test", "text")
    assert mailbox.came == []


def test_a_server_needs_a_sender():
    with pytest.raises(ValidationError, match="ROSTERLINE_SMTP_FROM"):
        MailSettings(smtp_host="localhost")
