"""API keys are shown once, work, and are revoked."""

import pytest

from registry.accounts.api_keys import entered, list_keys
from schemas.errors import UnknownKey
from tests.gateway.portal.settings.conftest import secret_of


def test_a_key_works_until_it_is_revoked(ada, connection, clinic):
    ada.post("/admin/keys", do="add", name="nightly", scope="read")
    secret = secret_of(ada.page)
    with entered(connection, secret) as caller:
        assert caller.scope == "read"
    ada.post("/admin/keys", do="revoke", name="nightly")
    with pytest.raises(UnknownKey), entered(connection, secret):
        pass
    assert [key.name for key in list_keys(connection, clinic)] == ["nightly"]
    assert "Revoked" in ada.page.text
