"""The manifest is parsed once for each state of the files, from a read-only folder."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor

import dagster as dg
import pytest

from pipelines.marts.dbt_files import DBT_DIR
from pipelines.process_environment import DATABASE_VARIABLE, marts_environment
from registry.settings import Settings

PROFILES = """
small: {target: t, outputs: {t: {type: postgres, host: h, user: u, password: p, port: 5432,
  dbname: "{{ env_var('ROSTERLINE_MARTS_DATABASE', 'd') }}", schema: s}}}
"""


@pytest.fixture
def files(tmp_path):
    """A project of one model, in a read-only folder."""
    folder = tmp_path / "dbt"
    (folder / "models").mkdir(parents=True)
    (folder / "dbt_project.yml").write_text("{name: small, profile: small, version: '1.0'}")
    (folder / "profiles.yml").write_text(PROFILES)
    (folder / "models" / "one.sql").write_text("select 1 as a")
    for each in (folder, folder / "models"):
        each.chmod(0o555)
    yield folder
    for each in (folder, folder / "models"):
        each.chmod(0o755)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_processes_that_load_at_once_share_a_manifest_and_a_change_makes_another_one(
    files, tmp_path, monkeypatch
):
    from pipelines.marts.project import ProjectUnreadable, prepared_project

    settings = Settings(home=tmp_path / "home")
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda _: prepared_project(settings, files), range(3)))
    (path,) = {project.manifest_path for project in found}
    assert "model.small.one" in json.loads(path.read_text())["nodes"]
    assert {each.name for each in files.iterdir()} == {"dbt_project.yml", "profiles.yml", "models"}
    parsed = path.stat().st_mtime_ns
    assert prepared_project(settings, files).manifest_path.stat().st_mtime_ns == parsed

    # Relations are named with their database.
    monkeypatch.setenv(DATABASE_VARIABLE, "other")
    other = json.loads(prepared_project(settings, files).manifest_path.read_text())
    assert other["nodes"]["model.small.one"]["relation_name"] == '"other"."s"."one"'

    (files / "models").chmod(0o755)
    (files / "models" / "one.sql").write_text("select {{ nonsense")
    with pytest.raises(ProjectUnreadable, match=r"one\.sql"):
        prepared_project(settings, files)
    assert len(list(settings.marts_dir.iterdir())) == 2, "the last good one and the lock"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_definitions_that_are_loaded_again_have_the_changed_model(tmp_path):
    """What *Reload definitions* does: the code server imports the definitions anew."""
    from pipelines.marts.assets import marts_of
    from pipelines.marts.project import prepared_project

    def columns():
        loaded = marts_of(prepared_project(settings, files))
        spec = next(s for s in loaded.specs if s.key == dg.AssetKey("mart_attempts_daily"))
        return [column.name for column in spec.metadata["dagster/column_schema"].columns]

    settings = Settings(home=tmp_path / "home")
    files = tmp_path / "dbt"
    shutil.copytree(DBT_DIR, files, ignore=shutil.ignore_patterns("target", "logs"))
    before = columns()
    declared = files / "models" / "marts" / "marts.yml"
    declared.write_text(declared.read_text().replace("name: failed_attempts", "name: broken"))
    assert columns() == ["broken" if name == "failed_attempts" else name for name in before]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "postgresql://ann:p%40ss%20word@db.example:5433/rosterline",
            {
                "ROSTERLINE_MARTS_HOST": "db.example",
                "ROSTERLINE_MARTS_PORT": "5433",
                "ROSTERLINE_MARTS_USER": "ann",
                "ROSTERLINE_MARTS_DATABASE": "rosterline",
                "DBT_ENV_SECRET_ROSTERLINE_MARTS": "p@ss word",
            },
        ),
        (
            "postgresql://ann@/rosterline?host=/run/socket",
            {"ROSTERLINE_MARTS_HOST": "/run/socket", "ROSTERLINE_MARTS_PORT": "5432"},
        ),
        (
            "postgresql://ann@h/d?sslmode=verify-full&sslrootcert=/etc/ca.pem&options=-c%20a%3Db",
            {
                "PGSSLMODE": "verify-full",
                "PGSSLROOTCERT": "/etc/ca.pem",
                "PGOPTIONS": "-c a=b",
                "DBT_ENV_SECRET_ROSTERLINE_MARTS": "",
            },
        ),
    ],
)
def test_dbt_connects_with_the_options_of_the_database_url(url, expected):
    assert marts_environment(url).items() >= expected.items()


def test_options_that_the_url_does_not_have_are_not_set():
    assert not [name for name in marts_environment("postgresql://ann@h/d") if name[:2] == "PG"]
