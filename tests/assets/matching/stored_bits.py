"""Bits of `import_row.confirmed` as earlier versions stored them."""

# The bits that commit d0497d4 wrote for these rows, when they followed the order of declarations.
STORED_BITS = {2: 0x0010_401F, 3: 0x0080_401F}
