"""The portal: pages for customers' staff and operators (docs/decisions/009-portal.md)."""
