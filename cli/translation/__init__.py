"""The texts of the portal, collected for its translators."""
