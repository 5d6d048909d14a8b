"""Tables brought in and taken out over HTTP, each kind once, as a shop that moves to Kontor does it."""

import io
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest

from admin_ui.serving.roles import Role
from gateway.cli.__main__ import main
from gateway.store.verify import verify_site
from tests.web.conftest import RunningBranch, post

SECONDS_MAX = 30.0
ITEMS = "商品编码,名称,中文名称,单位,售价,条码\nrice-5,Rice 5 kg,大米 5 公斤,bag,49.90,6901111111116\nsalt,Salt,食盐,bag,3,\n"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBranch]:
    with RunningBranch(tmp_path_factory.mktemp("b001")) as running:
        yield running


@pytest.fixture
def api(house: RunningBranch) -> Iterator[httpx.Client]:
    with house.client() as client:
        yield client


def rehearse(api: httpx.Client, kind: str, data: bytes | str) -> dict[str, Any]:
    body = data.encode() if isinstance(data, str) else data
    answer = api.post(f"/api/v1/imports/{kind}", params={"dry_run": "true"}, content=body)
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


def bring(api: httpx.Client, kind: str, data: bytes | str, **query: str) -> dict[str, Any]:
    """An import that is carried through."""
    body = data.encode() if isinstance(data, str) else data
    answer = api.post(f"/api/v1/imports/{kind}", params=query, content=body)
    assert answer.status_code in (200, 202), answer.text
    until = time.monotonic() + SECONDS_MAX
    while time.monotonic() < until:
        told = api.get(f"/api/v1/imports/{answer.json()['id']}").json()
        if told["state"] == "done":
            return told  # type: ignore[no-any-return]
        time.sleep(0.02)
    raise AssertionError("the import did not end")


