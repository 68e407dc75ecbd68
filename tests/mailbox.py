"""A real SMTP server for tests, which keeps what it receives."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.ports import free_port


@dataclass
class Mailbox:
    """What came, as (subject, text); `refuses` answers instead, where it is set."""

    port: int = 0
    refuses: str | None = None
    came: list[tuple[str, str]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"mailto://127.0.0.1:{self.port}?from=ops@here.example&to=team@here.example"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802, ARG002
        if self.refuses is not None:
            return self.refuses
        message = message_from_bytes(envelope.content or b"")
        subject = str(make_header(decode_header(message["Subject"])))
        self.came.append((subject, _text(message).replace("\r\n", "\n")))
        return "250 taken"


@contextmanager
def running_mailbox() -> Iterator[Mailbox]:
    mailbox = Mailbox(free_port())
    server = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port)
    server.start()
    try:
        yield mailbox
    finally:
        server.stop()


def _text(message: Message) -> str:
    parts = [part for part in message.walk() if part.get_content_type() == "text/plain"]
    return b"".join(part.get_payload(decode=True) for part in parts).decode()
