"""Items and prices put at headquarters, as a stranger meets them at a branch: real processes, a real nats-server."""

import datetime as dt
import time
from typing import Any

from tests.contract.conftest import CASHIER, MANAGER, Site, eventually, new_id, sale

SOLD_WITHIN_SECONDS = 2.0


def put_at_headquarters(headquarters: Site, **changes: Any) -> str:
    """A new item of headquarters at 3.00."""
    sku = f"hq-{new_id()[:8]}"
    answer = headquarters.ask(
        "PUT", f"/items/{sku}", {"name": "Tea", "name_zh": "茶", "unit": "kg", "price": 300} | changes
    )
    assert answer.status == 201, answer
    assert answer.json["owner"] == "headquarters"
    return sku


def arrived(branch: Site, sku: str) -> Any:
    """The item at the branch, once it is there."""
    return eventually(lambda: _found(branch, sku), f"{sku} at {branch.name}")


def _found(branch: Site, sku: str) -> Any:
    answer = branch.ask("GET", f"/items/{sku}", role=CASHIER)
    return answer.json if answer.status == 200 else None


def settled_sale(sku: str) -> dict[str, Any]:
    """One kilogram; the branch says the price."""
    return sale(sku) | {"note": "at the price of the shop"}


def test_an_item_put_at_headquarters_is_sold_at_a_branch_within_two_seconds(branch: Site, headquarters: Site) -> None:
    """The branch says at which price; it may not change what headquarters owns."""
    arrived(branch, put_at_headquarters(headquarters))  # the line stands
    code = f"69{new_id().replace('-', '')[:10]}"
    began = time.monotonic()
    sku = put_at_headquarters(headquarters, barcodes=[code])
    item = arrived(branch, sku)
    took = time.monotonic() - began
    assert took < SOLD_WITHIN_SECONDS, f"{took:.2f} s"
    assert (item["price"], item["owner"], item["name_zh"]) == (300, "headquarters", "茶")
    assert branch.ask("GET", f"/scan?code={code}", role=CASHIER).json["item"] == sku
    branch.post({"type": "opening_balance", "lines": [{"item": sku, "quantity": "5"}]})
    sold = branch.post(settled_sale(sku), role=CASHIER)
    assert (sold.status, sold.json["total"]) == (201, 300)
    refused = branch.ask("PUT", f"/items/{sku}", {"name": "Mine", "unit": "kg", "price": 1}, role=MANAGER)
    assert (refused.status, refused.json["code"]) == (409, "owned_by_headquarters")
    assert refused.fields() == {("", "owned_by_headquarters")}


def test_a_price_comes_into_force_at_its_moment_everywhere(branch: Site, headquarters: Site) -> None:
    """Scan, list, catalogue and sale change together, without a restart."""
    code = f"69{new_id().replace('-', '')[:10]}"
    sku = put_at_headquarters(headquarters, barcodes=[code])
    arrived(branch, sku)
    branch.post({"type": "opening_balance", "lines": [{"item": sku, "quantity": "9"}]})
    assert headquarters.ask("PUT", "/prices/default", {"rows": [{"item": sku, "price": 280}]}).status == 200
    eventually(lambda: _found(branch, sku)["price"] == 280, "the price that holds from now on")
    tag = branch.ask("GET", "/catalogue", role=CASHIER).headers["etag"]
    moment = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=3)
    rows = [{"item": sku, "price": 250, "effective_at": moment.isoformat()}]
    assert headquarters.ask("PUT", "/prices/default", {"rows": rows}).json["rows"][0]["state"] == "scheduled"
    assert branch.post(settled_sale(sku), role=CASHIER).json["total"] == 280
    assert dt.datetime.now(dt.UTC) < moment, "this machine is too slow for this test"
    eventually(lambda: _found(branch, sku)["price"] == 250, "the price of the moment")
    late = (dt.datetime.now(dt.UTC) - moment).total_seconds()
    assert 0 <= late < 1, f"{late:.2f} s after its moment"
    assert branch.post(settled_sale(sku), role=CASHIER).json["total"] == 250
    assert branch.ask("GET", f"/scan?code={code}", role=CASHIER).json["unit_price"] == 250
    catalogue = branch.ask("GET", "/catalogue", role=CASHIER)
    assert catalogue.headers["etag"] != tag
    assert [row[3] for row in catalogue.json["items"] if row[0] == sku] == [250]


def test_an_item_of_the_branch_is_taken_over_where_the_base_unit_agrees(branch: Site, headquarters: Site) -> None:
    """Stock stays; where the base unit differs the branch keeps its own and says so."""
    same, other = branch.item(stock="4"), branch.item(unit="bag")
    for sku in (same, other):
        answer = headquarters.ask("PUT", f"/items/{sku}", {"name": "Rice", "unit": "kg", "price": 777})
        assert answer.status in {200, 201}, answer
    eventually(lambda: _found(branch, same)["owner"] == "headquarters", "the takeover")
    assert branch.stock(same) == {"shop": "4.000"}
    held = eventually(
        lambda: [row for row in branch.rows("/held-items") if row["sku"] == other], "what does not fit, visibly"
    )[0]
    assert (held["code"], held["unit"], held["price"]) == ("unit_differs", "kg", 777)
    assert held["detail"]
    assert held["detail_zh"]
    kept = _found(branch, other)
    assert (kept["unit"], kept["price"], kept["owner"]) == ("bag", 300, "branch")
    inbox = branch.ask("GET", "/replication", role=CASHIER).json["inbox"]
    assert (inbox["waiting"], inbox["stopped"], inbox["last_error"]) == (0, False, None)
    assert inbox["held"] >= 1
    assert inbox["applied_at"].endswith("Z")
