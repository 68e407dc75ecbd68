"""The compose file: what its services may do, and that they are what `rosterline up` starts."""

import importlib.util
import re

import yaml

from cli.services.programs import start_order
from registry.settings import Settings
from tests.deploy.conftest import DEPLOY, PROJECT

OURS = {
    "migrate", "code", "marts", "daemon", "ui", "api", "sftp", "intake", "patient-calls",
    "runs",
}  # fmt: skip


def test_all_services_of_up_are_there(compose):
    # `ui` is the webserver; the supervisor is compose itself.
    wanted = {"ui" if name == "webserver" else name for name in start_order(Settings())} - {
        "supervisor"
    }
    assert wanted <= set(compose["services"])


def test_our_services_may_write_to_the_home_and_to_tmp_only(compose):
    for name in OURS:
        service = compose["services"][name]
        assert service["read_only"] is True, name
        assert service["user"] == "10001:10001", name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        writable = [each for each in service["volumes"] if not each.endswith(":ro")]
        assert writable == ["home:/var/lib/rosterline"], name


def test_no_port_is_open_to_others_unless_somebody_says_so(compose):
    for name, service in compose["services"].items():
        for port in service.get("ports", []):
            assert re.fullmatch(r"\$\{HOST_\w+:-127\.0\.0\.1:\d+\}:\d+", port), (name, port)
    assert "ports" not in compose["services"]["postgres"]


def test_modules_that_it_starts_exist(compose):
    for name in OURS:
        command = compose["services"][name]["command"]
        for at, word in enumerate(command):
            if word in ("-m", "--module-name"):
                assert importlib.util.find_spec(command[at + 1]), (name, command[at + 1])


def test_files_that_it_mounts_exist_or_are_secrets_that_the_page_makes(compose):
    page = (PROJECT / "docs/tasks/deploy.md").read_text()
    for secret in compose["secrets"].values():
        assert secret["file"].removeprefix("./") in page
    for service in compose["services"].values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert not source.startswith(".") or (DEPLOY / source).exists()


def test_variables_without_a_default_are_named_on_the_page():
    text = (DEPLOY / "compose.yaml").read_text()
    page = (PROJECT / "docs/tasks/deploy.md").read_text()
    for variable in re.findall(r"\$\{(\w+):\?", text):
        assert variable in page


def test_the_workspace_has_the_sockets_of_the_code_servers(compose):
    workspace = yaml.safe_load((DEPLOY / "workspace.yaml").read_text())
    served = {
        each["grpc_server"]["location_name"]: each["grpc_server"]["socket"]
        for each in workspace["load_from"]
    }
    for name, location in (("code", "rosterline"), ("marts", "marts")):
        assert served[location] in compose["services"][name]["command"]
