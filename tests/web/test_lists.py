"""Items, stock, movements, journal, scans and the catalogue as scripts and the till read them."""

import gzip
import itertools
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.domain.barcode import check_digit
from tests.web.conftest import APPLE, BOX_CODE, TEA, TEA_CODE, RunningBranch, new_id, post, sale


def pages(api: httpx.Client, path: str, **query: Any) -> list[dict[str, Any]]:
    """Every row of a list, page by page."""
    rows: list[dict[str, Any]] = []
    after = None
    for _ in range(500):
        answer = api.get(f"/api/v1/{path}", params={**query, **({} if after is None else {"after": after})})
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert len(body["rows"]) <= query.get("limit", 50)
        rows += body["rows"]
        after = body["next"]
        if after is None:
            return rows
    raise AssertionError("the list never ends")


# Items -------------------------------------------------------------------------------------------------------------


def test_an_item_is_made_changed_and_left_alone(api: httpx.Client) -> None:
    body = {"name": "Milk", "name_zh": "牛奶", "unit": "carton", "price": 1290, "low_below": "12"}
    made = api.put("/api/v1/items/milk-1", json=body)
    assert made.status_code == 201
    assert made.json()["low_below"] == "12.000"
    same = api.put("/api/v1/items/milk-1", json=body)
    assert (same.status_code, same.json()) == (200, made.json())
    dearer = api.put("/api/v1/items/milk-1", json={**body, "price": 1390})
    assert dearer.status_code == 200
    assert dearer.json()["version"] > made.json()["version"]
    assert api.get("/api/v1/items/milk-1").json() == dearer.json()


@pytest.mark.parametrize(
    ("sku", "more", "status", "path"),
    [
        ("milk-2", {"price": "12"}, 400, "price"),
        ("milk-2", {"prize": 12}, 400, "prize"),
        ("milk-2", {"packs": [{"unit": "box", "factor": "1.5"}]}, 422, "packs[0].factor"),
        ("milk-2", {"packs": [{"unit": "box", "factor": "many"}]}, 400, "packs[0].factor"),
        ("milk-2", {"packs": [{"unit": "carton", "factor": "2"}]}, 422, "packs[0].unit"),
        ("milk-2", {"barcodes": [TEA_CODE]}, 409, "barcodes"),
        ("milk-2", {"name": " "}, 422, "name"),
        ("milk-2", {"price": -1}, 422, "price"),
        ("milk-2", {"low_below": "few"}, 400, "low_below"),
        ("milk 2", {}, 422, "sku"),
        (TEA, {"unit": "kg"}, 409, "unit"),
    ],
    ids=str,
)
def test_a_wrong_item_is_told_where(api: httpx.Client, sku: str, more: dict[str, Any], status: int, path: str) -> None:
    answer = api.put(f"/api/v1/items/{sku}", json={"name": "Milk", "unit": "carton", "price": 1290, **more})
    assert answer.status_code == status, answer.text
    assert path in {error["path"] for error in answer.json()["errors"]}


def test_items_are_found_by_either_name_sku_or_barcode(api: httpx.Client) -> None:
    for query in ("oolong", "乌龙", "tea-5", TEA_CODE[:9], BOX_CODE):
        assert [row["sku"] for row in pages(api, "items", q=query)] == [TEA], query
    assert pages(api, "items", q="%") == []
    assert api.get("/api/v1/items/nothing").status_code == 404


def test_paging_reaches_every_row_once(api: httpx.Client) -> None:
    for number in range(12):
        api.put(f"/api/v1/items/bulk-{number}", json={"name": f"Bulk {number % 3}", "unit": "pc", "price": 1})
    body = {"type": "opening_balance", "lines": [{"item": f"bulk-{number}", "quantity": "1"} for number in range(12)]}
    post(api, body)
    for path, query, key in (
        ("items", {"q": "bulk"}, "sku"), ("stock", {}, "item"), ("journal", {}, "seq"), ("documents", {}, "seq"),
    ):  # fmt: skip
        whole = pages(api, path, limit=1000, **query)
        for limit in (1, 5):
            rows = pages(api, path, limit=limit, **query)
            assert rows == whole
        assert len({row[key] for row in whole}) == len(whole) >= 2


@pytest.mark.parametrize("path", ["items", "stock", "journal", "documents", f"items/{TEA}/movements"])
def test_a_foreign_cursor_and_a_wrong_limit_are_refused(api: httpx.Client, path: str) -> None:
    for query in ({"after": "x"}, {"after": "a" * 2000}, {"limit": "0"}, {"limit": "many"}, {"limit": "-5"}):
        answer = api.get(f"/api/v1/{path}", params=query)
        assert answer.status_code == 400, (query, answer.text)
    other = "stock" if path == "journal" else "journal"
    cursor = api.get(f"/api/v1/{other}", params={"limit": 1}).json()["next"]
    assert api.get(f"/api/v1/{path}", params={"after": cursor}).json()["code"] == "bad_cursor"
    assert api.get(f"/api/v1/{path}", params={"limit": 100_000}).status_code == 200


# Stock -------------------------------------------------------------------------------------------------------------


