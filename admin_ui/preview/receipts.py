"""Samples of the receipts page."""

from admin_ui.contexts.receipts import ReceiptsPage

_BLOCKS = (
    "logo",
    "shop",
    "header",
    "title",
    "number",
    "lines",
    "money",
    "remarks",
    "qr",
    "identity",
    "thanks",
    "footer",
)
RECEIPTS = ReceiptsPage(
    blocks=_BLOCKS, shown=_BLOCKS, needed=("number", "lines", "money"), printers=(("printer-1", 48),), widths=(32, 42, 48), may_save=True,
    header="滨河路 1 号 1 Riverside Road", footer="七天内凭小票退换",
)  # fmt: skip
RECEIPTS_LOOK = ReceiptsPage(
    blocks=(*_BLOCKS[2:], *_BLOCKS[:2]), shown=_BLOCKS[2:], needed=("number", "lines", "money"), language="zh",
    printers=(("printer-1", 48),), widths=(32, 42, 48),
)  # fmt: skip
