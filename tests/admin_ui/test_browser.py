"""What only a browser can tell: modules load under the security policy, figures live without moving, keys work,
forms say what became of them, and nothing overflows on a narrow screen."""

import json

import pytest
from playwright.sync_api import Route, expect

from tests.admin_ui.conftest import Site
from tests.admin_ui.pages import WHOLE
from tests.admin_ui.test_browser_simulated import STATE

pytestmark = pytest.mark.needs("chromium")

SKU = "6922266440106"


def test_every_page_loads_without_a_complaint_and_fits_320_pixels(site: Site) -> None:
    """No console error, no refused script or style, no failing module: the site fixture checks that at the end.
    WCAG 1.4.10: only a wide table may scroll sideways, inside its own box. English and Chinese take turns."""
    site.page.set_viewport_size({"width": 320, "height": 640})
    site.answers["/state"] = lambda route: route.fulfill(json=STATE)
    wide = {}
    for index, preview in enumerate(WHOLE):
        site.language = "zh" if index % 2 else "en"
        site.open(preview.name, theme="dark" if index % 3 else "light")
        width = site.page.evaluate("() => Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)")
        if width > 320:
            wide[preview.name] = width
    assert wide == {}


def test_targets_on_a_tablet_are_big_enough_for_a_finger(site: Site) -> None:
    site.page.set_viewport_size({"width": 1024, "height": 768})
    small: dict[str, list[str]] = {}
    for name in (
        "today",
        "stock-peek",
        "documents",
        "document",
        "devices",
        "replication",
        "fleet",
        "hq-stock",
        "sign-in-pin",
    ):
        site.open(name)
        if name == "stock-peek":
            site.page.wait_for_selector("#peek-title")
        found = site.page.evaluate(
            """() => [...document.querySelectorAll('button, summary, select, input:not([type=hidden]), nav a, .tabs a')]
                 .filter(e => e.getClientRects().length)
                 .map(e => [(e.closest('.field, .stepper, .person') || e), e])
                 .map(([box, e]) => [e.textContent.trim() || e.name || e.ariaLabel, Math.round(box.getBoundingClientRect().height)])
                 .filter(([, height]) => height < 44)"""
        )
        if found:
            small[name] = found
    assert small == {}, small


def test_a_live_change_lights_its_cell_and_moves_no_row(site: Site) -> None:
    page = site.open("stock")
    order = page.locator("tr[data-row]").evaluate_all("rows => rows.map(r => r.dataset.row)")
    site.emit(
        "stock",
        {"item": SKU, "location": "shop", "lot": None, "on_hand": "5.000", "available": "5.000", "as_of_seq": 20_000},
        "7",
    )
    row = page.locator(f"tr[data-row='{SKU}']")
    expect(row.locator("[data-f=on_hand]")).to_have_text("5")
    expect(row.locator("[data-f=state]")).to_have_text("Low")
    expect(row.locator("td.oh.low.hit")).to_have_count(1)
    assert page.locator("tr[data-row]").evaluate_all("rows => rows.map(r => r.dataset.row)") == order


def test_an_older_change_is_ignored(site: Site) -> None:
    page = site.open("stock")
    site.emit(
        "stock", {"item": SKU, "location": "shop", "lot": None, "on_hand": "999", "available": "999", "as_of_seq": 3}
    )
    expect(page.locator(f"tr[data-row='{SKU}'] [data-f=on_hand]")).to_have_text("18")


def test_an_item_in_two_places_is_summed_in_thousandths(site: Site) -> None:
    page = site.open("stock")
    rows = [
        {"on_hand": "0.100", "available": "0.100", "as_of_seq": 30_000},
        {"on_hand": "0.200", "available": "0", "as_of_seq": 30_001},
    ]
    site.answers["/api/v1/stock"] = lambda route: route.fulfill(json={"rows": rows, "next": None})
    site.emit(
        "stock",
        {"item": SKU, "location": "stockroom", "lot": None, "on_hand": "0.2", "available": "0", "as_of_seq": 30_001},
    )
    row = page.locator(f"tr[data-row='{SKU}']")
    expect(row.locator("[data-f=on_hand]")).to_have_text("0.3")
    expect(row.locator("[data-f=available]")).to_have_text("0.1")


def test_a_hidden_page_gives_its_stream_back_and_resumes_where_it_was(site: Site) -> None:
    page = site.open("stock")
    site.emit(
        "stock",
        {"item": "none", "location": "shop", "lot": None, "on_hand": "1", "available": "1", "as_of_seq": 1},
        "41",
    )
    page.evaluate(
        """() => { Object.defineProperty(document, 'hidden', { configurable: true, get: () => window.away });
                   window.away = true; document.dispatchEvent(new Event('visibilitychange')); }"""
    )
    assert page.evaluate("() => streams.every(s => s.closed)")
    page.evaluate("() => { window.away = false; document.dispatchEvent(new Event('visibilitychange')); }")
    assert page.evaluate("() => streams.length") == 2
    assert "last_event_id=41" in page.evaluate("() => streams[1].url")


