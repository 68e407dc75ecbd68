"""Where things are and how much they may take: settings by concern, read from the environment.

`Settings` has them all under their flat names; what needs one concern may take its class. This
`__init__` imports because `from registry.settings import Settings` is what everybody writes, and
because it loads nothing that its user would not.
"""

from registry.settings.composed import CONCERNS, Settings, settings_of_environment
from registry.settings.concern import ENV_PREFIX

__all__ = ["CONCERNS", "ENV_PREFIX", "Settings", "settings_of_environment"]
