"""A day of a corner shop, of a branch of a chain, and of a fresh food shop, from `kontor init` to the Z report."""

import datetime as dt
from zoneinfo import ZoneInfo

from admin_ui.serving.roles import Role
from tests.profiles.conftest import Begun, codes, done, on_hand, tried
from tests.web.conftest import put

PAID_IN_CASH = {"type": "cash", "amount": 100_000}


def in_days(days: int) -> str:
    return (dt.datetime.now(ZoneInfo("Asia/Shanghai")).date() + dt.timedelta(days=days)).isoformat()


def test_a_day_of_a_corner_shop(begun: Begun) -> None:
    """Goods come in cases, are sold by piece and by weight, one comes back, a shelf is counted, the drawer is closed."""
    branch = begun("general")
    with branch.client() as chen, branch.client(Role.CASHIER) as till:
        done(till, "shift_open", station="till-1", float=20_000)
        done(
            chen,
            "goods_receipt",
            {"item": "G-002", "quantity": "2", "unit": "case", "cost": 4_000},
            supplier="Red Lantern",
        )
        assert on_hand(chen, "G-002") == "78.000"
        sold = done(
            till, "sale", {"item": "G-002", "quantity": "3"}, {"item": "G-010", "quantity": "1.246"},
            station="till-1", tenders=[PAID_IN_CASH],
        )  # fmt: skip
        assert (sold["total"], sold["change"]) == (840 + 1_470, 100_000 - 2_310)
        back = {"item": "G-002", "quantity": "1", "disposition": "restock"}
        cash = {"station": "till-1", "tenders": [{"type": "cash", "amount": 280}]}
        assert codes(tried(till, "sale_return", back, original=sold["id"], **cash)) == ["return_with_original"]
        done(chen, "sale_return", back, original=sold["id"], **cash)
        assert on_hand(chen, "G-002") == "76.000"
        counted = tried(till, "stock_count", {"item": "G-009", "counted": "9"})
        assert codes(counted) == ["count_variance"]
        done(chen, "stock_count", {"item": "G-009", "counted": "9"})
        done(till, "shift_close", station="till-1", counted=[{"type": "cash", "amount": 20_000 + 2_310 - 280}])
        (shift,) = chen.get("/api/v1/shifts").json()["rows"]
        assert shift["z"] == 1
        assert [tender["difference"] for tender in shift["report"]["tenders"]] == [0]


def test_a_day_of_a_branch_of_a_chain(begun: Begun) -> None:
    """Taxes are in the prices, cash is rounded down to a jiao, chargers have serial numbers, a discount has its bounds."""
    branch = begun("standard")
    with branch.client() as chen, branch.client(Role.CASHIER) as till:
        done(chen, "goods_receipt", {"item": "S-007", "quantity": "2", "serials": ["PB1", "PB2"], "cost": 6_200})
        sold = done(
            till, "sale", {"item": "S-007", "quantity": "1", "serials": ["PB1"]}, {"item": "S-012", "quantity": "1", "discount": 5},
            station="till-1", tenders=[PAID_IN_CASH],
        )  # fmt: skip
        assert sold["total"] == 10_680  # 106.85 in cash
        assert codes_of(sold) == ["discount"]
        view = till.get(f"/api/v1/documents/{sold['id']}").json()
        assert [(part["rate"], part["tax"]) for part in view["taxes"]] == [(900, 65), (1300, 1_139)]
        assert view["rounding"] == -5
        much = {"item": "S-001", "quantity": "1", "discount": 900}
        assert codes(tried(till, "sale", much, station="till-1")) == ["discount"]
        assert tried(till, "sale", much, station="till-1").status_code == 202
        assert codes(tried(till, "sale", {"item": "S-007", "quantity": "1", "serials": ["PB1"]})) == [
            "serial_not_on_hand"
        ]
        life = chen.get("/api/v1/serials?serial=PB1").json()["rows"]
        assert [row["type"] for row in life] == ["sale", "goods_receipt"]
        done(till, "requisition", {"item": "S-003", "quantity": "1", "unit": "case"}, note="Window")
        done(chen, "stock_move", {"item": "S-006", "quantity": "1", "location": "shop", "to": "window"})
        assert on_hand(chen, "S-006", "window") == "2.000"


def codes_of(document: dict[str, object]) -> list[str]:
    warnings = document["warnings"]
    assert isinstance(warnings, list)
    return [one if isinstance(one, str) else one["code"] for one in warnings]


def test_a_day_of_a_fresh_food_shop(begun: Begun) -> None:
    """Chilled goods are measured when they come, what expires first is sold first, a recalled lot is not sold at all."""
    branch = begun("food")
    with branch.client() as chen, branch.client(Role.CASHIER) as till:
        milk = {"item": "F-001", "quantity": "12", "lot": "M-2", "expiry": in_days(12), "cost": 800}
        done(chen, "goods_receipt", milk | {"temperature": "4.5"}, supplier="Green Pasture")
        salmon = {
            "item": "F-006",
            "quantity": "3",
            "lot": "S-2",
            "expiry": in_days(6),
            "temperature": "6.1",
            "cost": 11_000,
        }
        warm = tried(chen, "goods_receipt", salmon, supplier="North Sea")
        assert (warm.status_code, codes(warm)) == (202, ["too_warm"])
        assert (
            chen.post(f"/api/v1/documents/{warm.json()['id']}/reject", json={"reason": "back to the van"}).status_code
            == 200
        )
        done(chen, "goods_receipt", salmon | {"temperature": "1.0"}, supplier="North Sea")
        done(till, "sale", {"item": "F-001", "quantity": "20"}, station="till-1", tenders=[PAID_IN_CASH])
        (lot,) = chen.get("/api/v1/lots/M-2").json()["rows"]
        assert lot["on_hand"] == "10.000"  # 18 of the opening lot in the shop went first
        near = tried(till, "sale", {"item": "F-006", "quantity": "1"}, station="till-1")
        assert (near.status_code, codes_of(near.json())) == (201, ["near_expiry_sale"])
        assert chen.post("/api/v1/lots/F-001/M-2/block", json={"reason": "recall 召回"}).status_code == 200
        assert codes(tried(till, "sale", {"item": "F-001", "quantity": "1", "lot": "M-2"})) == ["blocked_lot"]
        done(
            chen,
            "supplier_return",
            {"item": "F-001", "quantity": "10", "lot": "M-2", "location": "shop"},
            reason="recall",
        )
        assert on_hand(chen, "F-001") == "0.000"
        done(chen, "stock_move", {"item": "F-001", "quantity": "6", "location": "cold-room", "to": "shop"})
        asked = put(
            till,
            {"type": "write_off", "reason": "x", "lines": [{"item": "F-009", "quantity": "99", "location": "freezer"}]},
        )
        with branch.signed_in("chen", password="kontor-manager") as manager:
            page = manager.get(f"/documents/{asked.json()['id']}", headers={"Accept-Language": "zh-CN"}).text
        assert "冷冻库" in page
        done(chen, "write_off", {"item": "F-003", "quantity": "2", "lot": "OPENING"}, reason="expired 过期")
        much = tried(chen, "write_off", {"item": "F-006", "quantity": "2.500"}, reason="cold room failed")
        assert much.status_code in (201, 202)
