"""Forms carry the token of their session."""

import pytest

from tests.gateway.portal.sessions import ADA, is_signed_in

pytestmark = pytest.mark.usefixtures("clinic")


@pytest.mark.parametrize("token", ["", "x", "é"])
def test_a_form_without_its_token_is_refused(browse, token):
    ada = browse(ADA)
    assert ada.client.post("/sign-out", data={"csrf": token}).status_code == 403
    assert ada.client.post("/check", data={"csrf": token}, files={"file": b""}).status_code == 403
    assert is_signed_in(ada)


def test_a_token_of_another_session_is_refused(browse):
    ada, eve = browse(ADA), browse("viewer@clinic.test")
    assert ada.client.post("/sign-out", data={"csrf": eve.token()}).status_code == 403
