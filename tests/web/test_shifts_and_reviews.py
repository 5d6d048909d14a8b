"""Shifts and reviews over HTTP: X before Z, blind for whoever counts; settled sales are ticked off by somebody else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from admin_ui.serving.roles import Role
from gateway.store.verify import verify_site
from tests.web.conftest import RunningBranch, make_items, new_id, post, put, sale


@pytest.fixture
def branch(tmp_path: Path) -> Iterator[RunningBranch]:
    with RunningBranch(tmp_path) as running:
        with running.client() as api:
            make_items(api)
        yield running
    assert verify_site(tmp_path).differences == ()


def the_shift(client: httpx.Client, **asked: Any) -> Any:
    (row,) = client.get("/api/v1/shifts", params=asked).json()["rows"]
    assert client.get(f"/api/v1/shifts/{row['id']}").json() == row
    return row


def test_an_open_shift_is_blind_for_cashiers_and_an_x_report_for_managers(branch: RunningBranch) -> None:
    """The cashier counts without knowing; once it is closed under its Z number everybody reads what was missing."""
    with branch.client() as api, branch.client(Role.CASHIER) as till:
        begun = new_id()
        opened = {"type": "shift_open", "station": "till-1", "float": 10_000}
        assert put(till, opened, begun).status_code == 201
        again = put(till, opened)
        assert (again.status_code, again.json()["errors"][0]["code"]) == (422, "shift_already_open")
        post(api, sale("2", tenders=[{"type": "cash", "amount": 2_000}]))
        assert (the_shift(till)["report"], the_shift(till)["float"], the_shift(till)["id"]) == (None, 10_000, begun)
        x = the_shift(api)
        assert (x["state"], x["z"], x["report"]["sales"]) == ("open", None, 1)
        (cash,) = x["report"]["tenders"]
        assert (cash["sales"], cash["expected"], cash["counted"], cash["difference"]) == (1_300, 11_300, None, None)
        counted = {"type": "shift_close", "station": "till-1", "counted": [{"type": "cash", "amount": 11_000}]}
        closed = put(till, counted)
        assert closed.status_code == 201
        view = till.get(f"/api/v1/documents/{closed.json()['id']}").json()
        assert (view["z"], view["due"], view["counted"]) == (
            1, [{"type": "cash", "amount": 11_300}], [{"type": "cash", "amount": 11_000}],
        )  # fmt: skip
        z = the_shift(till, station="till-1")
        (cash,) = z["report"]["tenders"]
        assert (z["state"], z["z"], cash["counted"], cash["difference"]) == ("closed", 1, 11_000, -300)
        none = put(till, counted)
        assert (none.status_code, none.json()["errors"][0]["code"]) == (422, "no_open_shift")
        post(api, sale("1"))
        pages = api.get("/api/v1/shifts", params={"limit": 1}).json()
        rest = api.get("/api/v1/shifts", params={"limit": 1, "after": pages["next"]}).json()
        assert [row["z"] for row in pages["rows"] + rest["rows"]] == [None, 1]
        assert pages["rows"][0]["by_itself"] is True
        assert rest["next"] is None
        assert till.get(f"/api/v1/shifts/{new_id()}").status_code == 404
        assert till.get("/api/v1/shifts/nonsense").status_code == 404


def test_a_settled_sale_with_warnings_is_ticked_off_by_somebody_else(branch: RunningBranch) -> None:
    """It waits in the list until a manager who did not post it looked; looking twice changes nothing."""
    with branch.signed_in("chen", password="kontor-manager") as chen, branch.client() as api:
        with branch.signed_in("lin", pin="1111") as lin:
            settled, own, fine = new_id(), new_id(), new_id()
            assert put(lin, sale("5000", settled=True), settled).status_code == 201
            assert put(chen, sale("5000", settled=True), own).status_code == 201
            assert put(lin, sale("0", settled=True), fine).status_code == 422
            assert lin.get("/api/v1/reviews").status_code == 403
            assert lin.post(f"/api/v1/documents/{settled}/review", json={}).status_code == 403
        first = chen.get("/api/v1/reviews", params={"limit": 1}).json()
        second = chen.get("/api/v1/reviews", params={"limit": 1, "after": first["next"]}).json()
        assert [row["id"] for row in first["rows"] + second["rows"]] == [settled, own]
        assert [one["code"] for one in first["rows"][0]["warnings"]] == ["negative_stock"]
        ticked = chen.post(f"/api/v1/documents/{settled}/review", json={"note": "late delivery"})
        assert ticked.status_code == 200, ticked.text
        assert (ticked.json()["reviewed_by"], ticked.json()["note"]) == ("chen", "late delivery")
        assert api.post(f"/api/v1/documents/{settled}/review", json={}).json() == ticked.json()
        refused = chen.post(f"/api/v1/documents/{own}/review", json={})
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "own_request")
        assert api.post(f"/api/v1/documents/{own}/review", json={}).json()["reviewed_by"] == "admin"
        assert chen.get("/api/v1/reviews").json() == {"rows": [], "next": None}
        assert chen.post(f"/api/v1/documents/{new_id()}/review", json={}).status_code == 404
