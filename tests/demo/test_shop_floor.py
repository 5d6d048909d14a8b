"""The page of the simulated devices: it shows the floor, and what is pressed on it happens on the floor."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import AsyncTestClient

from admin_ui.contexts.shell import Site
from gateway.config import BranchConfig, SiteSettings, load_branch_config
from gateway.demo.goods import hot_food
from gateway.demo.shop_floor import FloorError, SlipTimes, page_address, samples
from gateway.up.plan import Options, make_plan
from gateway.up.site_files import FloorPorts, write_branch
from gateway.web.simulated_devices import ShownPrinter, build_simulated_devices
from peripherals.simulated import SimulatedFloor
from peripherals.simulated_printer import SimulatedPrinter

PORT = 41234
SITE = Site(
    kind="branch", id="b001", name="Riverside store", name_zh="河滨店", version="0", currency="CNY",
    minor_unit_digits=2, time_zone="Asia/Shanghai", stations=("till-1",),
)  # fmt: skip


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[SimulatedFloor]:
    async with SimulatedFloor(
        scale_link=tmp_path / "scale-1", scanner_link=tmp_path / "scanner-1", settle_seconds=0.0
    ) as running:
        yield running


@pytest.fixture
async def page(floor: SimulatedFloor) -> AsyncIterator[AsyncTestClient[Any]]:
    async with SimulatedPrinter() as second:
        shown = [
            ShownPrinter(name=name, kitchen=kitchen, printer=printer, printed_at=SlipTimes(printer.slips).of)
            for name, kitchen, printer in (("printer-1", False, floor.printer), ("kitchen-1", True, second))
        ]
        app = build_simulated_devices(floor, SITE, samples(), shown, port=PORT, clock=lambda: 0.0)
        async with AsyncTestClient(app, base_url=f"http://127.0.0.1:{PORT}") as client:
            yield client


pytestmark = [pytest.mark.anyio, pytest.mark.needs("pty")]


@pytest.mark.parametrize(("language", "title"), [("en", "Simulated devices"), ("zh-CN", "模拟设备")])
async def test_the_page_is_in_the_reader_s_language(page: AsyncTestClient[Any], language: str, title: str) -> None:
    answer = await page.get("/", headers={"Accept-Language": language})
    assert answer.status_code == 200
    assert title in answer.text
    assert "default-src 'self'" in answer.headers["content-security-policy"]


async def test_a_weight_put_on_the_pan_is_shown_and_taken_off_again(page: AsyncTestClient[Any]) -> None:
    assert (await page.post("/scale", json={"weight": "1.250", "motion": False})).status_code == 204
    assert (await page.get("/state")).json()["scale"]["weight"] == "1.250"
    assert (await page.post("/scale", json={"weight": None})).status_code == 204
    assert (await page.get("/state")).json()["scale"]["weight"] is None


async def test_what_is_no_weight_is_refused_and_changes_nothing(page: AsyncTestClient[Any]) -> None:
    await page.post("/scale", json={"weight": "0.300"})
    answer = await page.post("/scale", json={"weight": "heavy"})
    assert answer.status_code == 400
    assert (await page.get("/state")).json()["scale"]["weight"] == "0.300"


async def test_one_printer_s_paper_and_cover_follow_the_hand(page: AsyncTestClient[Any]) -> None:
    hand = {"paper": "near_end", "cover_open": True, "silent": True}
    assert (await page.post("/printers/printer-1", json=hand)).status_code == 204
    till, kitchen = (await page.get("/state")).json()["printers"]
    assert till == {"name": "printer-1", **hand, "drawer_open": False, "slips": []}
    untouched = {"paper": "present", "cover_open": False, "silent": False}
    assert kitchen == {"name": "kitchen-1", **untouched, "drawer_open": False, "slips": []}
    assert (await page.post("/printers/kitchen-1", json={"paper": "out"})).status_code == 204
    till, kitchen = (await page.get("/state")).json()["printers"]
    assert (till["paper"], kitchen["paper"]) == ("near_end", "out")


async def test_a_printer_that_is_not_there_is_refused(page: AsyncTestClient[Any]) -> None:
    assert (await page.post("/printers/printer-9", json={"paper": "out"})).status_code == 404


async def test_the_kitchen_s_printer_is_called_so(page: AsyncTestClient[Any]) -> None:
    titles = (await page.get("/", headers={"Accept-Language": "en"})).text
    assert 'data-printer="kitchen-1" data-kitchen' in titles
    assert "Kitchen printer" in titles


async def test_a_scan_is_taken_and_an_unknown_symbology_refused(page: AsyncTestClient[Any]) -> None:
    code = samples()[0].code
    assert (await page.post("/scan", json={"code": code, "symbology": "ean13"})).status_code == 204
    assert (await page.post("/scan", json={"code": code, "symbology": "runes"})).status_code == 400


async def test_a_page_of_another_name_gets_no_answer(page: AsyncTestClient[Any]) -> None:
    assert (await page.get("/state", headers={"Host": "elsewhere.example"})).status_code == 400


def settings_of(home: Path, number: int, *, empty: bool) -> BranchConfig:
    """What `kontor up` writes for a branch, read as the branch reads it."""
    options = Options(home=home, branches=2, branch_port=8080, hq_port=8090, nats_port=4222, empty=empty, traffic=False)
    plan = make_plan(options)
    write_branch(plan, plan.branches[number], FloorPorts(page=41234, printer=41235, kitchen=41236))
    return load_branch_config(plan.branches[number].config)


COUNTER = {"scale-1", "scanner-1", "display-1", "printer-1"}


@pytest.mark.parametrize(("number", "empty"), [(1, False), (0, True)])
async def test_the_settings_that_kontor_up_writes_can_be_read_and_simulated(
    tmp_path: Path, number: int, empty: bool
) -> None:
    config = settings_of(tmp_path, number, empty=empty)
    assert page_address(config) == ("127.0.0.1", 41234)
    assert config.site.name_zh == ("老城店" if number else "河滨店")
    assert {device.name for device in config.devices} == COUNTER
    assert config.kitchens == ()


async def test_the_sample_shop_s_first_branch_has_a_kitchen_that_makes_its_dishes(tmp_path: Path) -> None:
    config = settings_of(tmp_path, 0, empty=False)
    assert {device.name for device in config.devices} == COUNTER | {"kitchen-printer"}
    (kitchen,) = config.kitchens
    assert (kitchen.printer, kitchen.fallback) == ("kitchen-printer", "printer-1")
    assert {dish.item["category"] for dish in hot_food().items} == set(kitchen.categories)


async def test_a_real_branch_has_nothing_to_simulate() -> None:
    with pytest.raises(FloorError, match="no simulated devices"):
        page_address(BranchConfig(site=SiteSettings(id="b1", name="One")))
