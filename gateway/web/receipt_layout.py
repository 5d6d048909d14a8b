"""`/receipt-layout`: how the shop's receipts look, what a change would look like on paper, and the change itself."""

import asyncio
import logging
import sqlite3
from typing import Any, Final

import msgspec

from admin_ui.serving.decoding import decode_json
from admin_ui.serving.problem import FieldProblem, Problem, make, problem
from admin_ui.serving.raw import Operation, RawHandler, RawRoute, read_body, respond, send_problem
from admin_ui.serving.roles import Role
from gateway.store.documents import StoredDocument
from gateway.store.items import load_item
from gateway.use_cases.receipt_layout import USUAL, LayoutFault, ReceiptLayout, fault_of
from gateway.web.branch import Branch
from gateway.web.drawn_paper import DrawnLine, drawn
from peripherals.errors import InvalidPrintJob
from peripherals.print_job import PrintJob
from peripherals.protocols.escpos import Paper, encode
from peripherals.simulators.printer import PrinterSimulator
from replication.wire.events import DocumentPosted, PostedLine, Tender, TenderType
from replication.wire.item import Item
from replication.wire.quantity import THOUSANDTHS, Quantity

COLUMNS: Final = (32, 42, 48)
"""Widths of paper that shops have: 58 mm, and 80 mm with either letter."""
SAMPLE_ITEMS: Final = 3
ITEMS_LOOKED_AT: Final = 50
"""Among so many there are some that have a price, which a kitchen's ingredients have not."""

log = logging.getLogger("kontor.receipts")


class PreviewRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A layout to be looked at: as one of the tills' printers makes it, or on paper of so many columns."""

    layout: ReceiptLayout
    printer: str | None = None
    columns: int = 48


class Preview(msgspec.Struct, frozen=True):
    """The paper, top to bottom, so many columns wide."""

    columns: int
    lines: tuple[DrawnLine, ...]


_preview_decoder = msgspec.json.Decoder(PreviewRequest)
_layout_decoder = msgspec.json.Decoder(ReceiptLayout)


def raw_routes(branch: Branch) -> list[RawRoute]:
    """All three."""
    return [
        RawRoute("/api/v1/receipt-layout", {
            "GET": Operation(
                handler=_get(branch), summary="How receipts look", name="get_receipt_layout", tags=["devices"],
                responses={200: ReceiptLayout},
            ),
            "PUT": Operation(
                handler=_put(branch), summary="Change how receipts look, from the next one on",
                name="put_receipt_layout", tags=["devices"], request=ReceiptLayout, request_example=USUAL,
                responses={200: ReceiptLayout, 400: Problem, 422: Problem},
            ),
        }),
        RawRoute("/api/v1/receipt-layout/preview", {
            "POST": Operation(
                handler=_post_preview(branch), summary="What a layout would look like; nothing is kept",
                name="preview_receipt_layout", tags=["devices"], request=PreviewRequest,
                request_example=PreviewRequest(USUAL), responses={200: Preview, 400: Problem, 422: Problem},
            ),
        }),
    ]  # fmt: skip


