"""What an office person does about documents by click: takes one back, says yes to one that waits."""

import os
import time

import pytest
from playwright.sync_api import Browser, expect

from replication.wire.identity import make_uuid7
from tests.browser.demo import DESKTOP, Demo, new_context, sign_in_with_password
from tests.whole_shop import ask

pytestmark = [pytest.mark.slow, pytest.mark.needs("chromium")]


def put(demo: Demo, body: object, *, expected: int = 201) -> str:
    """A document by an API token of an admin; answers its id."""
    identity = make_uuid7(int(time.time() * 1000), os.urandom(10))
    status, said = ask(demo.shop.branch_port, demo.shop.token("b001"), "PUT", f"/documents/{identity}", body)
    assert status == expected, said
    return str(identity)


def test_a_sale_is_taken_back_by_click(chromium: Browser, demo: Demo) -> None:
    """A reason is asked for, then a yes; "no" sends nothing; afterwards the page names the document that took it back."""
    sold = put(demo, {"type": "sale", "station": "till-2", "lines": [{"item": "DRK-001", "quantity": "1"}]})
    context = new_context(chromium, demo, language="en", theme="light", viewport=DESKTOP)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    sign_in_with_password(page, demo.branch, "chen", "kontor-manager")
    page.goto(f"{demo.branch}/documents/{sold}")
    form = page.locator("#reverse")
    form.get_by_role("button").click()
    expect(form).to_contain_text("Give a reason.")
    form.get_by_label("Reason").fill("Rung up twice")
    form.get_by_role("button").click()
    box = page.locator("dialog[open]")
    expect(box).to_contain_text("Rung up twice")
    box.get_by_role("button", name="Cancel").click()
    expect(form).to_be_visible()
    assert ask(demo.shop.branch_port, demo.shop.token("b001"), "GET", "/documents?type=reversal")[1]["rows"] == []
    form.get_by_role("button").click()
    page.get_by_role("button", name="Take it back").click()
    note = page.locator("#taken-back")
    expect(note).to_contain_text("This document was taken back")
    expect(form).to_have_count(0)
    note.get_by_role("link").click()
    expect(page.locator("main")).to_contain_text("Takes back")
    expect(page.locator("main")).to_contain_text("Rung up twice")
    context.close()
    assert faults == []


def test_a_waiting_sale_is_approved_in_the_queue(chromium: Browser, demo: Demo) -> None:
    """Under the manager's own session; the card says the number it got, and nothing waits any more."""
    put(demo, {"type": "sale", "station": "till-2", "lines": [{"item": "DRK-002", "quantity": "4000"}]}, expected=202)
    context = new_context(chromium, demo, language="zh", theme="dark", viewport=DESKTOP)
    page = context.new_page()
    sign_in_with_password(page, demo.branch, "chen", "kontor-manager")
    page.goto(f"{demo.branch}/waiting")
    card = page.locator(".ask").first
    card.get_by_label("原因").fill("货在路上")
    card.get_by_role("button", name="批准").click()
    expect(card).to_contain_text("已批准并过账 · SA-")
    page.reload()
    expect(page.locator("main")).to_contain_text("没有待审批的单据")
    context.close()
