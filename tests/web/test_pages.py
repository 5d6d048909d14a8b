"""The branch's pages: who may see which, in which language, and that each shows what the ledger says."""

import contextlib
import datetime as dt
import json
import re
import sqlite3
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import httpx
import pytest

from gateway.store.ledger import LEDGER_FILE
from tests.web.conftest import APPLE, TEA, RunningBranch, new_id, post, put, sale

HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def manager(branch: RunningBranch) -> Iterator[httpx.Client]:
    """A manager's browser, signed in with a password."""
    with branch.signed_in("chen", password="kontor-manager") as browser:
        browser.headers["Accept"] = "text/html"
        yield browser


def page(browser: httpx.Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:300]}"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert " style=" not in answer.text
    return answer.text


PAGES = (
    "/today",
    "/stock",
    "/stock/rows",
    "/documents",
    "/documents/rows",
    "/waiting",
    "/policy",
    "/lots",
    "/lots/rows",
    "/serials",
    "/counts",
    "/shifts",
    "/shifts/rows",
    "/devices",
    "/codes",
    "/replication",
    f"/stock/{TEA}/peek",
)


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_is_sent_to_sign_in_and_back(branch: RunningBranch, path: str) -> None:
    answer = httpx.get(branch.url + path, headers=HTML)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={path}")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_drawn_in_both_languages(manager: httpx.Client, path: str, language: str) -> None:
    text = page_in(manager, path, language)
    assert "None" not in re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    if not path.endswith(("rows", "peek")):
        assert f'lang="{"zh-CN" if language == "zh" else "en"}"' in text


def page_in(browser: httpx.Client, path: str, language: str) -> str:
    browser.headers["Cookie"] = "; ".join(
        [*(f"{k}={v}" for k, v in browser.cookies.items()), f"kontor_language={language}"]
    )
    try:
        return page(browser, path)
    finally:
        del browser.headers["Cookie"]


def test_a_pin_opens_the_till_and_not_the_admin_pages(branch: RunningBranch) -> None:
    with branch.signed_in("chen", pin="2222") as till:
        answer = till.get("/today", headers=HTML)
        assert (answer.status_code, answer.headers["location"]) == (
            303, "/sign-in?next=/today&problem=password_needed",
        )  # fmt: skip
        assert till.get("/").headers["location"] == "/till"
    with branch.signed_in("lin", pin="1111") as cashier:
        refused = cashier.get("/today", headers=HTML)
        assert refused.status_code == 403
        assert "Your role may not open this" in refused.text


def test_the_first_page_depends_on_who_asks(branch: RunningBranch, manager: httpx.Client) -> None:
    assert httpx.get(branch.url + "/").headers["location"] == "/sign-in"
    assert manager.get("/").headers["location"] == "/today"


def test_today_sums_the_day_of_the_shop_s_own_clocks(api: httpx.Client, manager: httpx.Client) -> None:
    before = int(re.search(r'data-f="sales_total" data-value="(-?\d+)"', page(manager, "/today"))[1])  # type: ignore[index]
    post(api, sale("4"))
    text = page(manager, "/today")
    after = int(re.search(r'data-f="sales_total" data-value="(-?\d+)"', text)[1])  # type: ignore[index]
    assert after - before == 4 * 650
    assert dt.datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat() in text


def test_what_waits_for_a_person_stands_on_today_and_above_the_documents(
    api: httpx.Client, manager: httpx.Client
) -> None:
    waiting = new_id()
    assert put(api, sale("100000", APPLE), waiting).status_code == 202
    assert "waits for approval" in page(manager, "/today") or "wait for approval" in page(manager, "/today")
    row = page(manager, "/documents").split(f'data-row="{waiting}"', 1)[1].split("</tr>", 1)[0]
    assert "¥1,280,000.00" in row
    one = page(manager, f"/documents/{waiting}")
    assert "Needs approval" in one
    assert re.search(r"Red apples, shop floor: −?[\d.]+ on hand would become −[\d.]+\.", one), "names, not codes"
    assert "¥1,280,000.00" in one
    assert 'data-verb="approve"' in one
    queue = page(manager, "/waiting")
    assert f'data-ask="{waiting}"' in queue
    assert "¥1,280,000.00" in queue
    assert '<option value="chen">' in queue, "somebody else may decide with their PIN"
    assert api.post(f"/api/v1/documents/{waiting}/reject", json={"reason": "no"}).status_code in (200, 422)


def test_a_pruned_document_says_so_and_keeps_its_total(
    branch: RunningBranch, api: httpx.Client, manager: httpx.Client
) -> None:
    """Its bytes are gone as pruning takes them; there is nothing left to print."""
    posted = post(api, sale("3"))
    with contextlib.closing(sqlite3.connect(branch.folder / LEDGER_FILE)) as ledger, ledger:
        ledger.execute("UPDATE journal SET payload = x'' WHERE seq = ?", (posted["seq"],))
    text = page(manager, f"/documents/{posted['id']}")
    assert "The lines of this document were folded; its totals stand." in text
    assert "¥19.50" in text
    assert 'id="print"' not in text


