"""Bodies of webhooks and their signatures, checked with the standard library alone."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

from gateway.webhooks import signing
from registry.webhooks.endpoints import standard_secret

AT = datetime(2026, 11, 16, 22, 30, tzinfo=UTC)
KEY = "whk_0123456789abcdef"


def test_a_message_names_its_request_and_leaves_out_what_is_unknown():
    about = {"status": "completed", "result": "https://a.example/r", "reason": None}
    body = signing.message("m-1", AT, "r-1", about)
    assert json.loads(body) == {
        "meta": {
            "messageId": "m-1",
            "when": "2026-11-16T22:30:00+00:00",
            "type": "medical.bulk-patient-create",
            "requestId": "r-1",
        },
        "bulkPatientCreate": {
            "requestId": "r-1",
            "status": "completed",
            "result": "https://a.example/r",
        },
    }


def test_a_body_is_compact_utf_8():
    body = signing.message("m-1", AT, "r-1", {"reason": "Zeile für Müller"})
    assert "für Müller".encode() in body
    assert b'": ' not in body
    assert b", " not in body


def test_a_ping_holds_the_word_to_repeat():
    assert json.loads(signing.ping("m-2", AT, "word")) == {
        "ping": "word",
        "meta": {"messageId": "m-2", "when": AT.isoformat(), "type": "ping"},
    }


class TestHeaders:
    BODY = b'{"ping":"word"}'

    def test_metriports_signature_is_that_of_the_bytes(self):
        headers = signing.headers(self.BODY, KEY, "m-1", AT)
        expected = hmac.new(KEY.encode(), self.BODY, hashlib.sha256).hexdigest()
        assert headers["x-metriport-signature"] == expected

    def test_standard_webhooks_signature_covers_id_and_time_too(self):
        headers = signing.headers(self.BODY, KEY, "m-1", AT)
        secret = base64.b64decode(standard_secret(KEY).removeprefix("whsec_"))
        signed = f"m-1.{headers['webhook-timestamp']}.".encode() + self.BODY
        expected = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{expected}"
        assert headers["webhook-id"] == "m-1"
        assert int(headers["webhook-timestamp"]) == int(AT.timestamp())

    def test_another_key_or_body_has_other_signatures(self):
        first = signing.headers(self.BODY, KEY, "m-1", AT)
        for other in (
            signing.headers(self.BODY, KEY + "x", "m-1", AT),
            signing.headers(self.BODY + b" ", KEY, "m-1", AT),
        ):
            for name in ("x-metriport-signature", "webhook-signature"):
                assert first[name] != other[name]
