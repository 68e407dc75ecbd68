"""Reviews: pairs of patients who may be one person; a reviewer decides."""