def test_a_chinese_reader_finds_items_by_pinyin(api: httpx.Client, manager: httpx.Client) -> None:
    """fānqié before qiézi before suānnǎi, page by page; an English reader finds the same items in another order."""
    for sku, name, name_zh in (("o-1", "Yoghurt", "酸奶"), ("o-2", "Aubergine", "茄子"), ("o-3", "Tomato", "番茄")):
        item = {"name": f"Order {name}", "name_zh": name_zh, "unit": "pc", "price": 100}
        assert api.put(f"/api/v1/items/{sku}", json=item).status_code in (200, 201)

    def order(language: str) -> list[str]:
        text = manager.get("/stock/rows", headers={**HTML, "accept-language": language}).text
        return re.findall(r'data-row="(o-\d)"', text)

    assert order("en") == ["o-2", "o-3", "o-1"]
    assert order("zh") == ["o-3", "o-2", "o-1"]


def test_a_document_shows_lines_money_and_movements(api: httpx.Client, manager: httpx.Client) -> None:
    posted = post(api, sale("2", tenders=[{"type": "cash", "amount": 2000}]))
    text = page(manager, f"/documents/{posted['id']}")
    for words in (
        posted["number"],
        "Oolong tea 500 ml",
        "¥13.00",
        "¥7.00",
        posted["hash"][:16],
        "Shop floor",
        "Customer",
    ):
        assert words in text
    chinese = page_in(manager, f"/documents/{posted['id']}", "zh")
    assert "乌龙茶 500 毫升" in chinese


def test_stock_is_paged_searched_and_looked_into(api: httpx.Client, manager: httpx.Client) -> None:
    for number in range(60):
        api.put(f"/api/v1/items/row-{number:02d}", json={"name": f"Row {number:02d}", "unit": "pc", "price": 1})
    first = page(manager, "/stock?q=row-")
    assert first.count("data-row=") == 50
    after = re.findall(r'data-after="([^"]+)"', first)[-1]
    more = page(manager, f"/stock/rows?q=row-&after={after}")
    assert more.count("data-row=") == 10
    assert "Oolong tea" in page(manager, "/stock?q=乌龙")
    assert page(manager, "/stock?tab=out&q=row-").count("data-row=") == 50
    peek = page(manager, f"/stock/{TEA}/peek")
    assert "Sold in the last 14 days" in peek
    for missing in ("/stock?tab=nothing", "/stock/nothing/peek", "/documents/nothing", "/documents?type=nothing"):
        answer = manager.get(missing)
        assert answer.status_code == 404
        assert "There is nothing here" in answer.text


def test_the_till_is_for_everybody_and_its_kept_shell_names_nobody(branch: RunningBranch) -> None:
    def boot(text: str) -> dict[str, object]:
        found = re.search(r'<script type="application/json" id="boot">(.*?)</script>', text, re.DOTALL)
        assert found
        return json.loads(found[1])  # type: ignore[no-any-return]

    stranger = boot(httpx.get(branch.url + "/till?station=till-1").text)
    assert (stranger["station"], stranger["person"], stranger["csrf_token"]) == ("till-1", None, None)
    with branch.signed_in("lin", pin="1111") as till:
        mine = boot(till.get("/till").text)
        assert mine["person"] == {"person": "lin", "display_name": "Lin Yue", "role": "cashier"}
        assert mine["csrf_token"] == till.headers["X-CSRF-Token"]
        kept = boot(till.get("/till?shell=1&station=till-1").text)
        assert (kept["shell"], kept["person"], kept["csrf_token"], kept["station"]) == (True, None, None, None)


def test_the_till_s_worker_may_rule_the_till(branch: RunningBranch) -> None:
    worker = httpx.get(branch.url + "/till-sw.js")
    assert worker.headers["content-type"].startswith("text/javascript")
    assert worker.headers["service-worker-allowed"] == "/"
    assert worker.headers["cache-control"] == "no-cache"


def test_the_sign_in_page_asks_for_what_the_next_page_needs(branch: RunningBranch) -> None:
    till = httpx.get(branch.url + "/sign-in?next=/till").text
    assert "Who is selling?" in till
    assert "Lin Yue" in till
    office = httpx.get(branch.url + "/sign-in?next=/today&problem=wrong_secret&person=chen").text
    assert 'type="password"' in office
    assert "Lin Yue" not in office
    assert "That did not match" in office


