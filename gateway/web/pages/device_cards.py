"""Devices as cards on the pages: how each is, and what it last said."""

from sqlite3 import Connection

import msgspec

from admin_ui.contexts.devices import DeviceCard, FoundPort, PrintState, StartUpCheck
from gateway.store.documents import load_document
from gateway.store.print_jobs import PrintJobRow, recent_jobs, unfinished_jobs
from gateway.web.branch import Branch
from gateway.web.health import health_view
from gateway.web.ports import port_views
from peripherals.device_state import DeviceState
from peripherals.events import Weighed

RECENT_JOBS = 100
"""Far enough back to find the last paper of each printer of a busy branch."""


class PrintNews(msgspec.Struct, frozen=True):
    """Print jobs as the cards need them: those that wait by printer, and the last one of each with its document's number."""

    waiting: dict[str, tuple[str, ...]]
    last: dict[str, tuple[str, PrintJobRow]]
    recent: list[PrintJobRow]


def print_news(connection: Connection) -> PrintNews:
    """Read the jobs."""
    waiting: dict[str, tuple[str, ...]] = {}
    for row in unfinished_jobs(connection):
        waiting[row.printer] = (*waiting.get(row.printer, ()), str(row.job))
    last: dict[str, tuple[str, PrintJobRow]] = {}
    recent = recent_jobs(connection, limit=RECENT_JOBS)
    for row in recent:
        if row.printer not in last and (document := load_document(connection, row.document)) is not None:
            last[row.printer] = (document.event.number, row)
    return PrintNews(waiting, last, recent)


def device_cards(branch: Branch, news: PrintNews) -> tuple[DeviceCard, ...]:
    """All devices, in the order of the settings."""
    return tuple(_card(branch, news, state) for state in branch.devices.states())


def _card(branch: Branch, news: PrintNews, state: DeviceState) -> DeviceCard:
    config = next(device for device in branch.config.devices if device.name == state.name)
    last: str | None = None
    printed: PrintState | None = None
    last_at = None if state.last_event is None else state.last_event.timestamp()
    match state.device_class:
        case "Scale":
            reading = branch.devices.latest_reading(state.name)
            last = f"{reading.weight.text} {reading.weight.unit}" if isinstance(reading, Weighed) else None
        case "Scanner":
            last = branch.last_scan(state.name)
        case "POSPrinter":
            if (paper := news.last.get(state.name)) is not None:
                last, printed, last_at = paper[0], paper[1].state.value, paper[1].at / 1000
        case "LineDisplay" | "CashDrawer":
            # They only listen: nothing came from them, and what was sent is not what a person saw.
            last, last_at = None, None
    return DeviceCard(
        name=state.name,
        cls=state.device_class,
        driver=state.driver,
        transport=config.transport,
        address=config.line,
        state=state.state,
        released=state.life == "closed",
        code=state.code,
        detail=state.detail,
        detail_zh=state.detail_zh,
        hint=state.hint,
        hint_zh=state.hint_zh,
        since=state.since.timestamp(),
        last=last,
        last_at=None if last is None else last_at,
        printed=printed,
        waiting=news.waiting.get(state.name, ()) if state.device_class == "POSPrinter" else None,
        stations=tuple(one.name for one in branch.config.stations if state.name in one.devices),
        drawer_of=tuple(one.name for one in branch.config.stations if state.name == one.drawer_through),
    )


def found_ports(branch: Branch) -> tuple[FoundPort, ...]:
    """What hangs on the machine and is in no setting."""
    return tuple(FoundPort(one.path, one.told, one.where, one.where_zh, one.proposal) for one in port_views(branch))


def start_up_checks(branch: Branch) -> tuple[StartUpCheck, ...]:
    """What the ledger found when it opened; free space is looked at anew."""
    return tuple(
        StartUpCheck(
            name=check.name, state=check.state.value, found=check.found, advice=check.advice, advice_zh=check.advice_zh
        )
        for check in health_view(branch).checks
    )
