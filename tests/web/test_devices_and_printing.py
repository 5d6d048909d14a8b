"""A branch with a counter of devices: weights, scans and paper reach the pages, and a broken printer delays nobody."""

import asyncio
import sqlite3
import uuid
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from gateway.app import _peripherals as peripherals_of
from peripherals.device_state import DeviceState
from peripherals.protocols import printer_watch
from tests.web.conftest import TEA, TEA_CODE, sale
from tests.web.counter import branch_in_this_loop, config_of, floor, listening

pytestmark = pytest.mark.anyio


async def prepare(api: httpx.AsyncClient) -> None:
    tea = {"name": "Oolong tea", "name_zh": "乌龙茶", "unit": "bottle", "price": 650, "barcodes": [TEA_CODE]}
    apple = {"name": "Apples", "unit": "kg", "price": 1280, "weighed": True}
    for sku, body in ((TEA, tea), ("apple", apple)):
        assert (await api.put(f"/api/v1/items/{sku}", json=body)).status_code == 201
    stock = {"type": "opening_balance", "lines": [{"item": sku, "quantity": "100"} for sku in (TEA, "apple")]}
    assert (await put(api, stock)).status_code == 201


async def test_a_weighing_is_sold_by_the_jin_and_by_one_till_only(tmp_path: Path) -> None:
    """The scale weighs in kilograms. A till that shares it cannot sell the same goods to its own customer."""
    async with floor(tmp_path) as devices, branch_in_this_loop(config_of(tmp_path, devices.printer_port)) as api:
        await prepare(api)
        pear = {"name": "Pears", "name_zh": "梨", "unit": "斤", "price": 450, "weighed": True}
        assert (await api.put("/api/v1/items/pear", json=pear)).status_code == 201
        assert (
            await put(api, {"type": "opening_balance", "lines": [{"item": "pear", "quantity": "50"}]})
        ).status_code == 201
        async with listening(api, topics="weight", station="till-1") as page:
            devices.put_weight("1.250")
            weight = await page.next("weight", lambda data: data["status"] == "stable")
        line = {"item": "pear", "quantity": "2.5", "reading": weight["reading"]}
        body, mine = {"type": "sale", "lines": [line]}, str(uuid.uuid4())
        assert [(await put(api, body, mine)).status_code for _ in range(2)] == [201, 200]
        refused = await put(api, {**body, "station": "till-2"})
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "reading_sold")
        assert refused.json()["errors"][0]["path"] == "lines[0].reading"


async def put(api: httpx.AsyncClient, body: Any, document_id: str | None = None) -> httpx.Response:
    return await api.put(f"/api/v1/documents/{document_id or uuid.uuid4()}", json=body)


async def test_the_counter_s_story(tmp_path: Path) -> None:
    async with floor(tmp_path) as devices, branch_in_this_loop(config_of(tmp_path, devices.printer_port)) as api:
        await prepare(api)
        async with listening(api, topics="weight,scan,print,stock,document,device", station="till-1") as page:
            devices.put_weight("1.250")
            weight = await page.next("weight", lambda data: data["status"] == "stable")
            assert (weight["device"], weight["station"], weight["weight"], weight["unit"]) == (
                "scale-1", "till-1", "1.250", "kg",
            )  # fmt: skip

            lie = {"item": "apple", "quantity": "1.300", "reading": weight["reading"]}
            refused = await put(api, {"type": "sale", "lines": [lie]})
            assert refused.json()["errors"][0]["code"] == "reading_differs"

            devices.scan(TEA_CODE, "ean13")
            scan = await page.next("scan")
            assert (scan["device"], scan["code"], scan["symbology"]) == ("scanner-1", TEA_CODE, "ean13")
            assert (scan["result"]["item"], scan["result"]["findings"]) == (TEA, [])

            lines = [{"item": TEA, "quantity": "2"}, {**lie, "quantity": "1.250"}]
            body = {**sale(), "lines": lines, "tenders": [{"type": "cash", "amount": 5000}]}
            posted = (await put(api, body)).json()
            document = await page.next("document")
            assert (document["id"], document["number"], document["station"]) == (
                posted["id"], posted["number"], "till-1",
            )  # fmt: skip
            stock = await page.next("stock", lambda data: data["item"] == "apple")
            assert (stock["on_hand"], stock["as_of_seq"]) == ("98.750", posted["seq"])
            printed = await page.next("print", lambda data: data["state"] == "printed")
            assert printed["document"] == posted["id"]

            text = devices.paper()[-1].text
            for words in (posted["number"], "河滨店", "乌龙茶", "1.25 kg", "29.00", posted["id"]):
                assert words in text
            assert "副本" not in text
            assert devices.state().drawer_pulses == 1

            again = await api.post(f"/api/v1/documents/{posted['id']}/print", json={})
            assert again.status_code == 202
            await page.next("print", lambda data: data["job"] == again.json()["job"] and data["state"] == "printed")
            assert "副本" in devices.paper()[-1].text
            assert devices.state().drawer_pulses == 1

            jobs = (await api.get("/api/v1/print-jobs", params={"document": posted["id"]})).json()["rows"]
            assert [(job["state"], job["duplicate"]) for job in jobs] == [("printed", True), ("printed", False)]

            devices.close_drawer()
            opened = await api.post("/api/v1/stations/till-1/drawer", json={})
            assert opened.status_code == 202
            entry = (await api.get(f"/api/v1/documents/{opened.json()['document']}")).json()
            assert (entry["type"], entry["direction"], entry["station"]) == ("cash_movement", "no_sale", "till-1")
            assert [one["code"] for one in entry["warnings"]] == ["no_sale"]

            await devices.unplug("scale")
            assert (await page.next("weight", lambda data: data["status"] == "lost"))["weight"] is None
            lost = await page.next("device", lambda data: data["name"] == "scale-1")
            assert lost["class"] == "Scale"
            assert lost["detail_zh"]
        rows = (await api.get("/api/v1/devices")).json()["rows"]
        assert {row["name"]: row["state"] for row in rows}["scale-1"] == "offline"
        assert rows[2]["stations"] == ["till-1"]


