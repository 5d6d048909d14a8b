"""A branch whose archive cannot be kept says so where people look, and goes on selling."""

import time
from pathlib import Path

from tests.web.conftest import RunningBranch

SECONDS_MAX = 30.0


def test_a_stick_that_is_not_there_is_told(tmp_path: Path) -> None:
    """Nothing is written in its place; `/health` names the folder, from the settings file on."""
    with (
        RunningBranch(tmp_path, '[journal]\narchive = "stick"\narchive_at = "00:00"\n') as running,
        running.client() as api,
    ):
        until, found = time.monotonic() + SECONDS_MAX, {"state": "good"}
        while time.monotonic() < until and found["state"] == "good":
            time.sleep(0.05)
            (found,) = [check for check in api.get("/api/v1/health").json()["checks"] if check["name"] == "archive"]
        assert found["found"] == f"there is no folder {tmp_path / 'stick'}"
        assert found["advice_zh"]
        assert api.get("/api/v1/health").json()["status"] in {"good", "advice"}
    assert not (tmp_path / "stick").exists()
