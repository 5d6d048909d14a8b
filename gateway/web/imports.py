"""Tables over HTTP: brought as a file, judged row by row, and followed while they are carried through; and a file to fill in."""

import uuid
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import parse_qs

import msgspec
from litestar import Response, get
from litestar.params import FromPath, FromQuery

from admin_ui.serving.direct import Answer, Direct, ReadBody, problem_answer
from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.problem import FieldProblem, Problem, ProblemRaised, make, problem
from admin_ui.serving.raw import Operation, RawHandler, RawRoute, read_body, respond
from admin_ui.serving.roles import Role
from gateway.domain.import_changes import RowFault, Taken
from gateway.domain.import_columns import COLUMNS, CellSort, Column, ImportKind
from gateway.store.imports import ImportRow
from gateway.use_cases.import_table import ImportDesk, ImportReport, OtherImport
from gateway.use_cases.shop import Poster
from gateway.web.branch import Branch
from gateway.web.document_id import write_id
from gateway.web.problems import unsafe_ledger
from gateway.web.sentences import Sentences
from gateway.web.sheet import CSV_MEDIA, XLSX_MEDIA, csv_rows, sheet_parts

PATH: Final = "/api/v1/imports/"
FILE_BYTES_MAX: Final = 16 * 1024 * 1024
"""A hundred thousand items as CSV are 12 MB."""
SHOWN_IN_PROBLEM: Final = 3
EXAMPLE: Final = {"name": "items"}


class BadRow(msgspec.Struct, frozen=True):
    """What is wrong with a row and what to do; row 1 holds the heads, 0 is the whole file."""

    row: int
    column: str
    value: str
    code: str
    detail: str
    detail_zh: str


class ImportView(msgspec.Struct, frozen=True):
    """A file as it was understood, and how far it is. `state` is `checked` for a rehearsal, then `applying` and `done`. `made`,
    `changed` and `same` count what the file asks for; `done` of `changes` were gone through. `bad_rows` of an import that is under way are those that somebody's own
    change overtook."""

    id: str | None
    kind: ImportKind
    state: str
    taken_as: Taken
    columns: tuple[str, ...]
    rows: int
    made: int
    changed: int
    same: int
    changes: int
    done: int
    bad_rows: tuple[BadRow, ...]
    bad_row_count: int


_encode = msgspec.json.Encoder().encode


def raw_routes(branch: Branch) -> list[RawRoute]:
    """`POST /imports/{kind}` and `GET /imports/{id}`: one path, a kind or an id."""
    desk = branch.imports
    return [
        RawRoute("/api/v1/imports/{name:str}", {
            "POST": Operation(
                handler=_post(branch, desk),
                summary="Bring a CSV file or a workbook of a kind (items, barcodes, balances, suppliers, members, recipes), as the"
                " body's bytes: all of it or nothing",
                name="import_table",
                tags=["imports"],
                query={
                    "dry_run": "true: say what it would do, and do nothing.",
                    "id": "A UUID: the same again does nothing. Without it, the same file again does nothing.",
                },
                responses={200: ImportView, 202: ImportView, 404: Problem, 409: Problem, 422: Problem, 503: Problem},
            ),
            "GET": Operation(
                handler=_get(branch, desk),
                summary="How far an import is",
                name="get_import",
                tags=["imports"],
                responses={200: ImportView, 404: Problem},
            ),
        }, EXAMPLE),
    ]  # fmt: skip


def routes() -> Sequence[Any]:
    """`GET /imports/{kind}/template`."""

    @get("/api/v1/imports/{kind:str}/template", tags=["imports"], summary="An empty table with the heads of a kind, to fill in",
         guards=[at_least(Role.CASHIER)])  # fmt: skip
    async def template(
        kind: FromPath[str],
        format: FromQuery[str] = "xlsx",  # noqa: A002  (the address's own word)
        language: FromQuery[str] = "en",
    ) -> Response[bytes]:
        """`format` is `csv` or `xlsx`, `language` `en` or `zh`. A star marks what has to be filled."""
        found = _kind(kind)
        if found is None:
            raise ProblemRaised(make("not_found"))
        heads = [_head(column, language) for column in COLUMNS[found]]
        if format == "csv":
            body, media = "".join(csv_rows([heads], first=True)).encode(), CSV_MEDIA
        else:
            body, media = b"".join(sheet_parts(iter([[heads]]))), XLSX_MEDIA
        name = f"{found.value}.{'csv' if format == 'csv' else 'xlsx'}"
        return Response(body, media_type=media, headers={"content-disposition": f'attachment; filename="{name}"'})

    return [template]