async def test_a_page_that_opens_is_greeted_with_the_weight_of_now(tmp_path: Path) -> None:
    async with floor(tmp_path) as devices, branch_in_this_loop(config_of(tmp_path, devices.printer_port)) as api:
        devices.put_weight("0.500")
        async with listening(api, topics="weight", station="till-1") as first:
            await first.next("weight", lambda data: data["status"] == "stable")
        async with listening(api, topics="weight,replication", station="till-1") as later:
            assert (await later.next("weight"))["weight"] == "0.500"
            assert (await later.next("replication"))["state"] == "standalone"


async def test_a_printer_without_paper_delays_no_sale_and_prints_when_it_has_some(tmp_path: Path) -> None:
    async with floor(tmp_path) as devices, branch_in_this_loop(config_of(tmp_path, devices.printer_port)) as api:
        await prepare(api)
        async with listening(api, topics="print,device") as page:
            devices.set_paper("out")
            await page.next("device", lambda data: data["name"] == "printer-1" and data["state"] == "error")
            posted = [(await put(api, sale("1"))).json() for _ in range(3)]
            waiting = await page.next("print", lambda data: data["code"] == "paper_end")
            assert (waiting["state"], waiting["detail_zh"]) == ("queued", "缺纸。")
            devices.set_paper("present")
            for document in posted:
                await page.next(
                    "print", lambda data, mine=document["id"]: (data["document"], data["state"]) == (mine, "printed")
                )
        assert len(devices.paper()) == 3


async def test_a_printer_that_is_switched_off_is_told_everywhere_and_its_receipts_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its line stays open; on the page, in the figures, to headquarters, and to whoever wants the drawer."""
    for name, seconds in (("ANSWER_SECONDS_MAX", 0.1), ("RESYNC_SECONDS", 0.05), ("ROUND_SECONDS", 0.2)):
        monkeypatch.setattr(printer_watch, name, seconds)
    async with floor(tmp_path) as devices, branch_in_this_loop(config_of(tmp_path, devices.printer_port)) as api:
        await prepare(api)
        async with listening(api, topics="print,device") as page:
            devices.set_printer_silent(True)
            off = await page.next("device", lambda data: data["state"] == "not_answering")
            assert (off["name"], off["code"]) == ("printer-1", "no_answer")
            posted = (await put(api, sale("1"))).json()
            waiting = await page.next("print", lambda data: data["code"] == "no_answer")
            assert (waiting["state"], waiting["detail_zh"]) == ("queued", "打印机没有应答。")
            figures = (await api.get("/api/v1/metrics")).text
            assert 'kontor_device_state{device="printer-1",state="not_answering"} 1' in figures
            assert 'kontor_print_jobs_total{state="queued"} 1\n' in figures
            rows = (await api.get("/api/v1/devices")).json()["rows"]
            states = [msgspec.convert(row, DeviceState, strict=False) for row in rows]
            assert peripherals_of(states).lost == ("printer-1",)
            refused = await api.post("/api/v1/stations/till-1/drawer", json={})
            assert (refused.status_code, refused.json()["code"]) == (409, "no_answer")
            devices.set_printer_silent(False)
            await page.next("print", lambda data: (data["document"], data["state"]) == (posted["id"], "printed"))
        assert devices.state().drawer_pulses == 0
        assert len(devices.paper()) == 1


async def test_jobs_outlive_the_process_and_a_half_printed_one_is_for_a_person(tmp_path: Path) -> None:
    async with floor(tmp_path) as devices:
        running = config_of(tmp_path, devices.printer_port)
        await devices.unplug("printer")
        async with branch_in_this_loop(running) as api:
            await prepare(api)
            queued, half = [(await put(api, sale("1"))).json()["id"] for _ in range(2)]
        with sqlite3.connect(tmp_path / "ledger.db") as ledger:
            ledger.execute(
                "UPDATE print_jobs SET state = 'printing' WHERE seq = (SELECT seq FROM journal WHERE event_id = ?)",
                (uuid.UUID(half).bytes,),
            )
        ledger.close()
        await devices.plug("printer")
        async with branch_in_this_loop(running) as api, listening(api, topics="print") as page:
            jobs = (await api.get("/api/v1/print-jobs", params={"document": queued})).json()["rows"]
            if jobs[0]["state"] != "printed":
                await page.next("print", lambda data: (data["document"], data["state"]) == (queued, "printed"))
            (unknown,) = (await api.get("/api/v1/print-jobs", params={"document": half})).json()["rows"]
            assert (unknown["state"], unknown["code"]) == ("unknown", "restarted")
        assert len(devices.paper()) == 1


async def test_a_dead_printer_never_fills_a_sale_s_way(tmp_path: Path) -> None:
    """More jobs than a printer's queue holds: the sales are posted, the surplus is marked and can be repeated."""
    async with branch_in_this_loop(config_of(tmp_path, 1)) as api:
        await prepare(api)
        answers = await asyncio.gather(*(put(api, sale("0.001")) for _ in range(80)))
        assert {answer.status_code for answer in answers} == {201}
        async with asyncio.timeout(10):
            while True:
                rows = (await api.get("/api/v1/print-jobs", params={"limit": 100})).json()["rows"]
                full = [row for row in rows if row["code"] == "print_queue_full"]
                if len(full) == 80 - 64:
                    break
                await asyncio.sleep(0.05)
        refused = await api.post("/api/v1/stations/till-1/drawer", json={})
        assert (refused.status_code, refused.json()["code"]) == (409, "not_connected")