def test_stock_is_by_location_and_lot_and_virtual_places_are_shown_when_named(api: httpx.Client) -> None:
    posted = post(api, {"type": "goods_receipt", "supplier": "S", "lines": [
        {"item": APPLE, "quantity": "1.250", "lot": "L1", "location": "back"}, {"item": APPLE, "quantity": "2"}]})  # fmt: skip
    rows = pages(api, "stock", item=APPLE)
    assert {(row["location"], row["lot"]) for row in rows} == {("shop", None), ("back", "L1")}
    back = next(row for row in rows if row["lot"] == "L1")
    assert (back["on_hand"], back["available"]) == ("1.250", "1.250")
    assert back["as_of_seq"] >= posted["seq"]
    assert pages(api, "stock", item=APPLE, location="back") == [back]
    (supplier,) = [row for row in pages(api, "stock", item=APPLE, location="supplier") if row["lot"] is None]
    assert supplier["on_hand"] == "-2.000"


def test_returned_goods_under_inspection_are_on_hand_and_not_available(api: httpx.Client) -> None:
    post(api, {"type": "goods_receipt", "lines": [{"item": APPLE, "quantity": "3", "location": "inspection"}]})
    (row,) = pages(api, "stock", item=APPLE, location="inspection")
    assert (row["on_hand"], row["available"]) == ("3.000", "0.000")


def test_movements_are_newest_first_with_the_branch_s_balance(api: httpx.Client) -> None:
    first = post(api, sale("2"))
    second = post(api, {"type": "adjustment", "reason": "broken", "lines": [{"item": TEA, "quantity": "-1"}]})
    rows = pages(api, f"items/{TEA}/movements", limit=1)
    assert [(row["document"], row["type"], row["quantity"]) for row in rows[:2]] == [
        (second["id"], "adjustment", "-1.000"), (first["id"], "sale", "-2.000"),
    ]  # fmt: skip
    for newer, older in itertools.pairwise(rows):
        assert round((float(newer["balance"]) - float(newer["quantity"])) * 1000) == round(
            float(older["balance"]) * 1000
        )
    assert api.get("/api/v1/items/nothing/movements").status_code == 404


def test_documents_are_listed_by_type_and_station(api: httpx.Client) -> None:
    posted = post(api, {**sale("1"), "station": "till-9"})
    (row,) = pages(api, "documents", station="till-9", type="sale")
    assert (row["id"], row["seq"], row["type"], row["total"]) == (posted["id"], posted["seq"], "sale", 650)
    assert pages(api, "documents", type="transfer_out") == []
    assert api.get("/api/v1/documents", params={"type": "sales"}).status_code == 400


