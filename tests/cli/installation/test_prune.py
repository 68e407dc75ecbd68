"""`rosterline prune`, as an operator types it."""

import json
import os


def left_over(home):
    home.staging_dir.mkdir(parents=True, exist_ok=True)
    path = home.staging_dir / "old.duckdb"
    path.write_bytes(b"x" * 10)
    os.utime(path, (0, 0))
    return path


def test_a_dry_run_says_what_would_go_and_the_command_removes_it(rosterline, home):
    path = left_over(home)
    said = json.loads(rosterline("prune", "--dry-run", "--json").stdout)
    staging = {"what": "staging files", "count": 1, "byte_count": 10, "left": 0}
    assert staging in said
    assert path.exists()
    ran = rosterline("prune")
    assert ran.exit_code == 0, ran.output
    assert "staging files" in ran.stdout
    assert not path.exists()