async def test_a_till_presses_the_keys_of_its_scale(tmp_path: Path) -> None:
    """The bowl is tared; what the scale, the station or the line has not is said."""
    async with (
        floor(tmp_path) as devices,
        branch_in_this_loop(config_of(tmp_path, devices.printer_port)) as api,
        listening(api, topics="weight,device", station="till-1") as page,
    ):
        devices.put_weight("0.200")
        await page.next("weight", lambda data: data["status"] == "stable")
        told = await api.post("/api/v1/stations/till-1/scale", json={"key": "tare"})
        assert (told.status_code, told.json()) == (202, {"station": "till-1", "device": "scale-1"})
        await page.next("weight", lambda data: data["status"] == "zero")
        devices.put_weight("0.700")
        net = await page.next("weight", lambda data: data["status"] == "stable")
        assert (net["weight"], net["price"], net["total"]) == ("0.500", None, None)
        again = await api.post("/api/v1/stations/till-1/scale", json={"ask": "weight"})
        assert again.status_code == 202
        assert await page.next("weight") == net, "the same reading, heard anew"
        for body, answer in (
            ({"price": 250}, (422, "not_on_this_scale")),
            ({}, (422, "not_on_this_scale")),
            ({"price": 0}, (400, "invalid_body")),
            ({"key": "off"}, (400, "invalid_body")),
        ):
            refused = await api.post("/api/v1/stations/till-1/scale", json=body)
            assert refused.status_code == answer[0], body
            assert answer[0] == 400 or refused.json()["code"] == answer[1]
        assert (await api.post("/api/v1/stations/nowhere/scale", json={"key": "zero"})).status_code == 404
        await devices.unplug("scale")
        await page.next("weight", lambda data: data["status"] == "lost")
        assert (await api.post("/api/v1/stations/till-1/scale", json={"ask": "weight"})).status_code == 409
        gone = await api.post("/api/v1/stations/till-1/scale", json={"key": "zero"})
        assert (gone.status_code, gone.json()["code"]) == (409, "not_connected")


async def test_a_device_is_released_for_another_program_and_taken_up_again(tmp_path: Path) -> None:
    """Its line is free meanwhile, the page is told, and a weight is no longer shown; an unknown device is said to be none."""
    async with floor(tmp_path) as devices, branch_in_this_loop(config_of(tmp_path, devices.printer_port)) as api:
        async with listening(api, topics="weight,device", station="till-1") as page:
            devices.put_weight("0.500")
            await page.next("weight", lambda data: data["status"] == "stable")
            released = await api.post("/api/v1/devices/scale-1/release")
            assert released.status_code == 202
            told = await page.next("device", lambda data: data["name"] == "scale-1" and data["life"] == "closed")
            assert (told["state"], told["code"]) == ("offline", "released")
            assert (await api.post("/api/v1/devices/scale-1/enable")).status_code == 202
            assert (await page.next("weight", lambda data: data["status"] == "stable"))["weight"] == "0.500"
        assert (await api.post("/api/v1/devices/scale-9/release")).status_code == 404
        rows = (await api.get("/api/v1/devices")).json()["rows"]
        assert {row["name"]: row["life"] for row in rows}["scale-1"] == "enabled"
        assert (await api.get("/api/v1/ports")).status_code == 200
