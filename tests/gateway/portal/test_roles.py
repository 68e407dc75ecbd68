"""Each page and action by each role, and by users of another account."""

import re
from uuid import uuid4

import pytest

from gateway.portal.app import create_portal
from registry.accounts.portal_users import PERMISSIONS
from tests.gateway.portal.conftest import ROLES, with_users
from tests.gateway.portal.rosters import GOOD, ROSTER, TWINS, text_of
from tests.importing import process, put

# The permission, the method and the path; `{import}`, `{check}` and the like belong to the account.
TABLE = """
see       GET  /
see       GET  /password
see       GET  /desk
see       GET  /imports
see       GET  /imports/{import}
see       GET  /imports/{import}/progress
see       POST /imports/{import}/rows
see       GET  /patients
see       POST /patients
see       GET  /patients/{patient}
see       POST /patients/{patient}/reveal
see       GET  /formats/ptdirect
see       GET  /formats/ptdirect/template.csv
download  GET  /imports/{import}/result.csv
download  GET  /imports/{import}/failed-rows.csv
download  GET  /imports/{import}/failed-rows.xlsx
import    GET  /import
import    POST /imports/{check}/import
import    GET  /imports/{import}/correct
import    POST /imports/{import}/correct
import    GET  /imports/{import}/columns
import    POST /imports/{import}/columns
import    POST /imports/{check}/check-again
import    POST /imports/{waiting}/cancel
import    POST /check
review    GET  /review
review    GET  /review/judged
review    GET  /review/{younger}/{older}
review    POST /review/{younger}/{older}/same
review    GET  /review/cluster/{younger}
review    POST /review/cluster/{younger}/same
review    POST /review/cluster/{younger}/different
review    POST /review/cluster/{younger}/undo
download  POST /patients/export
review    POST /patients/compare
review    GET  /patients/{patient}/correct
review    POST /patients/{patient}/correct
review    POST /patients/{patient}/corrections/{correction}/undo
review    GET  /patients/{patient}/same-as
review    POST /patients/{patient}/same-as
review    POST /patients/{patient}/same-as/{older}
review    GET  /review/scores
review    GET  /review/bulk
review    POST /review/bulk
review    GET  /review/bulk/{bulk}
review    POST /review/bulk/{bulk}/merge
review    POST /review/bulk/{bulk}/cancel
review    GET  /review/identities
review    GET  /review/identities/judged
review    GET  /review/identities/{identity}
review    POST /review/identities/{identity}/wrong
review    POST /review/identities/{identity}/ask-again
review    POST /imports/{import}/let-through
review    POST /imports/{import}/refuse
review    GET  /imports/{import}/undo
review    POST /imports/{import}/undo
manage    GET  /admin
manage    GET  /settings
manage    GET  /admin/users
manage    POST /admin/users
manage    GET  /admin/keys
manage    POST /admin/keys
manage    GET  /admin/sftp
manage    POST /admin/sftp
manage    GET  /admin/webhook
manage    POST /admin/webhook
manage    GET  /admin/notifications
manage    POST /admin/notifications
manage    GET  /admin/lists
manage    POST /admin/lists
manage    GET  /admin/columns
manage    POST /admin/columns
manage    GET  /admin/account
manage    POST /admin/account
manage    GET  /admin/sign-in
manage    POST /admin/sign-in
manage    GET  /admin/trail
operate   GET  /accounts
operate   POST /accounts
operate   GET  /dagster
operate   GET  /dagster/{import}
see       GET  /second-factor
see       POST /second-factor
see       GET  /sign-in/code
see       POST /sign-in/code
see       GET  /sessions
see       POST /sessions
see       POST /password
see       POST /sign-out
"""
ROWS = [line.split() for line in TABLE.strip().splitlines()]
OPEN = {
    (method, path)
    for method in ("GET", "POST")
    for path in ("/sign-in", "/forgot-password", "/set-password/*")
} | {
    ("GET", "/sign-in/single-sign-on"),
    ("GET", "/sign-in/single-sign-on/callback"),
    ("POST", "/language"),
}


def imports_of(settings, connection, account, folder):
    """An import, a check, a waiting import and a patient of the account, by their names here."""
    roster = ROSTER + TWINS
    done = process(settings, connection, put(settings, connection, account, roster, folder=folder))
    another = GOOD.replace("Ann,Sample,1977", "Joan,Miller,1955")
    process(settings, connection, put(settings, connection, account, another, folder=folder))
    identity = connection.execute("SELECT id FROM identity_review").fetchone()[0]
    check = put(settings, connection, account, GOOD, folder=folder, dry_run=True)
    process(settings, connection, check)
    waiting = put(settings, connection, account, GOOD, folder=folder, dry_run=True)
    for each in (done.imported, check, waiting):
        connection.execute("UPDATE import SET source = 'portal' WHERE id = %s", (each.id,))
    bulk = connection.execute(
        "INSERT INTO bulk_merge (id, account_id, lowest_weight, sample_size, next_place,"
        " created_at, created_by) VALUES (gen_random_uuid(), %s, 15, 20, 21, now(), 'rita')"
        " RETURNING id",
        (account.id,),
    ).fetchone()[0]
    correction = connection.execute(
        "INSERT INTO decision (id, account_id, kind, patient_id, user_name, decided_at, changed,"
        " removed, restored, kept) VALUES (gen_random_uuid(), %s, 'correction', %s, 'rita', now(),"
        " 1, 0, 0, 0) RETURNING id",
        (account.id, done.patient(1)),
    ).fetchone()[0]
    connection.commit()
    return {"import": done.imported.id, "bulk": bulk, "check": check.id, "waiting": waiting.id,
            "identity": identity, "patient": done.patient(1), "correction": correction,
            "younger": done.patient(5), "older": done.patient(4)}  # fmt: skip


