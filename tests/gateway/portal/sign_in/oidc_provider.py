"""A provider of single sign-on: npm's oidc-provider, in a process of its own.

It is installed into a folder of the test run; where npm cannot, the tests of single sign-on are
skipped and say why.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest

PACKAGE = "oidc-provider@9.13.3"
SECRET = "of-the-client-in-tests"
SCRIPT = Path(__file__).with_name("provider.mjs")


@pytest.fixture(scope="session")
def provider_folder(tmp_path_factory) -> Path:
    """The script of the provider beside the package that it needs."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("single sign-on is not tested: node and npm are missing")
    folder = tmp_path_factory.mktemp("provider")
    words = [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--silent", PACKAGE]
    try:
        subprocess.run(words, cwd=folder, check=True, capture_output=True, timeout=120)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        said = (error.stderr or b"").decode(errors="replace")[-300:]
        pytest.skip(f"single sign-on is not tested: npm cannot install {PACKAGE}: {said}")
    shutil.copy(SCRIPT, folder)
    return folder


@contextmanager
def running_provider(
    folder: Path, *, issuer: str, redirect: str, people: Mapping[str, object], **further: str
) -> Iterator[None]:
    """Run the provider with these people: by login, their `sub`, `email` and so on."""
    own = {
        "PORT": issuer.rpartition(":")[2],
        "ISSUER": issuer,
        "REDIRECT_URI": redirect,
        "CLIENT_SECRET": SECRET,
        "PEOPLE": json.dumps(people),
    }
    process = subprocess.Popen(
        [str(shutil.which("node")), SCRIPT.name],
        cwd=folder,
        env=os.environ | own | further,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert "listening" in process.stdout.readline()
        yield
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


@dataclass
class Visitor:
    """Somebody's browser, which keeps the cookies of each site, without JavaScript."""

    portal: httpx.Client
    provider: httpx.Client

    def to_provider(self, **query: str) -> str:
        """Press the button; returns the address of the provider that the browser is sent to."""
        answer = self.portal.get("/sign-in/single-sign-on", params=query)
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]

    def at_provider(self, address: str, login: str, do: str = "login") -> str:
        """Sign in at the provider; returns the address that it sends the browser back to."""
        answer = self.provider.get(address)
        while not re.match(r".*/callback\?", where := answer.headers.get("location", "")):
            if answer.status_code in (302, 303):
                answer = self.provider.get(urljoin(str(answer.url), where))
            else:
                assert "<form" in answer.text, answer.text
                answer = self.provider.post(str(answer.url), data={"login": login, "do": do})
        return where

    def come_back(self, address: str) -> httpx.Response:
        """Follow the provider's way back."""
        return self.portal.get(address)

    def sign_in(self, login: str, **query: str) -> httpx.Response:
        """All of it."""
        return self.come_back(self.at_provider(self.to_provider(**query), login))


@contextmanager
def visitor(portal_url: str) -> Iterator[Visitor]:
    with httpx.Client(base_url=portal_url, timeout=30) as portal, httpx.Client(timeout=30) as other:
        yield Visitor(portal, other)