def test_a_silent_stream_turns_amber_within_ten_seconds_and_keeps_the_figures(site: Site) -> None:
    site.page.clock.install()
    page = site.open("stock")
    page.clock.run_for(100)
    expect(page.locator("[data-live]")).to_contain_text("Live")
    page.clock.run_for(9_900)
    expect(page.locator("[data-live].late")).to_contain_text("Not live since")
    expect(page.locator("#offline")).to_be_visible()
    expect(page.locator(f"tr[data-row='{SKU}'] [data-f=on_hand]")).to_have_text("18")
    page.evaluate("() => streams.at(-1).emit('heartbeat', {})")
    expect(page.locator("#offline")).to_be_hidden()


def test_the_panel_opens_by_keyboard_and_gives_the_focus_back(site: Site) -> None:
    page = site.open("stock")
    page.keyboard.press("Tab")
    page.locator("tr[data-row]").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#peek-title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#peek")).to_be_hidden()
    assert page.evaluate("() => document.activeElement.dataset.row") is not None


def _adjust(site: Site, change: str) -> None:
    site.open("stock-peek")
    site.page.fill("#adjust [name=quantity]", change)
    site.page.click("#adjust [type=submit]")


def test_an_adjustment_is_sent_once_with_its_own_id(site: Site) -> None:
    held: list[Route] = []
    site.answers["/api/v1/documents/[0-9a-f-]{36}"] = held.append
    _adjust(site, "-2")
    page = site.page
    expect(page.locator("#adjust output")).to_contain_text("Sending…")
    page.evaluate("() => document.querySelector('#adjust [type=submit]').click()")
    held[0].fulfill(status=201, json={"status": "posted", "number": "A-000032", "seq": 9})
    expect(page.locator("#adjust output")).to_contain_text("Saved in store as A-000032")
    puts = [(url, body) for method, url, body in site.asked if method == "PUT"]
    assert len(puts) == 1
    assert puts[0][1] == {"type": "adjustment", "reason": "damaged", "lines": [{"item": SKU, "quantity": "-2.000"}]}


def test_what_was_not_sent_stays_and_goes_with_the_same_id(site: Site) -> None:
    site.answers["/api/v1/documents/.*"] = lambda route: route.abort()
    _adjust(site, "1.5")
    page = site.page
    expect(page.locator("#adjust output")).to_contain_text("Not sent, still here")
    assert page.input_value("#adjust [name=quantity]") == "1.5"
    page.click("#adjust [type=submit]")
    expect(page.locator("#adjust output")).to_contain_text("Not sent, still here")
    urls = [url for method, url, _ in site.asked if method == "PUT"]
    assert len(urls) == 2
    assert urls[0] == urls[1]


def test_an_approval_is_asked_for_in_place(site: Site) -> None:
    site.answers["/api/v1/documents/.*"] = lambda route: route.fulfill(status=202, json={"status": "needs_approval"})
    _adjust(site, "-40")
    page = site.page
    expect(page.locator("#adjust .approval")).to_be_visible()
    for name, value in (("approver", "chen"), ("pin", "2222"), ("why", "seen")):
        page.fill(f"#adjust [name={name}]", value)
    page.click("#adjust [type=submit]")
    expect(page.locator("#adjust output")).to_contain_text("Needs approval")
    *_, (_, _, body) = [one for one in site.asked if one[0] == "PUT"]
    assert body["approval"] == {"person": "chen", "pin": "2222", "reason": "seen"}


def test_a_refusal_is_told_beside_its_field_in_the_readers_language(site: Site) -> None:
    site.language = "zh"
    problem = {
        "title": "x",
        "detail": "no",
        "detail_zh": "不行",
        "errors": [{"path": "lines[0].quantity", "code": "c", "detail": "too much", "detail_zh": "数量过大"}],
    }
    site.answers["/api/v1/documents/.*"] = lambda route: route.fulfill(
        status=422, body=json.dumps(problem), content_type="application/problem+json"
    )
    _adjust(site, "-9")
    expect(site.page.locator("#adjust .error")).to_have_text("数量过大")
    expect(site.page.locator("#adjust output")).to_contain_text("不行")
    expect(site.page.locator("#adjust [name=quantity]")).to_be_focused()


def test_the_second_tick_comes_when_headquarters_has_it(site: Site) -> None:
    page = site.open("document")
    expect(page.locator(".chain .todo")).to_have_count(1)
    site.emit(
        "replication",
        {
            "state": "current",
            "head_seq": 18_402,
            "applied_seq": 18_402,
            "durable_seq": 18_402,
            "epoch": 1,
            "lag_seconds": 0,
            "waiting": 0,
        },
    )
    expect(page.locator(".chain .todo")).to_have_count(0)
    expect(page.locator("h1")).to_contain_text("At headquarters")


def test_new_documents_wait_in_a_pill(site: Site) -> None:
    page = site.open("documents")
    before = page.locator("tr[data-row]").count()
    for number in (1, 2):
        site.emit(
            "document",
            {
                "id": f"new-{number}",
                "type": "sale",
                "number": "S",
                "seq": 1,
                "total": 1,
                "station": "till-1",
                "person": "x",
                "posted_at": "2026-11-22T08:00:00Z",
            },
        )
    expect(page.locator("#fresh")).to_have_text("2 new documents")
    assert page.locator("tr[data-row]").count() == before


