"""Epochs over HTTP: none in an everyday branch, and a manager's sentence where one began."""

import sqlite3

import pytest

from gateway.store.epochs import EpochRow
from gateway.web.epochs import epoch_view
from tests.web.conftest import RunningBranch


def test_epochs_are_listed_oldest_first(branch: RunningBranch) -> None:
    """A branch that never left its first epoch lists none; those that began follow each other page by page."""
    with branch.client() as api:
        assert api.get("/api/v1/epochs").json() == {"rows": [], "next": None}
        with sqlite3.connect(branch.folder / "ledger.db") as connection:
            for epoch in (2, 3):
                connection.execute(
                    "INSERT INTO epochs VALUES (?, ?, 5, 9, zeroblob(32), 'restored', 1795000000000, 3, 2)",
                    (epoch, epoch * 1000),
                )
        connection.close()
        try:
            first = api.get("/api/v1/epochs", params={"limit": 1}).json()
            second = api.get("/api/v1/epochs", params={"limit": 1, "after": first["next"]}).json()
        finally:
            with sqlite3.connect(branch.folder / "ledger.db") as connection:
                connection.execute("DELETE FROM epochs")
            connection.close()
    assert [row["base_seq"] for page in (first, second) for row in page["rows"]] == [2000, 3000]
    assert second["next"] is None
    assert "gone back to an earlier state" in first["rows"][0]["detail"]


@pytest.mark.parametrize("reason", ["restored", "replaced", "forked", "epoch_ended", "a later version's word"])
def test_each_reason_is_a_sentence_in_both_languages(reason: str) -> None:
    """Also one that only a newer headquarters knows."""
    view = epoch_view(EpochRow(2, 1000, 5, 9, reason, 1_795_000_000_000, 3, 2))
    assert "2 were not at headquarters" in view.detail
    assert "2 条总部尚未收到" in view.detail_zh
    nothing = epoch_view(EpochRow(2, 1000, 0, 9, reason, 1_795_000_000_000, 0, 0))
    assert "entries of this device" not in nothing.detail
