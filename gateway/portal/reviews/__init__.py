"""The portal: pairs of patients that a person must judge."""
