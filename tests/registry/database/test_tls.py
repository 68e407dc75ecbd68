"""TLS to PostgreSQL with a checked certificate, wherever we connect."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import create_engine, text

from pipelines.marts.dbt_files import DBT, DBT_DIR, dbt_environment
from pipelines.process_environment import marts_environment
from registry.database.connections import connect, dagster_url, direct_url
from registry.database.dumps import dump_database
from registry.database.pool import connection_pool
from registry.migrations import migrate
from registry.settings import Settings
from schemas.errors import DatabaseUnavailable
from tests.clusters import cluster

TLS_ONLY = "hostssl all all 127.0.0.1/32 trust\nlocal all all trust\n"
IN_USE = "SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"


def certificate(folder: Path, name: str, host: str | None, issuer=None):
    """A certificate and its key, as files; self-signed where nobody issues it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issued_by, signer = (issuer[0].subject, issuer[1]) if issuer else (subject, key)
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issued_by)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=host is None, path_length=None), critical=True)
    )
    if host:
        names = [x509.IPAddress(ip_address(host))]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    made = builder.sign(signer, hashes.SHA256())
    (folder / f"{name}.crt").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / f"{name}.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return made, key


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    """A server that takes TLS only, its root certificate, and one that is another's."""
    folder = tmp_path_factory.mktemp("certificates")
    root = certificate(folder, "root", None)
    certificate(folder, "another-root", None)
    certificate(folder, "server", "127.0.0.1", root)
    settings = ("ssl = on", "ssl_cert_file = 'server.crt'", "ssl_key_file = 'server.key'")
    with cluster(hba=TLS_ONLY) as server:
        for name in ("server.crt", "server.key"):
            (server.folder / name).write_bytes((folder / name).read_bytes())
            (server.folder / name).chmod(0o600)
            if os.geteuid() == 0:
                owner = server.folder.stat()
                os.chown(server.folder / name, owner.st_uid, owner.st_gid)
        with (server.folder / "postgresql.conf").open("a") as file:
            file.write("\n".join(settings) + "\n")
        server.stop()
        server.start()
        url = server.url(sslmode="verify-full", sslrootcert=str(folder / "root.crt"))
        own = Settings(home=tmp_path_factory.mktemp("home"), database_url=url)
        migrate(own)
        yield own, server, folder


def test_what_connects_by_itself_uses_it(secured):
    own = secured[0]
    with connect(own) as connection:
        assert connection.execute(IN_USE).fetchone()[0]
    with connection_pool(own, 1) as pool, pool.connection() as connection:
        assert connection.execute(IN_USE).fetchone()[0]


def test_dagster_s_storage_uses_it(secured):
    engine = create_engine(dagster_url(secured[0]))
    with engine.connect() as connection:
        assert connection.execute(text(IN_USE)).fetchone()[0]
    engine.dispose()


@pytest.mark.slow
def test_dbt_uses_it(secured, tmp_path):
    environment = os.environ | dbt_environment() | marts_environment(direct_url(secured[0]))
    assert environment["PGSSLMODE"] == "verify-full"
    command = [DBT, "debug", "--connection", "--project-dir", DBT_DIR, "--profiles-dir", DBT_DIR]
    folders = {"DBT_TARGET_PATH": str(tmp_path), "DBT_LOG_PATH": str(tmp_path)}
    for root, returned in (("root", 0), ("another-root", 1)):
        by_root = {"PGSSLROOTCERT": str(secured[2] / f"{root}.crt")}
        done = subprocess.run(
            command, env=environment | folders | by_root, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == returned, done.stdout


def test_pg_dump_uses_it(secured, tmp_path):
    own = secured[0]
    with connect(own) as connection:
        version = connection.info.server_version // 10_000
    dump_database(direct_url(own), version, tmp_path / "dump")
    assert (tmp_path / "dump").stat().st_size > 0


def test_commands_use_it(secured):
    program = Path(sys.executable).with_name("rosterline")
    done = subprocess.run(
        [program, "account", "list"], env=os.environ | secured[0].as_environment(),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("root", "host", "said"),
    [
        ("another-root", "127.0.0.1", "certificate verify failed"),
        ("root", "localhost", 'does not match host name "localhost"'),
        ("missing", "127.0.0.1", "does not exist"),
    ],
)
def test_a_wrong_certificate_is_refused_in_clear_words(secured, root, host, said):
    own, server, folder = secured
    url = server.url(
        host=host,
        sslmode="verify-full",
        sslrootcert=str(folder / f"{root}.crt"),
        hostaddr="127.0.0.1",
    )
    wrong = own.model_copy(update={"database_url": url})
    for asked in (connect, dagster_url):
        with pytest.raises(DatabaseUnavailable, match=said) as refused:
            asked(wrong)
        assert "ROSTERLINE_DATABASE_URL" in str(refused.value)


def test_the_server_takes_nobody_without_it(secured):
    with pytest.raises(psycopg.OperationalError, match="no encryption"):
        psycopg.connect(secured[1].url(sslmode="disable"))
