"""E-mail to users of the portal, by SMTP."""

import smtplib
import ssl
from email.message import EmailMessage

from registry.settings.mail import MailSettings
from schemas.errors import MailNotSent

SECONDS = 20
"""How long the server may take for each answer."""


def send_mail(settings: MailSettings, to: str, subject: str, text: str) -> None:
    """Send a mail of plain text.

    Raises:
        MailNotSent: the server cannot be reached, cannot prove who it is, or refuses. The message
            quotes neither the mail nor its receiver.
    """
    if settings.smtp_host is None:
        raise MailNotSent(
            "no mail server is set up",
            advice="set ROSTERLINE_SMTP_HOST and ROSTERLINE_SMTP_FROM",
        )
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = settings.smtp_from, to, subject
    message["Auto-Submitted"] = "auto-generated"  # so that no absence note answers it
    message.set_content(text)
    try:
        with _connected(settings, settings.smtp_host) as server:
            server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        code = f" {error.smtp_code}" if isinstance(error, smtplib.SMTPResponseException) else ""
        raise MailNotSent(
            f"the mail server {settings.smtp_host}:{settings.smtp_port} did not take the mail "
            f"({type(error).__name__}{code})",
            advice="look at ROSTERLINE_SMTP_* and the server's log",
        ) from None


def _connected(settings: MailSettings, host: str) -> smtplib.SMTP:
    tls = ssl.create_default_context()
    if settings.smtp_security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, settings.smtp_port, timeout=SECONDS, context=tls
        )
    else:
        server = smtplib.SMTP(host, settings.smtp_port, timeout=SECONDS)
    try:
        if settings.smtp_security == "starttls":
            server.starttls(context=tls)
        if settings.smtp_user and settings.smtp_password:
            server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
    except BaseException:
        server.close()
        raise
    return server
