"""Signing in as the browser's form does."""

from tests.gateway.portal.conftest import PASSWORD

ADA = "importer@clinic.test"


def sign_in(browser, name=ADA, password=PASSWORD, **fields):
    return browser.client.post("/sign-in", data={"name": name, "password": password} | fields)


def is_signed_in(browser) -> bool:
    return browser.client.get("/imports").status_code == 200
