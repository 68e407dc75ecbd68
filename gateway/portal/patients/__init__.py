"""The portal: patients and where each value came from."""
