"""How pages name the source of an import."""

from collections.abc import Mapping

from gateway.portal.languages import N_

SOURCE_LABELS: Mapping[str, str] = {
    "portal": N_("Portal"),
    "sftp": N_("SFTP"),
    "api": N_("API"),
    "drop": N_("Drop folder"),
    "cli": N_("Command line"),
}
