"""The transfers' pages of a branch, as a manager's browser gets them: every state has its words and its form."""

import uuid
from collections.abc import Iterator

import httpx
import pytest

from tests.web.conftest import RunningBranch, new_id, post


@pytest.fixture(scope="module")
def manager(branch: RunningBranch) -> Iterator[httpx.Client]:
    with branch.signed_in("chen", password="kontor-manager") as client:
        yield client


def page(client: httpx.Client, path: str, language: str = "en") -> str:
    answer = client.get(path, headers={"Accept": "text/html", "Accept-Language": language})
    assert answer.status_code == 200, answer.text
    return answer.text


def test_a_branch_without_transfers_says_so(manager: httpx.Client) -> None:
    """The empty list explains itself in both languages."""
    assert "No transfers yet" in page(manager, "/transfers")
    assert "还没有调拨" in page(manager, "/transfers", "zh-CN")


def test_what_was_sent_can_be_cancelled_from_its_page(branch: RunningBranch, manager: httpx.Client) -> None:
    """The page of an own transfer has the form for a reason, and none to receive with; asked, it says who decides."""
    with branch.client() as api:
        transfer = new_id()
        sent = {"type": "transfer_out", "to_branch": "b9", "lines": [{"item": "tea-500", "quantity": "1"}]}
        assert api.put(f"/api/v1/documents/{transfer}", json=sent).status_code == 201
        shown = page(manager, f"/transfers/{transfer}")
        assert 'id="cancel"' in shown
        assert 'id="receive"' not in shown
        assert f"/transfers/{transfer}" in page(manager, "/transfers?direction=out&state=in_transit")
        assert f"/transfers/{transfer}" not in page(manager, "/transfers?direction=in")
        asked = manager.post(f"/api/v1/transfers/{transfer}/cancel", json={"reason": "wrong"})
        assert asked.status_code == 202, asked.text
        shown = page(manager, f"/transfers/{transfer}")
        assert 'id="cancel"' not in shown
        assert "Waits for headquarters" in shown
        assert f"/transfers/{transfer}" in page(manager, f"/documents/{transfer}")


def test_goods_that_came_early_are_explained(branch: RunningBranch, manager: httpx.Client) -> None:
    """Received before its dispatch is known: shown below zero, with the document and its differences."""
    with branch.client() as api:
        transfer = new_id()
        line = {"item": "tea-500", "quantity": "28", "variance": [{"reason": "short", "quantity": "2"}]}
        document = post(api, {"type": "transfer_in", "transfer": transfer, "lines": [line]})
        shown = page(manager, f"/transfers/{transfer}", "zh-CN")
        assert "尚未收到发货单" in shown
        assert "−30" in shown
        assert document["number"] in shown
        assert "有差异" in shown
        assert "短缺 2" in page(manager, f"/documents/{document['id']}", "zh-CN")


def test_pages_of_nothing_are_not_found(manager: httpx.Client) -> None:
    """An unknown transfer, an id that is none, a state or direction that does not exist."""
    for path in (f"/transfers/{uuid.uuid4()}", "/transfers/x", "/transfers?state=lost", "/transfers?direction=up"):
        assert manager.get(path, headers={"Accept": "text/html"}).status_code == 404, path


def test_goods_are_sent_from_a_form_that_knows_where_they_went_before(
    branch: RunningBranch, manager: httpx.Client
) -> None:
    """The list leads there; the form offers the branches of earlier transfers, and what it asks of the store is answered."""
    with branch.client() as api:
        sent = {"type": "transfer_out", "to_branch": "b7", "lines": [{"item": "tea-500", "quantity": "1"}]}
        assert api.put(f"/api/v1/documents/{new_id()}", json=sent).status_code == 201
    assert 'href="/transfers/new"' in page(manager, "/transfers")
    shown = page(manager, "/transfers/new", "zh-CN")
    assert '<option value="b7">' in shown
    assert "调往门店" in shown
    assert manager.get("/api/v1/scan?code=tea-500").json()["item"] is None
    assert manager.get("/api/v1/items/tea-500").json()["sku"] == "tea-500"
    assert manager.get("/api/v1/items?limit=20&q=tea").json()["rows"][0]["sku"] == "tea-500"
    refused = manager.put(f"/api/v1/documents/{new_id()}", json=sent | {"to_branch": "not a branch"})
    assert [one["path"] for one in refused.json()["errors"]] == ["to_branch"]
