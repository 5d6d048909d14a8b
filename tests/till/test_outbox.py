"""What happens to a sale when the gateway is silent, says no, or asks for a manager: it is never lost and never doubled."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.till.fake_gateway import FakeGateway

Till = Callable[..., Page]


def sell(page: Page, sku: str = "tea-500") -> None:
    take_payment(page, sku)
    expect(page.locator(".chain")).to_be_visible()


def take_payment(page: Page, sku: str = "tea-500") -> None:
    page.click(f"[data-sku={sku}]")
    page.keyboard.press("F12")
    page.click(".pad .qk >> nth=0")
    page.click("#primary")


def test_sold_while_the_gateway_is_dead_sent_once_when_it_is_back(open_till: Till, gateway: FakeGateway) -> None:
    """Same id, settled, in order; the chip is amber until nothing waits."""
    page = open_till()
    gateway.die()
    expect(page.locator(".strip:not(.kitchen)")).to_be_visible()
    sell(page)
    expect(page.locator(".chain")).to_contain_text("Saved on this till")
    expect(page.locator(".chain")).to_contain_text("Waiting for the store gateway")
    page.keyboard.press("Enter")
    sell(page, "cola")
    expect(page.locator("#net")).to_have_text("2 waiting to send")
    expect(page.locator("#net")).to_have_class("net wait")
    gateway.start()
    expect(page.locator("#net")).to_have_text("All sales sent", timeout=10000)
    expect(page.locator(".strip:not(.kitchen)")).to_be_hidden()
    expect(page.locator(".chain")).to_contain_text("Saved in store · S-000002")
    assert [body["lines"][0]["item"] for _, body in gateway.puts] == ["tea-500", "cola"]
    assert all(body["settled"] is True for _, body in gateway.puts)
    assert len(gateway.documents) == 2


def test_a_lost_answer_is_asked_for_again_under_the_same_id(open_till: Till, gateway: FakeGateway) -> None:
    """The gateway had committed: it answers "exists", and there is one sale."""
    page = open_till()
    gateway.lose_answers = 1
    sell(page)
    expect(page.locator(".chain")).to_contain_text("Saved in store", timeout=6000)
    assert len(gateway.documents) == 1
    first, second = gateway.puts
    assert first[0] == second[0]
    assert {**second[1], "settled": None} == {**first[1], "settled": None}


def test_a_reload_keeps_the_outbox(open_till: Till, gateway: FakeGateway) -> None:
    """And a fresh page sends it, under the id it was made with."""
    page = open_till()
    gateway.session = None
    take_payment(page)  # its steps are shown only until the answer asks who sells
    expect(page.locator(".signin")).to_be_visible()
    expect(page.locator("#net")).to_have_text("1 waiting to send")
    page.reload()
    expect(page.locator(".who .st")).to_contain_text("1 sale waits on this till")
    page.click(".person >> nth=0")
    page.keyboard.type("1111", delay=5)
    page.keyboard.press("Enter")
    expect(page.locator("#net")).to_have_text("All sales sent")
    assert len(gateway.documents) == 1


def test_signing_out_never_clears_the_outbox(open_till: Till, gateway: FakeGateway) -> None:
    """Another person's sign-in sends it."""
    page = open_till()
    gateway.die()
    expect(page.locator(".strip:not(.kitchen)")).to_be_visible()
    sell(page)
    page.keyboard.press("Enter")
    page.click("#person")
    page.click("dialog >> text=Sign out")
    expect(page.locator("#net")).to_have_text("1 waiting to send")
    gateway.start()
    page.click(".person >> nth=1", timeout=8000)
    page.keyboard.type("2222", delay=5)
    page.keyboard.press("Enter")
    expect(page.locator("#person")).to_have_text("Chen Wei")
    expect(page.locator("#net")).to_have_text("All sales sent")
    assert len(gateway.documents) == 1


def test_a_sale_that_needs_approval(open_till: Till, gateway: FakeGateway) -> None:
    """Person, PIN and reason at the till; a wrong PIN is said and costs nothing."""
    page = open_till()
    gateway.approval_for = {"tea-500"}
    sell(page)
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("Stock would go below zero.")
    page.keyboard.type("1234")
    page.fill("#approval-reason", "counted on the shelf")
    page.click("dialog .btn.p")
    expect(dialog.locator(".error")).to_have_text("The PIN is not right.")
    page.fill("#approval-pin", "2222")
    page.click("dialog .btn.p")
    expect(page.locator(".chain")).to_contain_text("Saved in store")
    expect(dialog).to_have_count(0)
    [ident] = gateway.documents
    assert {put[0] for put in gateway.puts} == {ident}
    assert gateway.puts[-1][1]["approval"] == {"person": "chen", "pin": "2222", "reason": "counted on the shelf"}


