"""The till's pure modules, evaluated in a browser without the page."""

from collections.abc import Callable
from typing import Any

import pytest

from gateway.domain.weight_units import GRAMS, is_same_weight

Run = Callable[..., Any]


@pytest.mark.parametrize(
    ("price", "thousandths", "amount"),
    [
        (2599, 1250, 3249),
        (1, 499, 0),
        (1, 500, 1),
        (999, 1500, 1499),
        (999_999_999_999, 999_999_999, 999_999_998_999_000_000),
    ],
)
def test_price_times_weight_is_rounded_half_up(run: Run, price: int, thousandths: int, amount: int) -> None:
    """Line totals follow design §4, also where doubles run out of digits."""
    assert int(run("money.js", f"m => String(m.amount({price}, {thousandths}))")) == pytest.approx(amount, rel=1e-15)


def test_quantities_are_read_and_written_without_floats(run: Run) -> None:
    """ "1.25" is 1250 thousandths; four decimals, signs and words are no quantity."""
    assert run("money.js", 'm => ["1.250", "3", "0.005", "1.2345", "-1", "x", ""].map(m.parseQuantity)') == [
        1250,
        3000,
        5,
        None,
        None,
        None,
        None,
    ]
    assert run("money.js", "m => [1250, 3000, 5].map(m.thousandthsText)") == ["1.250", "3.000", "0.005"]


def test_three_notes_are_offered(run: Run) -> None:
    """Sums a customer is likely to hand over, each more than what is due."""
    assert run("money.js", "m => m.likelyNotes(15831, 2)") == [16000, 20000, 30000]
    assert run("money.js", "m => m.likelyNotes(690, 2)") == [1000, 5000, 10000]
    assert run("money.js", "m => m.likelyNotes(20000, 2)") == [30000, 40000, 50000]


def test_check_digits(run: Run) -> None:
    """EAN-8, UPC-A, EAN-13 and GTIN-14 with a right check digit, and nothing else."""
    codes = '["4006381333931", "4006381333932", "96385074", "036000291452", "12345", "40063813339310"]'
    assert run("codes.js", f"m => {codes}.map(m.checkDigitHolds)") == [True, False, True, True, False, False]


def test_upc_and_ean_are_one_code(run: Run) -> None:
    """A UPC-A scanned as EAN-13 finds the item."""
    assert "036000291452" in run("codes.js", 'm => m.spellings("0036000291452")')


def test_aim_identifier_and_leading_fnc1_are_taken_off(run: Run) -> None:
    """A GS inside a GS1 code stays."""
    assert run("codes.js", r'm => ["]E04006381333931", "\u001d0109521101530001\u001d10A"].map(m.bare)') == [
        "4006381333931",
        "0109521101530001\x1d10A",
    ]


def test_ids_are_version_7_and_never_go_back(run: Run) -> None:
    """Also when the clock is set back."""
    ids = run("uuid7.js", "m => [m.uuid7(2000000000000), m.uuid7(1000), m.uuid7(2000000000000)]")
    assert ids == sorted(ids)
    assert all(ident[14] == "7" and ident[19] in "89ab" and len(ident) == 36 for ident in ids)


CART = """m => {
  let c = m.emptyCart();
  c = m.add(c, {sku: 'a', price: 650, quantity: 1000});
  c = m.add(c, {sku: 'a', price: 650, quantity: 2000});
  c = m.add(c, {sku: 'w', price: 2599, quantity: 1250, reading: 'r1', alone: true});
  c = m.add(c, {sku: 'w', price: 2599, quantity: 1250, reading: 'r2', alone: true});
  return %s;
}"""


def test_equal_items_merge_and_weighings_never_do(run: Run) -> None:
    """Three pieces are one line; two weighings of the same weight are two."""
    assert run("cart.js", CART % "[c.lines.map(l => l.quantity), m.totals(c).due, m.pieces(c)]") == [
        [3000, 1250, 1250],
        1950 + 2 * 3249,
        5,
    ]


def test_a_discount_never_exceeds_its_line(run: Run) -> None:
    """A percentage follows the quantity; an amount stops at the line."""
    assert run("cart.js", CART % "(d => m.totals(m.step(d, 1, 1)))(m.discount(c, 1, {percent: 10}))")["discount"] == 260
    assert run("cart.js", CART % "m.totals(m.discount(c, 1, {off: 99999}))")["discount"] == 1950


def test_a_weighed_line_keeps_its_quantity(run: Run) -> None:
    """What the scale said is not edited; the line can only be removed."""
    assert run("cart.js", CART % "m.step(c, 2, 5).lines[1].quantity") == 1250
    assert run("cart.js", CART % "m.remove(c, 2).lines.length") == 2


def test_a_cart_holds_what_a_document_holds(run: Run) -> None:
    """The 501st line is refused; a typed barcode does not become a quantity."""
    assert (
        run(
            "cart.js",
            "m => { let c = m.emptyCart(); for (let i = 0; i < 600; i++) c = m.add(c, {sku: 's' + i, price: 1, quantity: 1000}); return c.lines.length }",
        )
        == 500
    )
    assert run("cart.js", CART % "m.setQuantity(c, 1, 9521101530001000).lines[0].quantity") == 9_999_000


def test_the_document_says_price_discount_and_reading(run: Run) -> None:
    """As design §7 has it."""
    document = run(
        "cart.js", CART % "m.saleDocument(m.discount(c, 1, {percent: 10}), {station: 'till-1', at: 'now', tenders: []})"
    )
    assert document["lines"][0] == {"item": "a", "quantity": "3.000", "price": 650, "discount": 195}
    assert document["lines"][1] == {"item": "w", "quantity": "1.250", "price": 2599, "reading": "r1"}


