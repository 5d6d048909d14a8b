"""Made-up contexts of the page that says why: a figure below zero with its causes, and a quiet one."""

from admin_ui.contexts.explain import WhyCause, WhyDocument, WhyMend, WhyMendLine, WhyPage, WhyStep
from admin_ui.preview.branch import NOW

# Tables read better with one row per line.
# fmt: off
_ID = "019aa9c0-7a31-7cc0-8e11-5b2f10a4e0"
_STEPS = (
    WhyStep(f"{_ID}01", "goods_receipt", "GR-000041", "30.000", "30.000", NOW - 90_000, "chen"),
    WhyStep(f"{_ID}02", "sale", "SA-000310", "-15.000", "15.000", NOW - 60_000, "lin", "till-1"),
    WhyStep(f"{_ID}03", "transfer_out", "TO-000007", "-12.000", "3.000", NOW - 30_000, "chen"),
    WhyStep(f"{_ID}04", "transfer_out", "TO-000008", "-15.000", "-12.000", NOW - 20_000, "chen", turning=True),
)
BELOW = WhyPage(
    sku="sauce", name="Chilli sauce", name_zh="辣椒酱", unit="kg", on_hand="-12.000", negative=True, around=True, steps=_STEPS,
    summary="Chilli sauce stands at −12 kg. It went below zero with TO-000008 on 2026-11-22 09:30 and was at −12 at the lowest.",
    causes=(
        WhyCause(
            "A transfer was booked out and did not arrive; the goods may still stand here.",
            ("TO-000008 to b002, sent 2026-11-22 09:30, has 15 still in transit.", "TO-000007 to b002, sent 2026-11-22 06:40, has 12 still in transit."),
            (WhyDocument(f"{_ID}04", "transfer_out", "TO-000008"), WhyDocument(f"{_ID}03", "transfer_out", "TO-000007")),
            WhyMend("cancel_transfer", target=f"{_ID}04"),
        ),
        WhyCause(
            "A quantity was mistyped.", ("TO-000008 (2026-11-22 09:30) took 15 when the book had 3; 1.5 may have been meant (kg).",),
            (WhyDocument(f"{_ID}04", "transfer_out", "TO-000008"),), WhyMend("adjustment", (WhyMendLine("sauce", "13.500", "kg"),)),
        ),
    ),
)
QUIET = WhyPage(
    sku="tea-500", name="Oolong tea 500 ml", unit="bottle", on_hand="48.000", negative=False, around=False, steps=_STEPS[:2], complete=False,
    summary="Oolong tea 500 ml stands at 48 bottle and was not counted as far back as was read.", causes=(),
)
