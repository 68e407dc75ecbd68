"""Users change their own password."""

import pytest

from tests.gateway.portal.conftest import PASSWORD
from tests.gateway.portal.rosters import text_of
from tests.gateway.portal.sessions import ADA, is_signed_in, sign_in

pytestmark = pytest.mark.usefixtures("clinic")


def test_a_user_changes_their_password_and_other_sessions_end(browse):
    ada, elsewhere = browse(ADA), browse(ADA)
    new = "a-longer-horse-battery"
    form = {"old": PASSWORD, "new": new, "again": new}
    assert ada.post("/password", **form | {"old": "wrong"}).status_code == 409
    assert ada.post("/password", **form | {"again": "other"}).status_code == 409
    assert ada.post("/password", **form | {"new": "short", "again": "short"}).status_code == 409
    assert "at least 12 characters" in text_of(ada.page)
    assert "Your password is changed." in text_of(ada.post("/password", **form))
    assert is_signed_in(ada)
    assert not is_signed_in(elsewhere)
    assert sign_in(browse()).status_code == 401
    assert sign_in(browse(), password=new).status_code == 303
