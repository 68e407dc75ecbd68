from pipelines import sensor_cursors


def test_a_cursor_keeps_times():
    times = {"key#1": 12.5, "key#2": 3.0}
    assert sensor_cursors.read_times(sensor_cursors.write_times(times)) == times


def test_the_first_cursor_is_empty():
    assert sensor_cursors.read_times(None) == {}
