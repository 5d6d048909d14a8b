"""What use cases are given: the ledger, the policy, and who is told after a commit. Passed in, never looked up."""

from collections.abc import Callable
from typing import Literal, Protocol

import msgspec

from gateway.domain.barcode import PLAIN as PLAIN_CODES
from gateway.domain.barcode import CodeRules
from gateway.domain.calendar import NO_CALENDAR, Calendar
from gateway.domain.policy import Policy
from gateway.domain.scale_reading import ScaleReading
from gateway.domain.till_money import PLAIN, TillMoney
from gateway.store.ledger import Ledger
from gateway.store.print_jobs import PrintJobRow
from gateway.store.session import Posted


class Watcher(Protocol):
    """Told after a commit, on the event loop. Must not block or raise; a lost hint costs a moment, never a document."""

    def posted(self, document: Posted) -> None:
        """A document was posted."""

    def item_changed(self, sku: str, seq: int) -> None:
        """An item was created or changed."""

    def transfer_changed(self, transfer: bytes, seq: int) -> None:
        """What is known of a transfer changed; the journal stands at `seq`."""

    def print_changed(self, job: PrintJobRow) -> None:
        """A print job was queued or went on: a till receipt's, or a kitchen's."""


class Readings(Protocol):
    """The scales' recent stable readings."""

    def find(self, reading: str) -> ScaleReading | None:
        """What a scale said; None for a reading no longer remembered."""

    def sold(self, reading: str, document: bytes) -> None:
        """It is a line of a posted sale."""


class NoScales:
    """Of a branch that weighs nothing: one that does not run, or has no scale."""

    def find(self, reading: str) -> ScaleReading | None:
        """No reading is remembered."""
        del reading
        return None

    def sold(self, reading: str, document: bytes) -> None:
        """Nobody asks for it."""


RequestNews = Literal["waiting", "approved", "refused", "expired", "reviewed"]
"""What became of a document that a person decides about, or looks at."""


def _nobody(document: bytes, news: RequestNews) -> None:
    """Nobody is told."""


class Shop(msgspec.Struct):
    """The branch as use cases see it. `tell_request` is told after a commit, as watchers are. `printer_of` names the printer of a station, if it has one; `site` is its own id,
    `calendar` knows what day it is there, `money` what its tills add to a sum, `codes` how its labels are read."""

    ledger: Ledger
    policy: Policy
    watchers: list[Watcher]
    readings: Readings
    printer_of: Callable[[str], str | None]
    clock: Callable[[], int]
    site: str = ""
    calendar: Calendar = NO_CALENDAR
    money: TillMoney = PLAIN
    codes: CodeRules = PLAIN_CODES
    tell_request: Callable[[bytes, RequestNews], None] = _nobody


class Poster(msgspec.Struct, frozen=True):
    """Who sends a document: a person with a role; `may_settle` where the sender is a signed-in till."""

    person: str
    role: str
    may_settle: bool = False
