"""What devices say, as facts. Refuses to know who listens, and what a weight or a code is worth.

A fault is its own kind of event. None of them carries a weight, so none can be mistaken for one.
"""

from typing import Literal

import msgspec

DeviceClass = Literal["Scale", "Scanner", "POSPrinter", "LineDisplay", "CashDrawer"]
"""UnifiedPOS names of the classes we drive."""

ConditionState = Literal["online", "offline", "error", "not_answering", "unknown"]
"""`offline`: the line is not open. `not_answering`: open, but silent. `unknown`: open, nothing heard or asked yet."""

WeightUnit = Literal["kg", "g", "lb", "oz"]
WeighingMode = Literal["gross", "net"]
NotReadyStatus = Literal["unstable", "zero", "under_zero", "overweight", "not_ready"]
PrinterStatus = Literal["ok", "paper_near_end", "paper_end", "cover_open", "error", "offline", "unknown"]
PrintState = Literal["queued", "waiting", "printing", "printed", "failed", "unknown"]
"""The last three are outcomes: a job that has one is finished. `unknown` is for a person to decide, never for us."""


class Weight(msgspec.Struct, frozen=True, gc=False):
    """A weight as the scale printed it; `thousandths` of `unit` is the same number, exactly."""

    text: str
    thousandths: int
    unit: WeightUnit


class Condition(msgspec.Struct, frozen=True, gc=False):
    """How a device is, with a stable `code` that says why (`paper_end`, `no_answer`, …)."""

    state: ConditionState
    code: str = "ok"


class Scanned(msgspec.Struct, frozen=True, tag="scanned", gc=False):
    """One code. `code` is all the scanner sent (AIM id and GS included), `data` is it without the AIM id."""

    code: str
    data: str
    aim_id: str | None = None
    symbology: str | None = None


class Weighed(msgspec.Struct, frozen=True, tag="weighed"):
    """One stable, in-range reading above zero. Repeats of it while nothing moves are the same reading.

    A price-computing scale tells the unit price it was given and the total it computed, in minor units.
    """

    reading: str
    weight: Weight
    mode: WeighingMode
    price: int | None = None
    total: int | None = None


class NotReady(msgspec.Struct, frozen=True, tag="not_ready"):
    """The scale answers, and says why there is no weight to sell by."""

    status: NotReadyStatus
    flags: tuple[str, ...] = ()


class Garbled(msgspec.Struct, frozen=True, tag="garbled", gc=False):
    """Bytes that made no sense, in hex and cut to a stated length, for the person who reads the log."""

    reason: str
    sample: str


class DeviceLost(msgspec.Struct, frozen=True, tag="device_lost"):
    """The device no longer answers, or its line is gone. Sent once."""

    condition: Condition
    detail: str
    detail_zh: str
    hint: str
    hint_zh: str


class DeviceBack(msgspec.Struct, frozen=True, tag="device_back"):
    """The device answers (again). Sent once."""


class ConditionChanged(msgspec.Struct, frozen=True, tag="condition_changed"):
    """Any change of a device's condition; lost and back are said besides."""

    condition: Condition


class PrinterStatusChanged(msgspec.Struct, frozen=True, tag="printer_status", gc=False):
    """What the printer says of itself. `unknown` is not `ok`: many clones never answer.

    `drawer_open` is None until the drawer's switch was seen to move.
    """

    status: PrinterStatus
    drawer_open: bool | None = None


class DrawerOpened(msgspec.Struct, frozen=True, tag="drawer_opened", gc=False):
    """The drawer's switch was seen to open, and not because of us: a key, a hand, a knock."""


class PrintJobChanged(msgspec.Struct, frozen=True, tag="print_job", gc=False):
    """A print job moved on. `detail` is a stable code: the printer status it waits for, or why it failed."""

    job_id: str
    state: PrintState
    detail: str = ""
    duplicate: bool = False


class PortsChanged(msgspec.Struct, frozen=True, tag="ports_changed", gc=False):
    """Something was plugged in or pulled out; it belongs to no device."""


class Missed(msgspec.Struct, frozen=True, tag="missed", gc=False):
    """This listener was too slow and `count` events were dropped for it: ask for the states anew."""

    count: int


Event = (
    Scanned
    | Weighed
    | NotReady
    | Garbled
    | DeviceLost
    | DeviceBack
    | ConditionChanged
    | PrinterStatusChanged
    | DrawerOpened
    | PrintJobChanged
    | PortsChanged
    | Missed
)

FINISHED: frozenset[PrintState] = frozenset({"printed", "failed", "unknown"})
