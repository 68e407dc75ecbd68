"""Stage 4: write it all to the registry, in one transaction."""