def _head(column: Column, language: str) -> str:
    star = "*" if column.required and column.sort is not CellSort.YES_NO else ""
    return (column.zh if language.startswith("zh") else column.en) + star


def _kind(text: str) -> ImportKind | None:
    return ImportKind(text) if text in set(ImportKind) else None


def _post(branch: Branch, desk: ImportDesk) -> RawHandler:
    async def answer(scope: Any, receive: Any) -> Answer:
        caller = await branch.guard.require(scope, Role.MANAGER)
        if isinstance(caller, Problem):
            return problem_answer(caller)
        kind = _kind(scope["path_params"]["name"])
        if kind is None:
            return problem_answer(make("not_found"))
        if branch.damage is not None:
            return problem_answer(unsafe_ledger(branch.damage))
        asked = parse_qs(scope["query_string"].decode("ascii", "replace"))
        dry_run = asked.get("dry_run", ["false"])[-1].casefold() in {"true", "1", "yes"}
        name = asked.get("id", [""])[-1]
        import_id = _id(name) if name else None
        if name and import_id is None:
            return problem_answer(_no_id())
        outcome = await desk.bring(
            Poster(caller.person, caller.role), kind, await read_body(receive), import_id, dry_run=dry_run
        )
        if isinstance(outcome, OtherImport):
            return problem_answer(make("conflict"))
        view = _report_view(branch.sentences, outcome)
        if outcome.fault_count and not dry_run and outcome.known is None:
            return problem_answer(_refused(view))
        return Answer(200 if outcome.known is None or outcome.known.state == "done" else 202, _encode(view))

    async def bring(scope: Any, receive: Any, send: Any) -> None:
        given = await answer(scope, receive)
        await respond(send, given.status, given.body, content_type=given.content_type, headers=given.headers)

    return bring


def _get(branch: Branch, desk: ImportDesk) -> Direct:
    async def read_one(scope: Any, read: ReadBody) -> Answer:
        del read
        caller = await branch.guard.require(scope, Role.MANAGER)
        if isinstance(caller, Problem):
            return problem_answer(caller)
        import_id = _id(scope["path_params"]["name"])
        row = None if import_id is None else await desk.find(import_id)
        if row is None or row.state == "staging":
            return problem_answer(make("not_found"))
        return Answer(200, _encode(_row_view(branch.sentences, row)))

    return Direct(read_one)


def _id(text: str) -> bytes | None:
    try:
        return uuid.UUID(text).bytes
    except ValueError:
        return None


def _no_id() -> Problem:
    wrong = FieldProblem("id", "not_a_uuid", "The import's id is not a UUID.", "导入编号不是有效的 UUID。")
    return make("invalid_value", errors=[wrong])


def _refused(view: ImportView) -> Problem:
    """Nothing was done; every bad row is an error."""
    errors = [
        FieldProblem(f"row {bad.row}" + (f", {bad.column}" if bad.column else ""), bad.code, bad.detail, bad.detail_zh)
        for bad in view.bad_rows
    ]
    return problem(
        422, "import_refused", title="Nothing was imported", title_zh="未导入任何数据",
        detail=f"{view.bad_row_count} finding(s) in {view.rows} rows. "
        + " ".join(f"Row {bad.row}: {bad.detail}" for bad in view.bad_rows[:SHOWN_IN_PROBLEM]),
        detail_zh=f"{view.rows} 行中有 {view.bad_row_count} 处问题。"
        + "".join(f"第 {bad.row} 行：{bad.detail_zh}" for bad in view.bad_rows[:SHOWN_IN_PROBLEM]),
        errors=errors,
    )  # fmt: skip


def _bad_row(sentences: Sentences, found: RowFault) -> BadRow:
    words = sentences.of(found.fault)
    return BadRow(found.row, found.fault.path, found.value, found.fault.code, words.en, words.zh)


def _report_view(sentences: Sentences, report: ImportReport) -> ImportView:
    known = report.known
    if known is not None and not report.columns:
        return _row_view(sentences, known)
    return ImportView(
        None if known is None else write_id(known.id), report.kind, "checked" if known is None else known.state,
        report.taken, report.columns, report.rows, report.made, report.changed, report.same,
        0 if known is None else known.changes, 0 if known is None else known.done,
        tuple(_bad_row(sentences, found) for found in report.faults), report.fault_count,
    )  # fmt: skip


def _row_view(sentences: Sentences, row: ImportRow) -> ImportView:
    bad = tuple(_bad_row(sentences, found) for found in row.faults)
    return ImportView(
        write_id(row.id), row.kind, row.state, Taken("known"), (), row.rows, 0, row.changed, 0, row.changes, row.done, bad,
        len(bad),
    )  # fmt: skip
