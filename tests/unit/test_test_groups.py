"""How pytest-xdist's processes share the tests."""

import pytest


def test_tests_of_a_group_run_in_one_process(request: pytest.FixtureRequest, worker_id: str) -> None:
    """A pytest that pytest-xdist cannot handle drops the groups without a word (pytest-xdist #1386)."""
    if worker_id == "master":
        pytest.skip("all tests run in one process")
    grouped = [item for item in request.session.items if item.get_closest_marker("xdist_group")]
    ungrouped = [item.nodeid for item in grouped if "@" not in item.nodeid.rpartition("]")[2]]
    assert ungrouped == []
