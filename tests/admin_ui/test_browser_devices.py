"""The page of devices in a browser: a line is given to another program and taken back."""

import pytest
from playwright.sync_api import Route, expect

from tests.admin_ui.conftest import Site

pytestmark = [pytest.mark.slow, pytest.mark.needs("chromium")]


def test_what_was_pressed_is_what_is_said(site: Site) -> None:
    """The answer comes while the line is still open; the event that it is closed may come before or after."""

    def accepted(route: Route) -> None:
        route.fulfill(status=202, json={"name": "scale-1", "life": "enabled", "state": "online"})

    site.answers["/api/v1/devices/scale-1/(release|enable)"] = accepted
    page = site.open("devices")
    scale = page.locator(".device[data-device=scale-1]")
    scale.get_by_role("button", name="Release the line").click()
    expect(scale.locator("form.hold output")).to_contain_text("Released")
    site.emit(
        "device",
        {
            "name": "scale-1", "class": "Scale", "state": "offline", "life": "closed", "code": "released", "since": 1_795_335_660,
            "detail": "Released for another program", "detail_zh": "已释放给其他程序", "hint": "", "hint_zh": "",
        },
    )  # fmt: skip
    scale.get_by_role("button", name="Use it again").click()
    expect(scale.locator("form.hold output")).to_contain_text("In use since")
    assert [url for _, url, _ in site.asked if "devices/" in url] == [
        "/api/v1/devices/scale-1/release",
        "/api/v1/devices/scale-1/enable",
    ]