def test_the_documents_of_a_rare_station_are_searched_in_bounded_walks(
    api: httpx.Client, branch: RunningBranch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page may have no row and still go on; following it finds every one of that station's, and ends."""
    first = post(api, {**sale("1"), "station": "till-rare"})
    for _ in range(8):
        post(api, sale("1"))
    second = post(api, {**sale("1"), "station": "till-rare"})
    monkeypatch.setattr("gateway.store.documents.WALKED_MAX", 3)
    query = {"station": "till-rare"}
    walked = api.get("/api/v1/documents", params=query).json()
    assert [row["id"] for row in walked["rows"]] == [second["id"]]
    empty = api.get("/api/v1/documents", params={**query, "after": walked["next"]}).json()
    assert empty["rows"] == []
    assert empty["next"] is not None
    assert [row["id"] for row in pages(api, "documents", **query)] == [second["id"], first["id"]]
    assert [row["id"] for row in pages(api, "documents", type="sale", **query)] == [second["id"], first["id"]]
    assert pages(api, "documents", station="till-nobody-has") == []
    with branch.signed_in("chen", password="kontor-manager") as browser:
        assert "after=" in browser.get("/documents", params=query, headers={"Accept": "text/html"}).text


# Journal -----------------------------------------------------------------------------------------------------------


def test_the_journal_is_gapless_and_names_every_event(api: httpx.Client) -> None:
    posted = post(api, sale("1"))
    rows = pages(api, "journal", limit=1000)
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    mine = next(row for row in rows if row["event_id"] == posted["id"])
    assert (mine["seq"], mine["hash"], mine["kind"]) == (posted["seq"], posted["hash"], "document_posted")
    assert rows[0]["kind"] == "item_put"
    now = api.get("/api/v1/replication").json()
    assert (now["state"], now["head_seq"], now["applied_seq"], now["waiting"]) == ("standalone", rows[-1]["seq"], 0, 0)


# Scans -------------------------------------------------------------------------------------------------------------


def scan(api: httpx.Client, code: str) -> dict[str, Any]:
    answer = api.get("/api/v1/scan", params={"code": code})
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


def test_a_barcode_is_its_item_and_a_pack_s_is_its_pack(api: httpx.Client) -> None:
    plain = scan(api, f"]E0{TEA_CODE}")
    assert (plain["item"], plain["unit"], plain["symbology"], plain["findings"]) == (TEA, "bottle", "ean13", [])
    assert "quantity" not in plain
    assert (scan(api, BOX_CODE)["item"], scan(api, BOX_CODE)["unit"]) == (TEA, "box")


def test_an_in_store_code_carries_its_weight(api: httpx.Client) -> None:
    digits = "211234501250"
    found = scan(api, "]E0" + digits + check_digit(digits))
    assert (found["item"], found["quantity"], found["weighed"], found["tracking"]) == (APPLE, "1.250", True, "none")


def test_a_gs1_code_carries_lot_and_expiry(api: httpx.Client) -> None:
    found = scan(api, f"]d201{'0' + TEA_CODE}17270131" + "10LOT-7\x1d2142")
    assert (found["item"], found["lot"], found["expiry"], found["serial"]) == (TEA, "LOT-7", "2027-01-31", "42")


def test_an_unknown_code_is_an_answer_with_a_finding(api: httpx.Client) -> None:
    found = scan(api, "4006381333931")
    assert found["item"] is None
    (unknown,) = [finding for finding in found["findings"] if finding["code"] == "unknown_code"]
    assert unknown["detail"]
    assert unknown["detail_zh"]
    assert scan(api, "x" * 5000)["findings"][0]["severity"] == "error"
    assert api.get("/api/v1/scan").status_code == 400


# Catalogue ---------------------------------------------------------------------------------------------------------


def test_the_catalogue_is_sent_once_per_version_and_compressed(branch: RunningBranch, api: httpx.Client) -> None:
    with httpx.Client(base_url=branch.url, headers=dict(api.headers)) as till:
        till.headers["Accept-Encoding"] = "gzip"
        first = till.get("/api/v1/catalogue")
        assert (first.status_code, first.headers["content-encoding"]) == (200, "gzip")
        rows = {row[0]: row for row in first.json()["items"]}
        assert rows[TEA] == [TEA, "Oolong tea 500 ml", "乌龙茶 500 毫升", 650, "bottle", False, "Drinks", None,
                             [[TEA_CODE, None], [BOX_CODE, "box"]], [["box", "24.000"]]]  # fmt: skip
        etag = first.headers["etag"]
        again = till.get("/api/v1/catalogue", headers={"If-None-Match": etag})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
        plain = till.get("/api/v1/catalogue", headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert plain.headers["etag"] != etag
        assert json.loads(plain.content) == first.json()
        api.put("/api/v1/items/new-one", json={"name": "New", "unit": "pc", "price": 1})
        newer = till.get("/api/v1/catalogue", headers={"If-None-Match": etag})
        assert (newer.status_code, newer.json()["version"] != first.json()["version"]) == (200, True)


def test_gzip_is_real(branch: RunningBranch, api: httpx.Client) -> None:
    with httpx.Client(base_url=branch.url, headers=dict(api.headers)) as till:
        with till.stream("GET", "/api/v1/catalogue", headers={"Accept-Encoding": "gzip"}) as answer:
            packed = b"".join(answer.iter_raw())
        assert json.loads(gzip.decompress(packed))["currency"] == "CNY"


def test_stations_and_print_jobs_of_a_branch_without_devices(api: httpx.Client) -> None:
    post(api, {**sale("1"), "station": "till-new"})
    none = {"scale": None, "scanner": None, "printer": None, "display": None, "drawer": None}
    stations = api.get("/api/v1/stations").json()["rows"]
    assert stations[0] == {"name": "till-1", **none}
    assert {"name": "till-new", **none} in stations
    assert api.get("/api/v1/devices").json() == {"rows": [], "next": None}
    assert api.get("/api/v1/print-jobs", params={"document": new_id()}).json()["rows"] == []
    posted = post(api, sale("1"))
    refused = api.post(f"/api/v1/documents/{posted['id']}/print", json={})
    assert (refused.status_code, refused.json()["code"]) == (422, "no_printer")
    assert api.post(f"/api/v1/documents/{new_id()}/print").status_code == 404
    assert api.post("/api/v1/stations/till-1/drawer", json={}).json()["code"] == "no_drawer"
    assert api.post("/api/v1/stations/till-7/drawer", json={}).status_code == 404


def test_the_catalogue_tells_the_till_what_the_site_adds_to_a_sum(tmp_path: Path) -> None:
    """Rates by class, how cash is rounded, and each item's class; other rules are another version. A plain site says null."""
    tables = (
        '[money]\ncash_rounding = 10\n[taxes]\ninclusive = false\n[[taxes.classes]]\nname = "standard"\nrate = 1300\n'
    )
    with RunningBranch(tmp_path, tables) as taxed, taxed.client() as api:
        api.put("/api/v1/items/rice", json={"name": "Rice", "unit": "bag", "price": 100, "tax": "standard"})
        told = api.get("/api/v1/catalogue").json()
    assert told["money"] == {"rates": {"standard": 1300}, "usual": "standard", "inclusive": False, "cash_unit": 10}
    assert told["items"][0][10] == "standard"
    assert len(told["version"].split("-")) == 5, "the rules are part of the version"


def test_a_plain_catalogue_has_no_rules(api: httpx.Client) -> None:
    told = api.get("/api/v1/catalogue").json()
    assert told["money"] is None
    assert {len(row) for row in told["items"]} == {10}