def test_an_unknown_address_is_a_page_for_a_person_and_a_problem_for_a_script(branch: RunningBranch) -> None:
    drawn = httpx.get(branch.url + "/nothing", headers=HTML)
    assert (drawn.status_code, drawn.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert httpx.get(branch.url + "/nothing").json()["code"] == "not_found"


def test_signing_in_and_out_by_form(branch: RunningBranch) -> None:
    with httpx.Client(base_url=branch.url, headers=HTML) as browser:
        form = {"person": "chen", "password": "kontor-manager", "next": "/stock"}
        answer = browser.post("/sign-in", data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, "/stock")
        text = browser.get("/stock").text
        token = re.search(r'name="csrf_token" value="([^"]+)"', text)
        assert token
        assert browser.post("/sign-out", data={"csrf_token": token[1]}).status_code == 303
        assert browser.get("/stock").status_code == 303


def test_a_shift_is_an_x_report_until_it_is_counted(api: httpx.Client, manager: httpx.Client) -> None:
    """What was taken, what moved beside the sales and why, what was off; the list leads there."""
    station = {"station": "till-7"}
    post(api, {"type": "shift_open", "float": 10_000, **station})
    post(api, {**sale("2", tenders=[{"type": "cash", "amount": 2_000}]), **station})
    post(api, {"type": "cash_movement", "direction": "out", "amount": 500, "reason": "window cleaner", **station})
    listed = page(manager, "/shifts?station=till-7")
    (found,) = re.findall(r'data-row="([0-9a-f-]+)"', listed)
    x = page(manager, f"/shifts/{found}")
    assert "X report" in x
    assert "window cleaner" in x
    assert "¥108.00" in x, "float, sale, less what went out"
    post(api, {"type": "shift_close", "counted": [{"type": "cash", "amount": 10_750}], **station})
    z = page(manager, f"/shifts/{found}")
    assert "Z report 1" in z
    assert "−¥0.50" in z
    assert 'id="close"' not in z
    assert manager.get(f"/shifts/{new_id()}").status_code == 404


def test_a_lot_stands_in_its_lists_and_a_piece_has_a_life(api: httpx.Client, manager: httpx.Client) -> None:
    """Expiring, expired and blocked; found by its item or its name; what was sold out is in no list of what expires."""
    for sku, tracking in (("yog", "lot"), ("drill", "serial")):
        body = {"name": f"Item {sku}", "unit": "pc", "price": 400, "tracking": tracking}
        assert api.put(f"/api/v1/items/{sku}", json=body).status_code in (200, 201)
    today = dt.datetime.now(ZoneInfo("Asia/Shanghai")).date()
    lots = {"Y-SOON": 3, "Y-LATE": 90, "Y-GONE": 5, "Y-OLD": -4}
    lines = [
        {"item": "yog", "quantity": "5", "lot": lot, "expiry": (today + dt.timedelta(days)).isoformat()}
        for lot, days in lots.items()
    ]
    post(api, {"type": "goods_receipt", "lines": [*lines, {"item": "drill", "quantity": "1", "serials": ["D-1"]}]})
    post(api, {"type": "write_off", "reason": "damaged", "lines": [{"item": "yog", "quantity": "5", "lot": "Y-GONE"}]})
    soon, old = page(manager, "/lots"), page(manager, "/lots?tab=expired")
    assert ["Y-SOON" in soon, "Y-LATE" in soon, "Y-GONE" in soon, "Y-OLD" in soon] == [True, False, False, False]
    assert "3 days left" in soon
    assert "expired 4 days ago" in old
    assert page(manager, "/lots?q=yog").count("data-row=") == 4
    assert page(manager, "/lots?q=Y-LATE").count("data-row=") == 1
    assert "Y-SOON" not in page(manager, "/lots?tab=blocked")
    assert api.post("/api/v1/lots/yog/Y-SOON/block", json={"reason": "glass in it"}).status_code == 200
    assert "Y-SOON" in page(manager, "/lots?tab=blocked")
    one = page(manager, "/lots/one?item=yog&lot=Y-SOON")
    assert "glass in it" in one
    assert 'data-verb="unblock"' in one
    assert manager.get("/lots/one?item=yog&lot=nothing").status_code == 404
    assert "GR-" in page(manager, "/serials?serial=D-1")
    assert "Nobody here knows" in page(manager, "/serials?serial=D-2")


def test_the_workbench_of_labels_reads_what_was_scanned(manager: httpx.Client) -> None:
    """Every layout that fits with its amount, what is no layout beside its field, and what to write to use one."""
    text = page(manager, "/codes?labels=2212346146856%0D%0A123&layout=22IIIIIWW.WWWC")
    assert "221234" in text
    assert "146.85" in text
    assert "14.685 kg" in text
    assert "No layout fits" in text
    assert "No layout reads every label." in text
    assert "This is no layout" in page(manager, "/codes?labels=2212346146856&layout=21WX")
    one = page(manager, "/codes?labels=2212346146856")
    assert "in_store = [&#34;DE&#34;]" in one or 'in_store = ["DE"]' in one
