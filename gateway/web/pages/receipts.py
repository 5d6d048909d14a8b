"""The receipts page: the layout of the shop's paper, and what it looks like."""

from collections.abc import Sequence
from typing import Any

from litestar import Response, get

from admin_ui.contexts.receipts import ReceiptsPage
from admin_ui.serving.handler_guard import TheCaller, at_least
from admin_ui.serving.roles import Role
from gateway.use_cases.receipt_layout import NEEDED, USUAL_BLOCKS
from gateway.web.pages.frame import AnyRequest, Frame
from gateway.web.receipt_layout import COLUMNS, till_printers


def routes(frame: Frame) -> Sequence[Any]:
    """`/receipts`."""
    branch = frame.branch

    @get("/receipts", include_in_schema=False, guards=[at_least(Role.MANAGER, password=True)])
    async def receipts(request: AnyRequest, caller: TheCaller) -> Response[str]:
        layout = branch.receipts.layout
        hidden = [block for block in USUAL_BLOCKS if block not in layout.blocks]
        page = ReceiptsPage(
            blocks=tuple(block.value for block in (*layout.blocks, *hidden)),
            shown=tuple(block.value for block in layout.blocks),
            needed=tuple(block.value for block in USUAL_BLOCKS if block in NEEDED),
            language=layout.language,
            header="\n".join(layout.header),
            footer="\n".join(layout.footer),
            article_codes=layout.article_codes,
            printers=tuple((name, branch.devices.paper_of(name).columns) for name in till_printers(branch)),
            widths=COLUMNS,
            may_save=caller.role is Role.ADMIN,
        )
        return await frame.page(request, "receipts.html", page, caller)

    return [receipts]
