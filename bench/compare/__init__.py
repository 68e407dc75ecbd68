"""Rosterline beside what one would use instead: same file, same server, medians of several rounds.

`python -m bench.compare --help` lists cases and options; docs/decisions/022-what-is-compared.md
says what is compared and how.
"""
