"""The page that says why an item's figure is what it is: `/stock/{sku}/why`."""

from collections.abc import Sequence
from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from admin_ui.contexts.explain import WhyCause, WhyDocument, WhyMend, WhyMendLine, WhyPage, WhyStep
from admin_ui.serving.handler_guard import TheCaller, at_least
from admin_ui.serving.problem import ProblemRaised, make
from admin_ui.serving.roles import Role
from gateway.domain.document import Body, Reversal, TransferIn
from gateway.domain.explain_finding import ApproveDocument, CancelTransfer, Mend, PostDocument
from gateway.domain.explain_history import Step
from gateway.web.document_id import write_id
from gateway.web.explain import RECENT, Explained, look_into, movements_around, summary_of, teller_of
from gateway.web.explain_views import CauseView
from gateway.web.pages.frame import AnyRequest, Frame, language_of, seconds
from gateway.web.pages.new_document import address_of
from replication.wire.item import Item
from replication.wire.quantity import format_quantity


def routes(frame: Frame) -> Sequence[Any]:
    """`/stock/{sku}/why`."""
    branch, teller = frame.branch, teller_of(frame.branch)

    @get("/stock/{sku:str}/why", include_in_schema=False, guards=[at_least(Role.MANAGER, password=True)])
    async def why(request: AnyRequest, caller: TheCaller, sku: FromPath[str]) -> Response[str]:
        found = await look_into(branch, sku, "")
        if found is None:
            raise ProblemRaised(make("not_found"))
        zh = language_of(request) == "zh"
        causes = [(cause.mend, teller.cause(cause)) for cause in found.explanation.causes]
        return await frame.page(
            request, "explain.html",
            _page(found, summary_of(teller, found)[1][zh], tuple(_cause(found.history.item, *one, zh=zh) for one in causes)),
            caller,
        )  # fmt: skip

    return [why]


def _page(found: Explained, summary: str, causes: tuple[WhyCause, ...]) -> WhyPage:
    history, below = found.history, found.explanation.below
    around = movements_around(history, found.explanation)
    return WhyPage(
        sku=history.item.sku, name=history.item.name, name_zh=history.item.name_zh, unit=history.item.unit,
        on_hand=format_quantity(history.on_hand), negative=history.on_hand < 0, summary=summary,
        steps=tuple(
            _step(step, turning=below is not None and step.seq == below.seq, taken_back=step.document in history.reversed)
            for step in around or history.steps[-RECENT:]
        ),
        around=bool(around), causes=causes, complete=history.complete,
    )  # fmt: skip


def _step(step: Step, *, turning: bool, taken_back: bool) -> WhyStep:
    return WhyStep(
        write_id(step.document), step.type, step.number, format_quantity(step.quantity), format_quantity(step.balance),
        seconds(step.at), step.person, step.station, turning, taken_back,
    )  # fmt: skip


def _cause(item: Item, mend: Mend | None, cause: CauseView, *, zh: bool) -> WhyCause:
    return WhyCause(
        cause.title_zh if zh else cause.title,
        tuple(one.detail_zh if zh else one.detail for one in cause.evidence),
        tuple(WhyDocument(one.id, one.type, one.number) for one in cause.documents),
        None if mend is None else _mend(item, mend),
    )


def _where(body: Body) -> str | None:
    """Where a person enters it: a page begun with it, or the page of what it is about."""
    match body:
        case TransferIn(transfer=str(transfer)):
            return f"/transfers/{transfer}"
        case Reversal(original=str(original)):
            return f"/documents/{original}"
        case _:
            return address_of(body)


def _mend(item: Item, mend: Mend) -> WhyMend:
    match mend:
        case PostDocument(body):
            lines = tuple(
                WhyMendLine(line.item, line.quantity, line.unit if isinstance(line.unit, str) else item.unit)
                for line in body.lines
            )
            return WhyMend(str(type(body).__struct_config__.tag), lines, href=_where(body))
        case CancelTransfer(transfer):
            return WhyMend("cancel_transfer", target=write_id(transfer))
        case ApproveDocument(document):
            return WhyMend("approve", target=write_id(document))
