"""Made-up rules of a branch."""

from admin_ui.contexts.policy import PolicyLine, PolicyPage, PolicyRuleLine

# Tables read better with one row per line.
# fmt: off
_LINES = (
    PolicyLine(breach="negative_stock", meaning="Sold more than the book had.", answers=("approve", "approve", "approve")),
    PolicyLine(breach="price_override", meaning="Sold at another than the usual price.", answers=("approve", "allow", "allow")),
    PolicyLine(breach="expired_sale", meaning="An expired lot was sold.", answers=("block", "block", "block")),
    PolicyLine(breach="no_sale", meaning="The drawer was opened without a sale.", answers=("warn", "warn", "warn")),
)
GENERAL = PolicyPage(approver="manager", pending_days=7, rules=(), lines=_LINES)
OWN = PolicyPage(
    approver="admin", pending_days=1, lines=_LINES,
    rules=(
        PolicyRuleLine(meaning="A discount was given.", answer="approve", role="manager", category="Chilled", amount_from=5_000),
        PolicyRuleLine(meaning="Sold more than the book had.", answer="block", item="scan-k2", quantity_from="10.000"),
    ),
)
