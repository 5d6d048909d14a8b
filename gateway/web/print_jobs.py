"""Print jobs over HTTP: what became of them, and printing a till receipt once more."""

from collections.abc import Sequence
from sqlite3 import Connection
from typing import Any, Final, NamedTuple

import msgspec
from litestar import get
from litestar.params import FromQuery

from admin_ui.serving.decoding import decode_json
from admin_ui.serving.guard import Caller
from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.keyset import Page, decode_cursor, page_limit, page_of
from admin_ui.serving.problem import Problem, make
from admin_ui.serving.raw import RawHandler, read_body, respond, send_problem
from admin_ui.serving.roles import Role
from gateway.store.documents import load_document
from gateway.store.print_jobs import CAME_OUT_ELSEWHERE, SALE_TAKEN_BACK, PrintJobRow, jobs_of, recent_jobs
from gateway.use_cases.printing import print_again
from gateway.web.branch import Branch
from gateway.web.devices import no_printer
from gateway.web.document_id import read_id, write_id
from gateway.web.documents import BEFORE_ANY
from gateway.web.keys import SeqKey
from gateway.web.moments import moment
from gateway.web.problems import unsafe_ledger


class Words(NamedTuple):
    """A job's detail in both languages."""

    en: str
    zh: str


WORDS: Final[dict[str, Words]] = {
    "": Words("", ""),
    "ok": Words("", ""),
    "offline": Words("The printer is not connected.", "打印机未连接。"),
    "paper_end": Words("Out of paper.", "缺纸。"),
    "paper_near_end": Words("Paper is nearly used up.", "纸快用完了。"),
    "cover_open": Words("The cover is open.", "上盖已打开。"),
    "error": Words("The printer reports a fault.", "打印机报告故障。"),
    "unknown": Words("The printer gives no status.", "打印机不返回状态。"),
    "no_answer": Words("The printer does not answer.", "打印机没有应答。"),
    "line_lost": Words("The connection was lost while printing.", "打印时连接断开。"),
    "no_confirmation": Words("The printer did not confirm.", "打印机没有确认。"),
    CAME_OUT_ELSEWHERE: Words("It came out on another printer.", "已在另一台打印机打印。"),
    SALE_TAKEN_BACK: Words("The sale was taken back before it was printed.", "打印前该笔销售已取消。"),
    "cancelled": Words("Taken back.", "已取消。"),
    "invalid_print_job": Words("This cannot be printed.", "无法打印此内容。"),
    "unknown_device": Words("The printer is no longer set up.", "打印机已不在设置中。"),
    "print_queue_full": Words("Too many jobs wait for this printer.", "等待此打印机的任务过多。"),
    "document_missing": Words("The document is not there.", "单据不存在。"),
    "restored": Words("A backup was put back since; it may be on paper already.", "此后恢复过备份，可能已经打印过。"),
    "restarted": Words("The gateway restarted while printing.", "打印时网关重新启动。"),
}


def words_of(detail: str) -> Words:
    """A detail in words; a code without words is shown as it is."""
    return WORDS.get(detail) or Words(detail, detail)


class PrintJobView(msgspec.Struct, frozen=True):
    """One job: `code` is stable, `detail` says the same in words. `unknown`: look at the paper. With a `kitchen` it is that one's ticket."""

    job: str
    document: str
    printer: str
    state: str
    code: str
    detail: str
    detail_zh: str
    duplicate: bool
    at: str
    kitchen: str | None


class PrintQueued(msgspec.Struct, frozen=True):
    """The till receipt is on its way to the printer."""

    job: str
    document: str
    printer: str
    state: str


class PrintWhere(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At which station it is wanted; without one, where the caller is signed in or the document was made."""

    station: str | None = None


_encode = msgspec.json.Encoder().encode
_where_decoder = msgspec.json.Decoder(PrintWhere)


def job_view(row: PrintJobRow) -> PrintJobView:
    """A job as the API shows it."""
    return PrintJobView(
        str(row.job), write_id(row.document), row.printer, row.state.value, row.detail, *words_of(row.detail), row.duplicate,
        moment(row.at), row.kitchen or None,
    )  # fmt: skip


def post_print(branch: Branch) -> RawHandler:
    """`POST /documents/{id}/print`: a repeat is marked as a duplicate on paper."""

    async def print_it(scope: Any, receive: Any, send: Any) -> None:
        caller = await branch.guard.require(scope)
        if isinstance(caller, Problem):
            await send_problem(send, caller)
            return
        body = await read_body(receive)
        where = decode_json(_where_decoder, body or b"{}")
        if isinstance(where, Problem):
            await send_problem(send, where)
            return
        document_id = read_id(scope["path_params"]["id"])
        document = None
        if document_id is not None:
            document = await branch.shop.ledger.read(lambda connection: load_document(connection, document_id))
        if document_id is None or document is None:
            await send_problem(send, make("not_found"))
            return
        if branch.damage is not None:
            await send_problem(send, unsafe_ledger(branch.damage))
            return
        printer = _printer(branch, where.station, caller, document.event.station)
        if printer is None:
            await send_problem(send, no_printer())
            return
        queued = await print_again(branch.shop, document_id, printer)
        assert queued is not None, "the document was read a moment ago"
        view = PrintQueued(str(queued.job), write_id(document_id), printer, "queued")
        await respond(send, 202, _encode(view))

    return print_it


def _printer(branch: Branch, wanted: str | None, caller: Caller, made_at: str | None) -> str | None:
    """The printer of the first of these stations that is named; the only printer of a branch serves everybody."""
    if wanted is not None:
        return branch.shop.printer_of(wanted)
    for station in (caller.station, made_at):
        if station is not None and (printer := branch.shop.printer_of(station)) is not None:
            return printer
    printers = {station.printer for station in branch.config.stations if station.printer is not None}
    return printers.pop() if len(printers) == 1 else None


def list_routes(branch: Branch) -> Sequence[Any]:
    """`GET /print-jobs`."""

    @get("/api/v1/print-jobs", tags=["devices"], summary="Print jobs, newest first", guards=[at_least(Role.CASHIER)])
    async def print_jobs(
        document: FromQuery[str | None] = None,
        after: FromQuery[str | None] = None,
        limit: FromQuery[int | None] = None,
    ) -> Page[PrintJobView]:
        before = decode_cursor("print-jobs", after, SeqKey) or BEFORE_ANY
        most = page_limit(limit)
        document_id = read_id(document) if document else None
        if document and document_id is None:
            return Page([], None)

        def query(connection: Connection) -> list[PrintJobRow]:
            if document_id is None:
                return recent_jobs(connection, before=before.seq, limit=most + 1)
            return [row for row in jobs_of(connection, document_id) if row.job < before.seq][: most + 1]

        page = page_of("print-jobs", await branch.shop.ledger.read(query), most, lambda row: SeqKey(row.job))
        return Page([job_view(row) for row in page.rows], page.next)

    return [print_jobs]
