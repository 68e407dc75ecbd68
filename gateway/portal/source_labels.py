"""How pages name the source of an import."""

from collections.abc import Mapping

SOURCE_LABELS: Mapping[str, str] = {
    "portal": "Portal",
    "sftp": "SFTP",
    "api": "API",
    "drop": "Drop folder",
    "cli": "Command line",
}