def test_the_list_keeps_at_most_300_rows_and_forgets_none(site: Site) -> None:
    """Pages far above are replaced by a spacer of their height and fetched again on the way back."""

    def rows(route: Route) -> None:
        after = int(
            dict(part.split("=") for part in route.request.url.split("?")[1].split("&"))
            .get("after", "6917878030623")
            .replace("6917878030623", "0")
        )
        body = "".join(
            f'<tr data-row="r{after + i}" data-seq="1" data-parts="1" data-low="" tabindex="-1"><td>r{after + i}</td></tr>'
            for i in range(50)
        )
        more = (
            f'<tbody data-after="{after + 50}"><tr class="more" data-after="{after + 50}"><td><a href="#">More</a></td></tr></tbody>'
            if after < 900
            else ""
        )
        route.fulfill(body=f'<tbody data-after="{after}">{body}</tbody>{more}', content_type="text/html")

    site.answers["/stock/rows"] = rows
    page = site.open("stock")
    for _ in range(40):
        page.evaluate("() => { const s = document.querySelector('#scroll'); s.scrollTop = s.scrollHeight; }")
        page.wait_for_timeout(25)
        if page.locator("tr[data-row=r949]").count():
            break
    assert page.locator("tr[data-row=r949]").count() == 1
    assert page.locator("tr[data-row]").count() <= 300
    page.evaluate("() => document.querySelector('#scroll').scrollTo(0, 1200)")
    expect(page.locator("tr[data-row=r10]")).to_have_count(1)
    assert page.locator("tr[data-row]").count() <= 350


def test_the_palette_goes_to_pages_and_finds_items(site: Site) -> None:
    found = {"rows": [{"sku": SKU, "name": "Tissue <b>", "name_zh": "抽纸"}], "next": None}
    site.answers["/api/v1/items"] = lambda route: route.fulfill(json=found)
    page = site.open("today")
    page.keyboard.press("Control+k")
    page.keyboard.type("dev")
    expect(page.locator("#palette-list li[aria-selected=true]")).to_contain_text("Devices")
    page.keyboard.press("Control+a")
    page.keyboard.type("tissue")
    expect(page.locator("#palette-list")).to_contain_text("Tissue <b>")


def test_theme_and_language_are_remembered_in_cookies(site: Site) -> None:
    page = site.open("today")
    page.click("[data-theme-switch]")
    assert page.get_attribute("html", "data-theme") == "dark"
    page.click("[data-language=zh]")
    page.wait_for_load_state("load")
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    assert cookies == {"kontor_theme": "dark", "kontor_language": "zh"}


def test_signing_in_by_pin_says_when_it_did_not_match(site: Site) -> None:
    site.answers["/api/v1/session"] = lambda route: route.fulfill(status=401, json={"code": "unauthorized"})
    page = site.open("sign-in-pin")
    for digit in "111":
        page.click(f"[data-digit='{digit}']")
    page.keyboard.press("1")
    page.click("#sign-in [type=submit]")
    expect(page.locator("#trouble")).to_contain_text("That PIN did not match")
    assert site.asked[-1][2] == {"person": "lin", "pin": "1111"}
    assert page.input_value("#pin") == ""


def test_a_locked_out_person_is_told_how_long(site: Site) -> None:
    site.answers["/api/v1/session"] = lambda route: route.fulfill(status=429, headers={"retry-after": "600"}, body="")
    page = site.open("sign-in-password")
    page.fill("#person", "chen")
    page.fill("#password", "wrong")
    page.keyboard.press("Enter")
    expect(page.locator("#trouble")).to_contain_text("Wait 10 min")
    expect(page.locator("#sign-in [type=submit]")).to_be_disabled()


def test_figures_read_the_same_in_script_and_on_the_server(site: Site) -> None:
    page = site.open("today")
    said = page.evaluate(
        """async () => { const f = await import('/static/js/kit/figures.js');
             return [f.money(123456789), f.money(-149), f.quantity('-2.500'), f.quantity('12480'), f.signed('48.000'), f.duration(15120), f.time('2026-11-22T08:21:09Z'), f.quantityText(f.thousandths('-0.482'))]; }"""
    )
    assert said == ["¥1,234,567.89", "\u2212¥1.49", "\u22122.5", "12,480", "+48", "4 h 12 min", "16:21:09", "-0.482"]


def test_a_sale_counts_on_the_days_page_at_once(site: Site) -> None:
    page = site.open("today")
    site.emit(
        "document",
        {
            "id": "new-1", "type": "sale", "number": "S-9", "seq": 18_403, "total": 1_000, "station": "till-1",
            "person": "lin", "posted_at": "2026-11-22T08:00:00Z",
        },
    )  # fmt: skip
    expect(page.locator("[data-f=sales_total]")).to_have_text("¥21,776.31")
    expect(page.locator("[data-f=sales_count]")).to_have_text("413 sales")
    expect(page.locator("#last li").first).to_contain_text("Sale S-9")
