"""Headers of pages, forms of other sites, and cookies over TLS."""

import pytest

from tests.gateway.portal.conftest import serving
from tests.gateway.portal.sessions import ADA, sign_in

pytestmark = pytest.mark.usefixtures("clinic")


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.test"},
        {"origin": "null"},
    ],
)
def test_a_form_of_another_site_is_refused(browse, headers):
    ada = browse(ADA)
    data = {"csrf": ada.token(), "text": "sample"}
    answer = ada.client.post("/patients", data=data, headers=headers)
    assert answer.status_code == 403
    assert "sent from another site" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    own = {"origin": str(ada.client.base_url).rstrip("/"), "sec-fetch-site": "same-origin"}
    assert ada.client.post("/patients", data=data, headers=own).status_code == 200


def test_every_page_restricts_what_browsers_do_with_it(browse):
    ada = browse(ADA)
    headers = ada.get("/imports").headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    for page in ("/imports", "/import", "/patients"):
        source = ada.get(page).text
        assert " style=" not in source
        assert " onclick=" not in source
        assert "<script>" not in source


def test_behind_tls_the_cookie_is_sent_over_tls_only(portal, browse):
    with serving(portal, public_url="https://portal.clinic.test") as own:
        ada = browse()
        ada.client.base_url = f"http://127.0.0.1:{own.http_port}"
        answer = sign_in(ada)
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-rosterline=")
        assert "Secure" in cookie
        assert "max-age=31536000" in answer.headers["strict-transport-security"]
