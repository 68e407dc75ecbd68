"""All settings, composed of those of each concern."""

import os
from functools import lru_cache
from pathlib import Path

from pydantic import SecretStr

from registry.settings.concern import ENV_PREFIX, ConcernSettings
from registry.settings.dagster import DagsterSettings
from registry.settings.database import DatabaseSettings
from registry.settings.documents import DocumentSettings
from registry.settings.doors import DoorSettings
from registry.settings.home import HomeSettings
from registry.settings.http import HttpSettings
from registry.settings.imports import ImportSettings
from registry.settings.keeping import KeepingSettings
from registry.settings.lineage import LineageSettings
from registry.settings.logs import LogSettings
from registry.settings.mail import MailSettings
from registry.settings.notifications import NotificationSettings
from registry.settings.portal import PortalSettings
from registry.settings.runs import RunSettings
from registry.settings.sftp import SftpSettings
from registry.settings.single_sign_on import SingleSignOnSettings
from registry.settings.store import StoreSettings
from registry.settings.sweep import SweepSettings
from registry.settings.telemetry import TelemetrySettings
from registry.settings.webhooks import WebhookSettings

CONCERNS: tuple[type[ConcernSettings], ...] = (
    HomeSettings,
    StoreSettings,
    DatabaseSettings,
    ImportSettings,
    SweepSettings,
    DagsterSettings,
    RunSettings,
    DoorSettings,
    SftpSettings,
    HttpSettings,
    PortalSettings,
    SingleSignOnSettings,
    MailSettings,
    WebhookSettings,
    DocumentSettings,
    LineageSettings,
    NotificationSettings,
    LogSettings,
    TelemetrySettings,
    KeepingSettings,
)
"""In the order of the reference. The settings of a concern are those that none before it has."""


class Settings(
    StoreSettings,
    DatabaseSettings,
    ImportSettings,
    SweepSettings,
    DagsterSettings,
    RunSettings,
    DoorSettings,
    SftpSettings,
    HttpSettings,
    PortalSettings,
    SingleSignOnSettings,
    MailSettings,
    WebhookSettings,
    DocumentSettings,
    LineageSettings,
    NotificationSettings,
    LogSettings,
    TelemetrySettings,
    KeepingSettings,
):
    """All settings. Each is read from `ROSTERLINE_<NAME>`; none is needed to start.

    An instance is one of each concern's class too, so that a function which takes `SftpSettings`
    can be given it.
    """

    def as_environment(self) -> dict[str, str]:
        """These settings as variables, so that a child process reads the very same ones.

        `Settings(sftp_port=2022).as_environment()["ROSTERLINE_SFTP_PORT"]` is `"2022"`; tuples are
        written with commas, secrets as they are, and what is not set is left out.
        """
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return {
            f"{ENV_PREFIX}{name.upper()}": _written(value)
            for name, value in values.items()
            if value is not None
        }


def settings_of_environment() -> Settings:
    """The settings of this environment, read anew only after one of its variables changed.

    To read them takes some 30 ms, and Dagster's sensors ask for them fifty times a minute.
    """
    ours = (each for each in os.environ.items() if each[0].upper().startswith(ENV_PREFIX))
    # The home is below the working folder, unless a variable names it.
    return _settings_of(tuple(sorted(ours)), Path.cwd())


@lru_cache(maxsize=1)
def _settings_of(_variables: tuple[tuple[str, str], ...], _folder: Path) -> Settings:
    return Settings()


def _written(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(value)
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)
