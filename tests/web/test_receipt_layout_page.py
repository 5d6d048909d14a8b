"""The shop lays its receipts out: looked at by a manager, kept by an administrator, printed from the next sale on."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.use_cases.receipt_layout import FILE_NAME
from tests.web.conftest import RunningBranch, sale
from tests.web.counter import branch_in_this_loop, config_of, floor, listening
from tests.web.test_devices_and_printing import prepare, put

OWN = {"blocks": ["shop", "number", "lines", "money", "footer"], "language": "zh", "footer": ["七天内凭小票退换"]}


@pytest.fixture(scope="module")
def branch(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with RunningBranch(tmp_path_factory.mktemp("layout")) as running, running.client() as api:
        api.put("/api/v1/items/tea", json={"name": "Oolong tea", "name_zh": "乌龙茶", "unit": "bottle", "price": 650})
        yield running


def test_a_layout_is_looked_at_before_it_is_kept(branch: RunningBranch) -> None:
    """With the shop's own goods, on the width that was chosen; nothing of it is kept."""
    with branch.signed_in("chen", password="kontor-manager") as manager:
        answer = manager.post("/api/v1/receipt-layout/preview", json={"layout": OWN, "columns": 32})
        texts = [line["text"] for line in answer.json()["lines"]]
        assert answer.json()["columns"] == 32
        assert any("乌龙茶" in text for text in texts)
        assert texts[-1 - texts[::-1].index("七天内凭小票退换")] == "七天内凭小票退换"
        assert not any("Oolong" in text for text in texts)
        assert manager.get("/api/v1/receipt-layout").json()["language"] == "both"
        assert manager.put("/api/v1/receipt-layout", json=OWN).status_code == 403
    with branch.signed_in("lin", pin="1111") as cashier:
        assert cashier.get("/api/v1/receipt-layout").status_code == 403


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"layout": {"blocks": ["shop"]}}, "layout.blocks"),
        ({"layout": {"blocks": ["number", "lines", "money", "money"]}}, "layout.blocks"),
        ({"layout": {"blocks": ["adverts"]}}, "layout.blocks[0]"),
        ({"layout": {"footer": ["x" * 300]}}, "layout.footer[0]"),
        ({"layout": {}, "columns": 7}, "columns"),
    ],
)
def test_what_is_no_layout_is_refused_with_its_place(branch: RunningBranch, body: Any, path: str) -> None:
    """And what is in force stays."""
    with branch.client() as api:
        refused = api.post("/api/v1/receipt-layout/preview", json=body)
        assert (refused.status_code, [one["path"] for one in refused.json()["errors"]]) == (400, [path])


@pytest.mark.anyio
@pytest.mark.needs("pty")
async def test_the_next_receipt_is_printed_as_it_was_laid_out_and_after_a_restart_too(tmp_path: Path) -> None:
    """The file holds it; one that is broken makes receipts look as usual and stops no sale."""
    async with floor(tmp_path) as devices:
        running = config_of(tmp_path, devices.printer_port)
        async with branch_in_this_loop(running) as api:
            await prepare(api)
            assert (await api.put("/api/v1/receipt-layout", json=OWN)).status_code == 200
            assert await printed(api, devices) == "七天内凭小票退换"
        async with branch_in_this_loop(running) as api:
            assert await printed(api, devices) == "七天内凭小票退换"
        (tmp_path / FILE_NAME).write_text(json.dumps({"blocks": []}))
        async with branch_in_this_loop(running) as api:
            assert await printed(api, devices) == "谢谢惠顾 Thank you"


async def printed(api: Any, devices: Any) -> str:
    """The last line of a new sale's paper."""
    async with listening(api, topics="print") as page:
        document = (await put(api, sale("1"))).json()["id"]
        await page.next("print", lambda data: (data["document"], data["state"]) == (document, "printed"))
    return [line for line in devices.paper()[-1].text.split("\n") if line][-1]


@pytest.mark.anyio
@pytest.mark.needs("pty")
async def test_a_layout_is_looked_at_as_the_printer_of_a_till_makes_it(tmp_path: Path) -> None:
    """With its columns, its letters and the shop's picture; a printer where no till prints is refused."""
    (tmp_path / "logo.pbm").write_text("P1\n9 2\n100000001\n010000000\n")
    async with floor(tmp_path) as devices:
        running = config_of(tmp_path, devices.printer_port)
        settings = tmp_path / "config.toml"
        own = f'columns = 32\nencoding = "gbk"\nlogo = "{tmp_path / "logo.pbm"}"\n'
        text = settings.read_text()
        settings.write_text(text.replace('driver = "escpos"\n', f'driver = "escpos"\n{own}', 1))
        async with branch_in_this_loop(running) as api:
            await prepare(api)
            layout = {"blocks": ["logo", "shop", "header", "number", "lines", "money"], "header": ["茶 😀 é"]}
            asked = {"layout": layout, "printer": "printer-1", "columns": 48}
            seen = (await api.post("/api/v1/receipt-layout/preview", json=asked)).json()
            refused = await api.post("/api/v1/receipt-layout/preview", json={"layout": layout, "printer": "kitchen"})
    assert seen["columns"] == 32
    picture = seen["lines"][0]
    assert (picture["dots"], picture["picture"].startswith("data:image/png;base64,")) == (9, True)
    assert ("茶 ? é", "é茶") in [(line["text"], line["wide"]) for line in seen["lines"]]
    for line in seen["lines"]:
        across = len(line["text"]) + sum(one in line["wide"] for one in line["text"])
        assert across * (2 if line["double"] else 1) <= 32
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (400, "printer")
