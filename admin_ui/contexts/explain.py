"""The page that says why an item's figure is what it is. Sentences arrive in the reader's language; knows no rule."""

from msgspec import Struct


class WhyStep(Struct, frozen=True, gc=False):
    """A movement of the story; `balance` is the figure after it, `turning` marks the one that went below zero."""

    document: str
    type: str
    number: str
    quantity: str
    balance: str
    at: float
    person: str
    station: str | None = None
    turning: bool = False
    reversed: bool = False


class WhyDocument(Struct, frozen=True, gc=False):
    """A document that shows a cause."""

    id: str
    type: str
    number: str


class WhyMendLine(Struct, frozen=True, gc=False):
    """A line of the document that would mend it; `quantity` in `unit`, signed in an adjustment."""

    item: str
    quantity: str
    unit: str


class WhyMend(Struct, frozen=True):
    """What would mend it: a document of that type, or `cancel_transfer`, `approve` for one that exists (`target`). `href` is the
    page on which it is entered, begun with this, if there is one."""

    type: str
    lines: tuple[WhyMendLine, ...] = ()
    target: str | None = None
    href: str | None = None


class WhyCause(Struct, frozen=True):
    """A likely cause with what shows it."""

    title: str
    evidence: tuple[str, ...]
    documents: tuple[WhyDocument, ...] = ()
    mend: WhyMend | None = None


class WhyPage(Struct, frozen=True, kw_only=True):
    """`/stock/{sku}/why`. `steps` are oldest first; `around` says that they stand around the moment, else they are the newest."""

    sku: str
    name: str
    name_zh: str | None = None
    unit: str
    on_hand: str
    negative: bool
    summary: str
    steps: tuple[WhyStep, ...]
    around: bool
    causes: tuple[WhyCause, ...]
    complete: bool = True
