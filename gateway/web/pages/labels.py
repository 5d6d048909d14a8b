"""The workbench of labels, `/codes`: scan a few, see what each layout would read. Changes nothing: settings are a file."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from litestar import Response, get
from litestar.params import QueryParameter

from admin_ui.contexts.labels import LabelReading, LabelsPage, LabelTried
from admin_ui.serving.handler_guard import TheCaller, at_least
from admin_ui.serving.roles import Role
from gateway.domain.barcode.in_store import Label, LayoutError
from gateway.domain.barcode.label_trial import try_layouts
from gateway.web.pages.frame import AnyRequest, Frame

LABELS_CHARACTERS_MAX: Final = 2_000
"""A hundred labels of eighteen digits; an address holds no more."""
LAYOUT_CHARACTERS_MAX: Final = 30


def routes(frame: Frame) -> Sequence[Any]:
    """`/codes`."""
    current = frame.branch.config.codes.in_store

    @get("/codes", include_in_schema=False, guards=[at_least(Role.MANAGER, password=True)])
    async def codes(
        request: AnyRequest,
        caller: TheCaller,
        labels: Annotated[str, QueryParameter(max_length=LABELS_CHARACTERS_MAX)] = "",
        layout: Annotated[str, QueryParameter(max_length=LAYOUT_CHARACTERS_MAX)] = "",
    ) -> Response[str]:
        return await frame.page(request, "labels.html", page_of(current, labels, layout.strip()), caller)

    return [codes]


def page_of(current: tuple[str, ...], scanned: str, layout: str) -> LabelsPage:
    """What the layouts of the site, one typed, and every preset read; a layout that is none is told beside its field."""
    own = tuple(dict.fromkeys((layout, *current))) if layout else current
    wrong = None
    try:
        trial = try_layouts(scanned.splitlines(), own)
    except LayoutError as refused:
        wrong = str(refused)
        trial = try_layouts(scanned.splitlines(), current)
    return LabelsPage(
        current=current, scanned=scanned, layout=layout, wrong=wrong, fitting=trial.fitting,
        labels=tuple(
            LabelTried(digits=one.digits, readings=tuple(_reading(name, label) for name, label in one.readings))
            for one in trial.labels
        ),
    )  # fmt: skip


def _reading(name: str, label: Label) -> LabelReading:
    return LabelReading(
        name=name, layout=label.layout, item=label.names[0], weight=label.weight, price=label.price, count=label.count,
        sound=not label.findings,
    )  # fmt: skip
