"""The workbench of labels: what each layout would read in a shop's own. Knows no item."""

from msgspec import Struct


class LabelReading(Struct, frozen=True, kw_only=True):
    """What one preset or layout reads; amounts as printed, none where the inner check digit is wrong."""

    name: str
    layout: str
    item: str
    weight: str | None = None
    price: str | None = None
    count: str | None = None
    sound: bool = True


class LabelTried(Struct, frozen=True, kw_only=True):
    digits: str
    readings: tuple[LabelReading, ...]


class LabelsPage(Struct, frozen=True, kw_only=True):
    """`scanned` and `layout` are what was typed; `wrong` says that the layout is none, with the reason for a technician."""

    current: tuple[str, ...]
    scanned: str = ""
    layout: str = ""
    wrong: str | None = None
    labels: tuple[LabelTried, ...] = ()
    fitting: tuple[str, ...] = ()