def _get(branch: Branch) -> RawHandler:
    async def get(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001  (an ASGI application)
        caller = await branch.guard.require(scope, Role.MANAGER)
        if isinstance(caller, Problem):
            await send_problem(send, caller)
            return
        await respond(send, 200, msgspec.json.encode(branch.receipts.layout))

    return get


def _put(branch: Branch) -> RawHandler:
    async def put(scope: Any, receive: Any, send: Any) -> None:
        caller = await branch.guard.require(scope, Role.ADMIN)
        if isinstance(caller, Problem):
            await send_problem(send, caller)
            return
        told = decode_json(_layout_decoder, await read_body(receive))
        layout = told if isinstance(told, Problem) else _checked(told, "")
        if isinstance(layout, Problem):
            await send_problem(send, layout)
            return
        try:
            await branch.receipts.change(layout)
        except OSError as error:
            await send_problem(send, _not_kept(error))
            return
        log.info("receipts are laid out anew by %s", caller.person)
        await respond(send, 200, msgspec.json.encode(layout))

    return put


def _post_preview(branch: Branch) -> RawHandler:
    async def post(scope: Any, receive: Any, send: Any) -> None:
        caller = await branch.guard.require(scope, Role.MANAGER)
        if isinstance(caller, Problem):
            await send_problem(send, caller)
            return
        request = decode_json(_preview_decoder, await read_body(receive))
        if isinstance(request, Problem):
            await send_problem(send, request)
            return
        layout = _checked(request.layout, "layout.")
        if isinstance(layout, Problem):
            await send_problem(send, layout)
            return
        if request.columns not in COLUMNS:
            said = ", ".join(map(str, COLUMNS))
            wrong = FieldProblem("columns", "unknown_value", f"One of {said}", f"应为 {said} 之一")
            await send_problem(send, make("invalid_value", errors=[wrong]))
            return
        if request.printer is not None and request.printer not in till_printers(branch):
            unknown = FieldProblem("printer", "unknown_value", "No till prints there", "没有收银台使用该打印机")
            await send_problem(send, make("invalid_value", errors=[unknown]))
            return
        paper = (
            Paper(request.columns, "gb18030") if request.printer is None else branch.devices.paper_of(request.printer)
        )
        items = await branch.shop.ledger.read(_some_items)
        job = branch.receipts.tried(layout, _sample(branch, items), items, paper.columns)
        try:
            # A printer without letters is drawn for, dot by dot.
            seen = await asyncio.to_thread(preview, job, paper)
        except InvalidPrintJob as refused:
            await send_problem(send, _not_printable(refused))
            return
        await respond(send, 200, msgspec.json.encode(seen))

    return post


def till_printers(branch: Branch) -> tuple[str, ...]:
    """Those that print receipts, in the order of the stations."""
    return tuple(dict.fromkeys(one.printer for one in branch.config.stations if one.printer is not None))


def preview(job: PrintJob, paper: Paper) -> Preview:
    """What the printer would make of the very bytes it is sent. Raises `InvalidPrintJob`."""
    printer = PrinterSimulator(paper.encoding)
    printer.receive(encode(job, paper))
    return Preview(paper.columns, tuple(drawn(line, paper.encoding) for slip in printer.slips for line in slip.lines))


def _checked(layout: ReceiptLayout, path: str) -> ReceiptLayout | Problem:
    fault = fault_of(layout)
    if fault is None:
        return layout
    return make("invalid_value", errors=[_field(fault, path)])


def _field(fault: LayoutFault, path: str) -> FieldProblem:
    name = fault.block.value
    if fault.code == "missing":
        return FieldProblem(
            f"{path}blocks", fault.code, f"A receipt needs the block {name}", f"小票必须包含 {name} 部分"
        )
    return FieldProblem(f"{path}blocks", fault.code, f"The block {name} stands twice", f"{name} 部分重复")


def _some_items(connection: sqlite3.Connection) -> dict[str, Item]:
    skus = [sku for (sku,) in connection.execute("SELECT sku FROM items ORDER BY item_id LIMIT ?", (ITEMS_LOOKED_AT,))]
    items = [row.item for sku in skus if (row := load_item(connection, sku)) is not None]
    items.sort(key=lambda item: not item.price)
    return {item.sku: item for item in items[:SAMPLE_ITEMS]}


def _sample(branch: Branch, items: dict[str, Item]) -> StoredDocument:
    """A sale of the shop's own goods, paid in cash; it is in no ledger."""
    prices = [(sku, item.price or 0) for sku, item in items.items()]
    total = sum(price for _, price in prices)
    station = branch.config.stations[0].name if branch.config.stations else None
    event = DocumentPosted(
        type="sale", number="SA-000000", posted_at=branch.shop.clock(), occurred_at=None, person="", station=station,
        total=None, change=None, tenders=(Tender(TenderType.CASH, total),) if total else (),
        lines=tuple(PostedLine(item=sku, quantity=Quantity(THOUSANDTHS), price=price) for sku, price in prices),
        routes=(), movements=(),
    )  # fmt: skip
    return StoredDocument(bytes(16), 0, bytes(32), event)


def _not_kept(error: OSError) -> Problem:
    return problem(
        503, "not_kept", title="Not kept", title_zh="未保存",
        detail=f"The file could not be written: {error.strerror}. Receipts look as before.",
        detail_zh=f"无法写入文件：{error.strerror}。小票样式不变。",
    )  # fmt: skip


def _not_printable(refused: InvalidPrintJob) -> Problem:
    return problem(
        422, refused.code, title="Cannot be printed", title_zh="无法打印", detail=f"{refused.detail}. {refused.hint}",
        detail_zh=f"{refused.detail_zh}。{refused.hint_zh}",
    )  # fmt: skip
