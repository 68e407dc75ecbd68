"""The portal beside the API, and the limit of its forms."""

import pytest

from tests.gateway.portal.sessions import ADA

pytestmark = pytest.mark.usefixtures("clinic")


def test_the_api_answers_beside_the_portal(browse):
    nobody = browse().client
    assert nobody.get("/health").json() == {"status": "ok"}
    assert nobody.get("/medical/v1/nothing").json()["status"] == 404
    assert nobody.post("/health").status_code == 405
    called = nobody.get("/settings", headers={"accept": "application/json"})
    assert called.json()["status"] == 401
    page = nobody.get("/settings", follow_redirects=False)
    assert (page.status_code, page.headers["location"]) == (303, "/sign-in?next=/settings")
    assert nobody.get("/nothing-of-ours").headers["content-type"].startswith("text/html")


def test_no_form_is_read_without_a_limit(browse):
    ada = browse(ADA)
    answer = ada.client.post("/patients", data={"csrf": ada.token(), "text": "x" * 100_000})
    assert answer.status_code == 413
    assert "default-src 'none'" in answer.headers["content-security-policy"]