def answers(browser, ids, rows=ROWS):
    """The status of each row of the table, sign-out last; a form has its session's token."""
    token = browser.token()
    found = {}
    for _, method, path in rows:
        data = {"csrf": token} if method == "POST" else None
        files = {"file": ("r.csv", b"")} if path == "/check" else None
        answer = browser.client.request(method, path.format(**ids), data=data, files=files)
        found[f"{method} {path}"] = answer.status_code
    return found


def is_allowed(status: int) -> bool:
    return status in (200, 303, 400, 409)


def test_each_role_may_do_what_the_table_says_and_nothing_else(
    clinic, operator, connection, portal, browse, tmp_path
):
    ids = imports_of(portal, connection, clinic, tmp_path)
    for role in ROLES:
        found = answers(browse(f"{role}@clinic.test"), ids)
        expected = {f"{how} {path}": needed in PERMISSIONS[role] for needed, how, path in ROWS}
        assert {each: is_allowed(status) for each, status in found.items()} == expected, role
        assert {status for each, status in found.items() if not expected[each]} <= {403}, role
    eve = browse(operator)
    assert eve.get("/imports").url.path == "/accounts"
    eve.post("/accounts", name="clinic")
    found = answers(eve, ids, [row for row in ROWS if row[2] != "/accounts"])
    assert {each for each, status in found.items() if not is_allowed(status)} == set()


@pytest.mark.usefixtures("clinic")
@pytest.mark.parametrize(
    ("role", "path", "words"),
    [
        ("viewer", "/import", "This needs the role importer or admin, and yours is viewer."),
        ("importer", "/review", "This needs the role reviewer or admin, and yours is importer."),
        ("reviewer", "/admin/users", "This needs the role admin, and yours is reviewer."),
        ("admin", "/accounts", "This is only for operators"),
    ],
)
def test_who_may_not_reads_which_role_may(browse, role, path, words):
    answer = browse(f"{role}@clinic.test").get(path)
    assert answer.status_code == 403
    assert words in text_of(answer)


@pytest.mark.usefixtures("clinic")
def test_what_belongs_to_another_account_does_not_exist(connection, portal, browse, tmp_path):
    foreign = with_users(connection, "foreign")
    ids = imports_of(portal, connection, foreign, tmp_path)
    for role in ROLES:
        rows = [row for row in ROWS if "{" in row[2] and row[0] in PERMISSIONS[role]]
        found = answers(browse(f"{role}@clinic.test"), ids, rows)
        assert rows
        assert set(found.values()) == {404}, role


def test_nobody_sees_anything_without_signing_in(browse):
    names = ("import", "check", "waiting", "identity", "bulk", "patient", "correction")
    names += ("younger", "older")
    ids = dict.fromkeys(names, uuid4())
    nobody = browse()
    for _, method, path in ROWS:
        answer = nobody.client.request(method, path.format(**ids))
        wanted = 401 if path.endswith("/progress") else 303
        assert answer.status_code == wanted, path
        if wanted == 303:
            assert answer.headers["location"].startswith("/sign-in"), path
            assert answer.text == ""


@pytest.mark.usefixtures("clinic", "other")
def test_an_admin_cannot_reach_users_and_keys_of_another_account(connection, browse):
    ada = browse("admin@clinic.test")
    for what in ("role", "password", "disable", "enable"):
        answer = ada.post("/admin/users", do=what, name="viewer@other.test", role="admin")
        assert answer.status_code == 404
    assert "viewer@other.test" not in ada.get("/admin/users").text
    roles = connection.execute(
        "SELECT role, disabled FROM portal_user WHERE name = 'viewer@other.test'"
    ).fetchall()
    assert roles == [("viewer", False)]


@pytest.mark.usefixtures("clinic")
def test_an_admin_cannot_make_an_operator(browse):
    ada = browse("admin@clinic.test")
    answer = ada.post("/admin/users", do="add", name="eve@clinic.test", role="operator")
    assert answer.status_code == 409
    assert "must be one of" in answer.text
    assert ada.post("/admin/account", do="set", format="metriport").status_code == 200
    assert "metriport" not in ada.get("/import").text.lower()


def test_every_route_of_the_portal_stands_in_the_table(portal):
    def paths(routes):
        for route in routes:
            inner = getattr(route, "original_router", None)
            if inner is not None:
                yield from paths(inner.routes)
            elif getattr(route, "methods", None):
                for method in route.methods - {"HEAD"}:
                    yield method, re.sub(r"\{[^}]*\}", "*", route.path)

    declared = set(paths(create_portal(portal).routes)) - OPEN
    said = {
        (
            method,
            re.sub(
                r"\{[^}]*\}|(?<=/formats/)ptdirect|(result|failed-rows)(?=\.csv)"
                r"|same$|(?<=/)(wrong|ask-again)$",
                "*",
                path,
            ),
        )
        for _, method, path in ROWS
    }
    assert declared
    assert declared - said == set()