def workbook(*rows: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_items_come_all_or_not_at_all(house: RunningBranch, api: httpx.Client) -> None:
    """A bad row keeps every row out and is named; the mended file comes in, and again it changes nothing."""
    bad = ITEMS + "sugar,Sugar,,bag,4.999,6.9E+12\n"
    found = rehearse(api, "items", bad)
    assert (found["state"], found["bad_row_count"], found["taken_as"]["encoding"]) == ("checked", 2, "utf-8")
    assert [(one["row"], one["column"], one["value"], one["code"]) for one in found["bad_rows"]] == [
        (4, "price", "4.999", "too_many_decimals"), (4, "barcodes", "6.9E+12", "scientific"),
    ]  # fmt: skip
    refused = api.post("/api/v1/imports/items", content=bad.encode())
    assert (refused.status_code, refused.json()["code"], len(refused.json()["errors"])) == (422, "import_refused", 2)
    assert api.get("/api/v1/items/rice-5").status_code == 404
    told = bring(api, "items", ITEMS.encode("gb18030"))
    assert (told["changes"], told["done"], told["changed"], told["bad_rows"]) == (2, 2, 2, [])
    rice = api.get("/api/v1/items/rice-5").json()
    assert (rice["name_zh"], rice["price"], rice["barcodes"]) == ("大米 5 公斤", 4990, ["6901111111116"])
    head = api.get("/api/v1/replication").json()["head_seq"]
    again = bring(api, "items", ITEMS.encode("gb18030"))
    same = rehearse(api, "items", ITEMS)
    assert (again["id"], same["made"], same["changed"], same["same"]) == (told["id"], 0, 0, 2)
    assert api.get("/api/v1/replication").json()["head_seq"] == head
    assert verify_site(house.folder).differences == ()


def test_a_column_that_is_not_there_changes_nothing(api: httpx.Client) -> None:
    bring(
        api,
        "items",
        "sku;name;unit;price;barcode s\n".replace("barcode s", "barcodes") + "tofu;Tofu;box;5;6902222222225\n",
    )
    bring(api, "items", "sku\tprice\ntofu\t5.50\n")
    tofu = api.get("/api/v1/items/tofu").json()
    assert (tofu["price"], tofu["name"], tofu["barcodes"]) == (550, "Tofu", ["6902222222225"])


def test_barcodes_and_packs_of_a_workbook(api: httpx.Client) -> None:
    bring(api, "items", "sku,name,unit,price\nmilk,Milk,box,6\n")
    data = workbook(["SKU", "Barcode", "Pack", "Units per pack"], ["milk", 6903333333334, None, None],
                    ["milk", "6903333333341", "carton", 12])  # fmt: skip
    assert rehearse(api, "barcodes", data)["taken_as"]["sheet"] == "Sheet"
    bring(api, "barcodes", data)
    milk = api.get("/api/v1/items/milk").json()
    assert milk["barcodes"] == ["6903333333334"]
    assert milk["packs"] == [{"unit": "carton", "factor": "12.000", "barcode": "6903333333341"}]


def test_opening_balances_are_a_document(api: httpx.Client) -> None:
    bring(api, "items", "sku,name,unit,price,tracking\nfish,Fish,kg,30,lot\n")
    bad = "sku,quantity,cost,lot,expiry\nfish,12.5,20,,\nnobody,1,,,\n"
    found = rehearse(api, "balances", bad)
    assert {(one["row"], one["column"], one["code"]) for one in found["bad_rows"]} >= {(3, "sku", "unknown_item")}
    found = rehearse(api, "balances", "sku,quantity,cost,lot\nfish,12.5,20,\n")
    assert [(one["row"], one["column"], one["code"]) for one in found["bad_rows"]] == [(2, "lot", "lot_required")]
    data = "sku,quantity,cost,lot,expiry\nfish,12.5,20,L1,2027/1/31\n"
    bring(api, "balances", data)
    bring(api, "balances", data)
    rows = api.get("/api/v1/stock", params={"item": "fish"}).json()["rows"]
    assert [(row["lot"], row["on_hand"]) for row in rows if row["location"] == "shop"] == [("L1", "12.500")]


@pytest.mark.parametrize("kind", ["suppliers", "members"])
def test_suppliers_and_members(api: httpx.Client, kind: str) -> None:
    bring(api, kind, "编码,名称,电话\n001,河滨茶业,０５７１－5550100\n002,=1+1,\n")
    rows = api.get(f"/api/v1/{kind}", params={"limit": "1"}).json()
    assert (rows["rows"][0]["code"], rows["rows"][0]["phone"]) == ("001", "0571-5550100")
    assert rows["next"]
    put = api.put(f"/api/v1/{kind}/003", json={"name": "Another"})
    assert (put.status_code, put.json()["active"]) == (200, True)
    assert api.put(f"/api/v1/{kind}/a b", json={"name": " "}).json()["code"] == "rejected"
    csv = api.get(f"/api/v1/exports/{kind}").content.decode()
    assert "'=1+1" in csv
    assert rehearse(api, kind, csv)["same"] == 3


def test_recipes(api: httpx.Client) -> None:
    bring(api, "items", "sku,name,unit,price\nflour,Flour,kg,5\noil,Oil,kg,9\nbread,Bread,piece,8\n")
    table = "配方,产量,原料,数量,可用率%\nbread,10,flour,5,98\nbread,10,oil,0.25,\n"
    assert rehearse(api, "recipes", table)["made"] == 1
    bring(api, "recipes", table)
    recipe = api.get("/api/v1/recipes/bread").json()
    assert [(one["item"], one["quantity"], one["usable"]) for one in recipe["components"]] == [
        ("flour", "5.000", 9800), ("oil", "0.250", 10000),
    ]  # fmt: skip
    assert rehearse(api, "recipes", api.get("/api/v1/exports/recipes").content)["same"] == 1
    assert rehearse(api, "recipes", table + "bread,10,nothing,1,\n")["bad_rows"][0]["row"] == 4


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("kind", ["items", "barcodes"])
def test_what_is_taken_out_comes_back_in_unchanged(api: httpx.Client, kind: str, form: str) -> None:
    api.put("/api/v1/items/odd", json={"name": "=SUM(A1)", "unit": "kg", "price": 1, "name_zh": "'酱\n油", "category": "-x",
                                       "weighed": True, "low_below": "1.5", "packs": [{"unit": "box", "factor": "6"}]})  # fmt: skip
    found = rehearse(api, kind, api.get(f"/api/v1/exports/{kind}", params={"format": form}).content)
    assert (found["bad_rows"], found["made"], found["changed"]) == ([], 0, 0)
    assert found["same"] > 0


def test_everything_can_be_taken_out(api: httpx.Client) -> None:
    post(api, {"type": "adjustment", "reason": "counted", "lines": [{"item": "rice-5", "quantity": "3"}]})
    for kind in ("balances", "lots", "movements", "documents", "journal"):
        for form in ("csv", "xlsx", "jsonl"):
            answer = api.get(f"/api/v1/exports/{kind}", params={"format": form})
            assert answer.status_code == 200, answer.text
            assert f"b001-{kind}.{form}" in answer.headers["content-disposition"]
            if form == "jsonl" and kind != "lots":
                assert answer.json() if answer.text.count("\n") == 1 else answer.text.startswith('{"')
    assert api.get("/api/v1/exports/secrets").status_code == 404
    assert api.get("/api/v1/exports/items", params={"format": "pdf"}).status_code == 400


def test_a_form_to_fill_in_in_both_languages(api: httpx.Client) -> None:
    heads = api.get("/api/v1/imports/items/template", params={"format": "csv", "language": "zh"}).text
    assert heads.lstrip("\ufeff").startswith("商品编码*,名称,中文名称")
    book = api.get("/api/v1/imports/items/template").content
    assert openpyxl.load_workbook(io.BytesIO(book)).active["A1"].value == "SKU*"  # type: ignore[index, union-attr]


def test_who_may_and_what_is_no_import(house: RunningBranch, api: httpx.Client) -> None:
    with house.client(Role.CASHIER) as cashier:
        assert cashier.post("/api/v1/imports/items", content=b"x").status_code == 403
        assert cashier.get("/api/v1/exports/journal").status_code == 403
    assert api.post("/api/v1/imports/people", content=b"x").status_code == 404
    assert api.post("/api/v1/imports/items", params={"id": "x"}, content=b"x").status_code == 400
    assert api.get(f"/api/v1/imports/{uuid.uuid4()}").status_code == 404
    mine = str(uuid.uuid4())
    bring(api, "members", "code,name\n9,Nine\n", id=mine)
    other = api.post("/api/v1/imports/members", params={"id": mine}, content=b"code,name\n8,Eight\n")
    assert other.status_code == 409


def test_a_file_may_be_larger_than_a_document(api: httpx.Client) -> None:
    """Yet bounded: 16 MB."""
    rows = "".join(f"m{number},{'Name ' * 20}\n" for number in range(12_000))
    assert rehearse(api, "members", "code,name\n" + rows)["rows"] == 12_000
    assert api.post("/api/v1/imports/members", content=b" " * (16 * 1024 * 1024 + 1)).status_code == 413


def test_by_command_in_and_out(house: RunningBranch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`kontor import` names bad rows and brings the rest only without any; `kontor export` writes what comes back unchanged;
    `kontor archive` has no month that is over yet."""
    config = str(house.folder / "config.toml")
    file = tmp_path / "items.csv"
    file.write_text("sku,name,unit,price\ncup,Cup,piece,x\n", encoding="utf-8")
    assert main(["import", "items", str(file), "--config", config]) == 1
    assert "row 2, price, 'x'" in capsys.readouterr().out
    file.write_text("sku,name,unit,price\ncup,Cup,piece,9\n", encoding="utf-8")
    assert main(["import", "items", str(file), "--config", config, "--dry-run"]) == 0
    assert "1 new" in capsys.readouterr().out
    assert main(["import", "items", str(file), "--config", config]) == 0
    assert "已导入" in capsys.readouterr().out
    assert main(["export", str(tmp_path / "out"), "--config", config]) == 0
    assert len(list((tmp_path / "out").iterdir())) == 10
    assert main(["import", "items", str(tmp_path / "out" / "items.csv"), "--config", config, "--dry-run"]) == 0
    assert " 0 new, 0 changed" in capsys.readouterr().out
    assert main(["archive", str(tmp_path / "old"), "--config", config]) == 0
    assert "no month is over" in capsys.readouterr().out


def test_a_recipe_with_by_products_and_steps(api: httpx.Client) -> None:
    """What a row names is one part; parts that have no column stay; what two recipes make of each other is found before."""
    bring(api, "items", "sku,name,unit,price\nbeans,Beans,kg,5\ncurd,Curd,kg,9\nokara,Okara,kg,1\n")
    table = (
        "配方,产量,允许偏差%,原料,副产品,数量,成本占比%,工序,中文工序,工时分钟\n"
        "curd,10,3,beans,,4,,,,\ncurd,,,,okara,1.5,5,,,\ncurd,,,,,,,Grind,磨浆,20\ncurd,,,,,,,Press,,\n"
    )
    bring(api, "recipes", table)
    made = api.get("/api/v1/recipes/curd").json()
    assert [(one["item"], one["quantity"], one["share"]) for one in made["by_products"]] == [("okara", "1.500", 500)]
    assert [(one["name"], one["name_zh"], one["minutes"]) for one in made["steps"]] == [
        ("Grind", "磨浆", 20),
        ("Press", None, None),
    ]
    assert rehearse(api, "recipes", "code,component,quantity\ncurd,beans,5\n")["changed"] == 1
    bring(api, "recipes", "code,step\ncurd,Grind\n")
    kept = api.get("/api/v1/recipes/curd").json()
    assert (len(kept["steps"]), kept["by_products"], kept["components"]) == (1, made["by_products"], made["components"])
    bad = "code,component,by_product,step,quantity,unit,units\n"
    bad += "curd,beans,okara,,1,,\ncurd,,,Grind,1,,\ncurd,beans,,,,,\ncurd,beans,,,1,spoon,200\nokara,,nothing,,1,,\n"
    assert [(one["row"], one["column"], one["code"]) for one in rehearse(api, "recipes", bad)["bad_rows"]] == [
        (2, "component", "part_unclear"), (3, "quantity", "cell_unfit"), (4, "quantity", "cell_required"),
        (5, "bases", "cell_required"), (6, "by_product", "unknown_item"), (6, "component", "component_required"),
    ]  # fmt: skip
    circle = "code,component,quantity\nbeans,okara,1\nokara,curd,1\n"
    assert [(one["row"], one["code"]) for one in rehearse(api, "recipes", circle)["bad_rows"]] == [
        (3, "recipe_in_circle")
    ]