def test_an_approval_put_off_waits_in_the_list(open_till: Till, gateway: FakeGateway) -> None:
    """Over a reload; approved from the list it is sold."""
    page = open_till()
    gateway.approval_for = {"tea-500"}
    sell(page)
    page.click("dialog >> text=Later")
    expect(page.locator(".donep .k")).to_contain_text("Not sold yet")
    page.click("text=Leave it for later")
    page.reload()
    expect(page.locator("#net")).to_have_text("1 needs attention")
    page.click("#net")
    page.click(".row.warn .btn >> nth=0")
    page.fill("#approval-pin", "2222")
    page.fill("#approval-reason", "seen")
    page.click("dialog .btn.p")
    expect(page.locator("#net")).to_have_text("All sales sent")
    assert len(gateway.documents) == 1


def test_a_sale_approved_in_the_office_is_sold_at_the_till(open_till: Till, gateway: FakeGateway) -> None:
    """The till hears of it by itself, and its own question goes away."""
    page = open_till()
    gateway.approval_for = {"tea-500"}
    sell(page)
    expect(page.locator("dialog[open]")).to_be_visible()
    gateway.approval_for = set()
    gateway.push("document", {"id": gateway.puts[-1][0], "type": "sale"})
    expect(page.locator("#net")).to_have_text("All sales sent")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator(".donep .chain")).to_contain_text("Saved in store")


def test_a_refused_sale_needs_attention_and_goes_back_to_the_counter(open_till: Till, gateway: FakeGateway) -> None:
    """With the reason in plain words; put right, it is sold under a new id."""
    page = open_till()
    gateway.refuse = {"wafer"}
    sell(page, "wafer")
    expect(page.locator(".chain")).to_contain_text("The lot on line 1 has expired.")
    expect(page.locator("#net")).to_have_text("1 needs attention")
    page.click("text=Leave it for later")
    page.click("#net")
    expect(page.locator(".row.bad")).to_contain_text("The lot on line 1 has expired.")
    page.click(".row.bad .btn >> nth=0")
    expect(page.locator(".line .nm")).to_have_text("Chocolate wafer 100\u00a0g")
    expect(page.locator("#net")).to_have_text("All sales sent")
    page.keyboard.press("Delete")
    sell(page)
    expect(page.locator(".chain")).to_contain_text("Saved in store")
    assert gateway.puts[0][0] != gateway.puts[1][0]


def test_waiting_sales_can_be_taken_out_as_a_file(open_till: Till, gateway: FakeGateway) -> None:
    """The last resort, with whole documents."""
    page = open_till()
    gateway.die()
    expect(page.locator(".strip:not(.kitchen)")).to_be_visible()
    sell(page)
    page.keyboard.press("Enter")
    page.keyboard.press("F10")
    expect(page.locator(".row")).to_contain_text("Saved on this till")
    with page.expect_download() as download:
        page.click("text=Export file")
    text = download.value.path().read_text()
    assert '"settled": true' in text
    assert '"item": "tea-500"' in text


def test_two_tabs_do_not_double_a_sale(open_till: Till, gateway: FakeGateway) -> None:
    """Both see the same outbox; one sends it."""
    page = open_till()
    other = open_till()
    gateway.die()
    expect(page.locator(".strip:not(.kitchen)")).to_be_visible()
    sell(page)
    gateway.start()
    expect(page.locator("#net")).to_have_text("All sales sent", timeout=10000)
    other.bring_to_front()
    other.reload()
    expect(other.locator("#net")).to_have_text("All sales sent")
    assert len(gateway.documents) == 1


def test_a_crash_between_outbox_and_counter_sells_once(open_till: Till, gateway: FakeGateway) -> None:
    """The counter still showed the sale; its id is already in the outbox."""
    page = open_till()
    page.click("[data-sku=tea-500]")
    counter = page.evaluate("localStorage.getItem('kontor_till till-1')")
    gateway.session = None
    page.keyboard.press("F12")
    page.click(".pad .qk >> nth=0")
    page.click("#primary")
    expect(page.locator(".signin")).to_be_visible()
    page.evaluate("text => localStorage.setItem('kontor_till till-1', text)", counter)
    gateway.session = "lin"
    page.reload()
    expect(page.locator(".lines .empty")).to_be_visible()
    expect(page.locator("#net")).to_have_text("All sales sent")
    assert len(gateway.documents) == 1