WEIGH = "m => m.weighing({price: 2599, unit: '%s'}, %s, {used: new Set(['r9'])})"


@pytest.mark.parametrize(
    ("weight", "state"),
    [
        ("null", "waiting"),
        ("{status: 'unstable', weight: '1.250', unit: 'kg', reading: null}", "unstable"),
        ("{status: 'lost', weight: null, unit: 'kg', reading: null}", "lost"),
        ("{status: 'stable', weight: null, unit: 'kg', reading: 'r1'}", "not_ready"),
        ("{status: 'stable', weight: '1.250', unit: 'kg', reading: null}", "not_ready"),
        ("{status: 'stable', weight: '0.000', unit: 'kg', reading: 'r1'}", "not_ready"),
        ("{status: 'stable', weight: '1.250', unit: 'kg', reading: 'r9'}", "used"),
        ("{status: 'stable', weight: '1.250', unit: 'lb', reading: 'r1'}", "unit"),
    ],
)
def test_no_fault_of_the_scale_becomes_a_weight(run: Run, weight: str, state: str) -> None:
    """Only a stable, new reading in a fitting unit has a quantity."""
    answer = run("weighing.js", WEIGH % ("kg", weight))
    assert answer == {"state": state, "quantity": None, "amount": None, "reading": None, "shown": None}


def test_a_stable_reading_is_a_quantity(run: Run) -> None:
    """Also where the item is sold by the gram or by the jin."""
    weight = "{status: 'stable', weight: '1.250', unit: 'kg', reading: 'r1'}"
    assert run("weighing.js", WEIGH % ("kg", weight))["amount"] == 3249
    assert run("weighing.js", WEIGH % ("g", weight))["quantity"] == 1_250_000
    assert run("weighing.js", WEIGH % ("斤", weight))["quantity"] == 2500
    for unit in GRAMS:
        quantity = run("weighing.js", WEIGH % (unit, weight))["quantity"]
        assert is_same_weight(quantity, unit, 1_250, "kg"), "the branch counts as the page does"


KEYS = """m => {
  const w = m.createWedge(code => %s.includes(code));
  let at = 1000;
  for (const ch of '%s') { w.key(ch, at, '%s'); at += %d; }
  return w.end('%s', '%s').code;
}"""


@pytest.mark.parametrize(
    ("keys", "pace", "typed", "place", "known", "code"),
    [
        ("4006381333931", 8, "40", "field", "[]", "4006381333931"),  # a check digit is enough
        ("4006381333931", 100, "4006381333931", "field", "[]", "4006381333931"),  # on a slow machine too
        ("AB-77", 8, "AB", "field", "[]", "AB-77"),  # unknown, but no hand is that fast
        ("tea", 90, "tea", "field", "[]", ""),  # a person searching
        ("77", 90, "77", "field", "['77']", "77"),  # a short code that the shop knows
        ("200", 20, "", "amount", "['200']", ""),  # money, though an item has that number
        ("6901234000009", 60, "", "amount", "[]", "6901234000009"),  # never money
        ("1111", 20, "", "pin", "['1111']", "1111"),  # known and faster than a hand
        ("96385074", 90, "", "other", "[]", ""),  # a PIN that happens to be an EAN-8
        ("4006381333931", 8, "", "other", "[]", "4006381333931"),
        ("AB-77", 8, "", "none", "[]", "AB-77"),
    ],
)
def test_a_scan_is_told_from_typing(
    run: Run, keys: str, pace: int, typed: str, place: str, known: str, code: str
) -> None:
    """By content where that is certain, by pace where it is not; money and PINs ask for more."""
    assert run("wedge.js", KEYS % (known, keys, place, pace, typed, place)) == code


def test_held_characters_keep_their_order(run: Run) -> None:
    """A renderer that stutters sees fast and slow keys mixed; the field must still read as scanned."""
    body = """m => {
      const w = m.createWedge(() => false), gaps = [0, 276, 36, 56, 25, 31, 21, 40, 19, 40, 22, 31, 18];
      let at = 1000, field = '';
      [...'9521101530018'].forEach((ch, i) => {
        const { hold, spill } = w.key(ch, at += gaps[i], 'field');
        field += spill + (hold ? '' : ch);
      });
      return w.end(field, 'field').code;
    }"""
    assert run("wedge.js", body) == "9521101530018"


def test_scanners_without_a_suffix_are_heard(run: Run) -> None:
    """After a quiet time, and only for a code with a right check digit or one that is known."""
    body = "m => {const w = m.createWedge(() => false); let at = 0; for (const ch of '%s') { w.key(ch, at += 8, 'field'); } return w.quiet('field')}"
    assert run("wedge.js", body % "4006381333931")["code"] == "4006381333931"
    assert run("wedge.js", body % "400638133393")["code"] == ""
    assert run("wedge.js", body % "hello")["spill"] == "llo"


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (201, "saved"),
        (200, "saved"),
        (202, "approval"),
        (409, "refused"),
        (422, "refused"),
        (503, "busy"),
        (429, "busy"),
        (401, "signed-out"),
    ],
)
def test_what_an_answer_means(run: Run, status: int, verdict: str) -> None:
    """Only a clear refusal of this very document is one."""
    assert run("outbox.js", f"m => m.verdict({status})") == verdict


def test_the_outbox_refuses_entry_2001(run: Run) -> None:
    """A clear no, before anything is written."""
    body = """async m => {
      const database = await m.openDatabase('full'), table = database.transaction('outbox', 'readwrite').objectStore('outbox');
      for (let i = 0; i < m.ENTRIES_MAX; i++) table.add({id: 'x' + i, state: 'waiting'});
      const outbox = m.createOutbox(database);
      return [await outbox.add({id: 'y'}), await outbox.count()];
    }"""
    assert run("outbox.js", body) == [False, 2000]
