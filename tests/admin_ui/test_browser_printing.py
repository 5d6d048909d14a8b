"""What became of papers, on the pages that are open meanwhile: the till receipt, the kitchen's ticket, and what waits."""

import pytest
from playwright.sync_api import expect

from admin_ui.preview.branch import SALE
from tests.admin_ui.conftest import Site

pytestmark = [pytest.mark.slow, pytest.mark.needs("chromium")]


def job(number: str, state: str, *, printer: str = "printer-1", kitchen: str | None = None) -> dict[str, str | None]:
    return {"job": number, "document": SALE.id, "printer": printer, "state": state, "kitchen": kitchen}


def test_a_ticket_of_the_kitchen_is_no_till_receipt(site: Site) -> None:
    """Each stands under its own title, also one that comes in."""
    page = site.open("document")
    receipts, tickets = page.locator("#jobs li"), page.locator("#tickets li")
    expect(receipts).to_have_count(2)
    expect(tickets).to_have_count(1)
    expect(tickets).to_contain_text("wok")
    site.emit("print", job("j-4", "queued", printer="kitchen-2", kitchen="cold"))
    expect(tickets.first).to_contain_text("kitchen-2")
    expect(tickets.first).to_contain_text("cold")
    expect(receipts).to_have_count(2)


def test_a_page_that_missed_what_became_of_a_paper_is_read_anew(site: Site) -> None:
    """The gateway was started again meanwhile, or the stream was cut for long."""
    page = site.open("document")
    with page.expect_navigation():
        site.emit("resync", {"head": 1})


def test_of_those_that_wait_one_that_is_printed_waits_no_more(site: Site) -> None:
    """The page knows which ones waited when it was opened; the last paper's fate stands beside its number."""
    page = site.open("devices")
    printer = page.locator(".device", has_text="printer-1")
    expect(printer.locator("[data-f=queue]")).to_have_text("2 receipts wait")
    expect(printer.locator("[data-f=printed]")).to_contain_text("Unknown: look at the paper")
    site.emit("print", job("7", "printed"))
    expect(printer.locator("[data-f=queue]")).to_have_text("1 receipt waits")
    expect(printer.locator("[data-f=printed]")).to_have_count(0)
    site.emit("print", job("8", "printed"))
    expect(printer.locator("[data-f=queue]")).to_have_text("empty")
