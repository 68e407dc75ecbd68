"""Time zones that need a nightly schedule: those of the settings and those of the accounts.

The accounts' zones are kept in a file of the home folder, so that Dagster's code location can read
them without the database. The intake service writes it whenever an account in a new zone appears.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from registry.settings import Settings
from registry.settings.home import HomeSettings
from registry.store.durable_files import draft_in


def zones_in_use(settings: Settings) -> tuple[str, ...]:
    """The zones of the settings first, then further ones of accounts, by name."""
    further = _kept(settings) - set(settings.nightly_zones)
    return (*settings.nightly_zones, *sorted(further))


def keep_zones(settings: Settings, zones: Iterable[str]) -> bool:
    """Keep the zones of the accounts, besides those kept before.

    Returns:
        Whether `zones_in_use` has changed, so that the code location must be reloaded.
    """
    before = zones_in_use(settings)
    kept = _kept(settings)
    if kept >= (named := set(zones)):
        return False
    settings.dagster_dir.mkdir(parents=True, exist_ok=True)
    with draft_in(settings.dagster_dir) as draft:
        draft.write(json.dumps(sorted(kept | named)).encode())
        draft.flush()
        Path(draft.name).replace(_file(settings))
    return zones_in_use(settings) != before


def _kept(settings: HomeSettings) -> set[str]:
    try:
        return set(json.loads(_file(settings).read_text()))
    except (OSError, ValueError):
        return set()


def _file(settings: HomeSettings) -> Path:
    return settings.dagster_dir / "zones_of_accounts.json"
