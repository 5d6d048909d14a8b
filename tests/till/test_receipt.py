"""What the till says of its receipt when it could not hear what became of it."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.till.fake_gateway import FakeGateway

Till = Callable[..., Page]


def test_a_page_that_missed_what_became_of_its_receipt_asks(open_till: Till, gateway: FakeGateway) -> None:
    """The gateway died in the middle of printing, and what it says at its next start came before the page heard it again."""
    gateway.printer = False
    page = open_till()
    page.click("[data-sku=tea-500]")
    page.keyboard.press("F12")
    page.keyboard.type("50")
    page.keyboard.press("Enter")
    expect(page.locator(".chain")).to_contain_text("Receipt waits for the printer")
    (queued,) = gateway.print_jobs
    words = {"detail": "The gateway restarted while printing.", "detail_zh": "打印时网关重新启动。"}
    gateway.print_jobs = [
        {**queued, "job": "j-2", "state": "unknown", **words},
        {**queued, "job": "j-3", "state": "printed", "kitchen": "wok"},
    ]
    gateway.push("resync", {"head": 1})
    expect(page.locator(".chain")).to_contain_text(
        "has not said whether it printed. Please look: The gateway restarted"
    )
