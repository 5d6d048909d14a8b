"""The page of simulated devices in a browser: paper as it comes out, and what is pressed there."""

import pytest
from playwright.sync_api import expect

from tests.admin_ui.conftest import Site

pytestmark = [pytest.mark.slow, pytest.mark.needs("chromium")]

TOTAL = {"text": "合计 TOTAL  <b>12.67</b>", "wide": "合计", "bold": True, "double": True, "align": "center"}
STATE = {
    "scale": {"weight": "0.482", "motion": False},
    "printers": [
        {
            "name": "printer-1",
            "paper": "out",
            "cover_open": False,
            "silent": False,
            "drawer_open": False,
            "slips": [
                {
                    "id": 1,
                    "at": 1_795_335_660,
                    "cut": True,
                    "lines": [TOTAL],
                }
            ],
        },
        {
            "name": "kitchen-printer",
            "paper": "present",
            "cover_open": False,
            "silent": False,
            "drawer_open": False,
            "slips": [
                {"id": 1, "at": 1_795_335_661, "cut": True, "lines": [{"text": "2  红烧牛肉面", "wide": "红烧牛肉面"}]}
            ],
        },
    ],
    "display": ["2× 乌龙茶     13.00", "合计 Total     13.00"],
    "scanner": {"samples": [{"code": "6901028075831", "name": "Oolong tea", "name_zh": "乌龙茶"}]},
}


def test_the_bench_shows_paper_and_sends_what_is_pressed(site: Site) -> None:
    site.answers["/state"] = lambda route: route.fulfill(json=STATE)
    site.answers["/(scale|scan|printers/[a-z0-9-]+)"] = lambda route: route.fulfill(json={})
    page = site.open("simulated-devices")
    till, kitchen = page.locator("[data-printer=printer-1]"), page.locator("[data-printer=kitchen-printer]")
    expect(till.locator(".receipt")).to_contain_text("<b>12.67</b>")
    expect(till.locator(".printer-state")).to_have_text("Out of paper")
    expect(kitchen.locator("h2")).to_contain_text("Kitchen printer")
    expect(kitchen.get_by_label("Kitchen ticket of")).to_contain_text("红烧牛肉面")
    expect(page.locator("#display-lower")).to_have_text("合计 Total     13.00")
    page.click("[data-weight='1.250']")
    page.click("#samples button")
    till.locator(".cover").check()
    kitchen.locator(".roll").select_option("out")
    expect(page.locator("#beam")).to_contain_text("Sent 6901028075831")
    sent = [(url, body) for method, url, body in site.asked if method == "POST"]
    assert sent == [
        ("/scale", {"weight": "1.250", "motion": False}),
        ("/scan", {"code": "6901028075831"}),
        ("/printers/printer-1", {"paper": "out", "cover_open": True, "silent": False}),
        ("/printers/kitchen-printer", {"paper": "out", "cover_open": False, "silent": False}),
    ]
