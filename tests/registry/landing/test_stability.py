"""When a file in a plain folder is complete, and what a scan of a folder finds."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.landing.stability import (
    FileObservation,
    FileStamp,
    is_complete,
    is_temporary,
    name_key,
    next_observation,
    scan_folder,
    text_name,
)

QUIET = 5.0


class TestWhetherAFileIsComplete:
    stamp = FileStamp(size=10, mtime_ns=1, inode=7)

    def test_a_file_seen_for_the_first_time_is_not(self):
        assert not is_complete(None, self.stamp, 100.0, QUIET)
        assert not is_complete(None, self.stamp, 100.0, 0.0)

    def test_it_is_once_it_stood_still_for_the_quiet_time(self):
        before = FileObservation(self.stamp, 100.0)
        assert not is_complete(before, self.stamp, 104.9, QUIET)
        assert is_complete(before, self.stamp, 105.0, QUIET)

    @pytest.mark.parametrize("changed", [{"size": 11}, {"mtime_ns": 2}, {"inode": 8}])
    def test_any_change_starts_the_wait_again(self, changed):
        now = self.stamp._replace(**changed)
        assert not is_complete(FileObservation(self.stamp, 0.0), now, 100.0, QUIET)
        assert next_observation(FileObservation(self.stamp, 0.0), now, 100.0) == FileObservation(
            now, 100.0
        )

    def test_an_observation_from_the_future_was_made_before_a_reboot_and_counts_as_the_first(self):
        before = FileObservation(self.stamp, 5000.0, "key")
        assert not is_complete(before, self.stamp, 3.0, QUIET)
        assert next_observation(before, self.stamp, 3.0) == FileObservation(self.stamp, 3.0, "key")

    @given(
        steps=st.lists(
            st.tuples(st.floats(0.1, 20), st.sampled_from(["same", "grow", "touch", "reboot"])),
            max_size=30,
        )
    )
    def test_a_file_is_only_read_after_two_equal_looks_a_quiet_time_apart(self, steps):
        uptime, stamp, observation = 50.0, self.stamp, None
        still_for = None  # how long the file has really been seen unchanged
        for seconds, event in steps:
            uptime = seconds if event == "reboot" else uptime + seconds
            if event == "grow":
                stamp = stamp._replace(size=stamp.size + 1)
            if event == "touch":
                stamp = stamp._replace(mtime_ns=stamp.mtime_ns - 1)
            changed = event in ("grow", "touch")
            still_for = 0.0 if still_for is None or changed else still_for + seconds
            if is_complete(observation, stamp, uptime, QUIET):
                assert still_for >= QUIET - 1e-9
            elif (
                event == "same" and observation is not None and uptime - observation.since >= QUIET
            ):
                raise AssertionError("a complete file was not seen")
            observation = next_observation(observation, stamp, uptime)


@pytest.mark.parametrize(
    ("name", "temporary"),
    [
        (".roster.csv", True),
        ("~$roster.csv", True),
        ("roster.csv~", True),
        ("roster.csv.part", True),
        ("roster.csv.filepart", True),
        ("roster.csv.a1b2.partial", True),
        ("ROSTER.TMP", True),
        ("roster.csv.crdownload", True),
        ("roster.csv", False),
        ("roster", False),
        ("party.csv", False),
        ("roster.part.csv", False),
    ],
)
def test_temporary_names_are_left_alone(name, temporary):
    assert is_temporary(name) is temporary


class TestScanningAFolder:
    def scan(self, folder, observations=None, now=100.0):
        return scan_folder(folder, observations or {}, now, QUIET)

    def test_files_are_observed_first_and_complete_when_they_did_not_change(self, tmp_path):
        (tmp_path / "b.csv").write_text("b")
        (tmp_path / "a.csv").write_text("a")
        os.utime(tmp_path / "b.csv", (1, 1))
        first = self.scan(tmp_path)
        assert first.ready == ()
        assert first.seen.keys() == {name_key("a.csv"), name_key("b.csv")}
        second = self.scan(tmp_path, first.seen, now=105.0)
        assert [each.name for each in second.ready] == ["b.csv", "a.csv"]  # the oldest first
        assert second.seen == first.seen

    def test_folders_links_and_temporary_names_are_left_alone(self, tmp_path):
        (tmp_path / "folder").mkdir()
        (tmp_path / "roster.csv.part").write_text("half")
        (tmp_path / "link.csv").symlink_to(tmp_path / "roster.csv.part")
        assert self.scan(tmp_path).seen == {}

    def test_a_file_that_is_gone_is_forgotten(self, tmp_path):
        (tmp_path / "a.csv").write_text("a")
        first = self.scan(tmp_path)
        (tmp_path / "a.csv").unlink()
        assert self.scan(tmp_path, first.seen, now=200.0) == ((), {}, (), ())


def test_a_name_that_is_not_utf8_is_shown_with_replacements_and_told_apart_by_its_bytes():
    one, other = os.fsdecode(b"caf\xe9.csv"), os.fsdecode(b"caf\xe8.csv")
    assert text_name(one) == text_name(other) == "caf\ufffd.csv"
    assert name_key(one) != name_key(other)
    assert len(name_key(one)) == 16
