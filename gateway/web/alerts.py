"""Alerts over HTTP: what wants a person, what it was before, who saw it, and how those who are told are reached."""

from collections.abc import Mapping, Sequence
from sqlite3 import Connection
from typing import Annotated, Any, Literal

import msgspec
from litestar import get
from litestar.params import FromQuery, QueryParameter

from admin_ui.serving.direct import Answer, Direct, ReadBody, problem_answer
from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.keyset import Page, decode_cursor, page_limit, page_of
from admin_ui.serving.problem import Problem, make
from admin_ui.serving.roles import Role
from gateway.alert_settings import masked
from gateway.domain.alert_words import TITLES, AlertWords
from gateway.domain.alerts import AlertKind
from gateway.store.alerts import Alert, list_alerts, load_alert, mark_seen
from gateway.store.deliveries import Tries, count_waiting, tries_of
from gateway.web.branch import Branch
from gateway.web.document_id import write_id
from gateway.web.keys import PlaceKey
from gateway.web.moments import moment
from gateway.web.problems import unsafe_ledger
from replication.wire.sentence import Sentence

_StateName = Annotated[
    Literal["open", "cleared"], QueryParameter(name="state", description="`open` or `cleared`, the history.")
]
_NEWEST = PlaceKey(2**62)


class AlertView(msgspec.Struct, frozen=True):
    """An alert. `subject` names what it is about within its kind; `facts` are what its sentence says, quantities as decimal
    strings and money in minor units. `href` is a page of this site, if one shows it."""

    id: str
    kind: str
    severity: str
    state: Literal["open", "cleared"]
    subject: str
    item: str | None
    title: str
    title_zh: str
    detail: str
    detail_zh: str
    facts: dict[str, str]
    href: str | None
    raised_at: str
    cleared_at: str | None
    seen_by: str | None
    seen_at: str | None


class ReceiverView(msgspec.Struct, frozen=True):
    """Somebody who is told. Of the address only the `service` is shown; `waiting` counts alerts that did not arrive yet."""

    name: str
    service: str
    severity: str
    language: str
    waiting: int
    failed_tries: int
    last_error: str | None
    sent_at: str | None


_encode = msgspec.json.Encoder().encode


def words_of(branch: Branch) -> AlertWords:
    """The words of this site's alerts."""
    site = branch.config.site
    return AlertWords(Sentence(site.name, site.name_zh or site.name), site.currency, branch.config.minor_unit_digits)


def alert_view(alert: Alert, words: AlertWords) -> AlertView:
    """An alert as the API shows it."""
    title, line = TITLES[alert.kind], words.line(alert.kind, alert.told)
    return AlertView(
        str(alert.place), alert.kind.value, alert.severity.value, "open" if alert.cleared_at is None else "cleared",
        alert.subject, alert.told.get("item"), title.en, title.zh, line.en, line.zh, alert.told, _href(alert.told),
        moment(alert.raised_at), None if alert.cleared_at is None else moment(alert.cleared_at), alert.seen_by,
        None if alert.seen_at is None else moment(alert.seen_at),
    )  # fmt: skip


def _href(told: Mapping[str, str]) -> str | None:
    for name, page in (("item", "/stock?q="), ("document", "/documents/"), ("transfer", "/transfers/")):
        if name in told:
            return page + (told[name] if name == "item" else write_id(bytes.fromhex(told[name])))
    return None


def list_routes(branch: Branch) -> Sequence[Any]:
    """`GET /alerts` and `GET /alerts/receivers`."""
    words = words_of(branch)

    @get("/api/v1/alerts", tags=["alerts"], summary="Alerts, newest first", guards=[at_least(Role.MANAGER)])
    async def alerts(
        state_: _StateName = "open",
        kind: FromQuery[AlertKind | None] = None,
        after: FromQuery[str | None] = None,
        limit: FromQuery[int | None] = None,
    ) -> Page[AlertView]:
        start, most = decode_cursor("alerts", after, PlaceKey) or _NEWEST, page_limit(limit)
        rows = await branch.shop.ledger.read(
            lambda connection: list_alerts(
                connection, is_open=state_ == "open", before=start.place, limit=most + 1, kind=kind
            )
        )
        page = page_of("alerts", rows, most, lambda row: PlaceKey(row.place))
        return Page([alert_view(row, words) for row in page.rows], page.next)

    @get("/api/v1/alerts/receivers", tags=["alerts"], summary="Who is told of alerts, and whether it arrives",
         guards=[at_least(Role.MANAGER)])  # fmt: skip
    async def receivers() -> list[ReceiverView]:
        names = list(branch.alert_receivers)

        def query(connection: Connection) -> list[tuple[Tries, int]]:
            return [(tries_of(connection, name), count_waiting(connection, name)) for name in names]

        found = await branch.shop.ledger.read(query)
        return [
            ReceiverView(
                receiver.name, masked(address), receiver.least.value, receiver.language, waiting, tries.tries, tries.error or None,
                None if tries.sent_at is None else moment(tries.sent_at),
            )
            for (receiver, address), (tries, waiting) in zip(branch.alert_receivers.values(), found, strict=True)
        ]  # fmt: skip

    return [alerts, receivers]


def post_seen(branch: Branch) -> Direct:
    """`POST /alerts/{id}/seen`."""
    words = words_of(branch)

    async def seen(scope: Any, read: ReadBody) -> Answer:
        del read
        caller = await branch.guard.require(scope, Role.MANAGER)
        if isinstance(caller, Problem):
            return problem_answer(caller)
        if branch.damage is not None:
            return problem_answer(unsafe_ledger(branch.damage))
        place, ledger = scope["path_params"]["id"], branch.shop.ledger
        now = branch.shop.clock()
        if await ledger.read(lambda connection: load_alert(connection, place)) is None:
            return problem_answer(make("not_found"))
        alert = await ledger.write(lambda session: mark_seen(session.connection, place, person=caller.person, at=now))
        return problem_answer(make("not_found")) if alert is None else Answer(200, _encode(alert_view(alert, words)))

    return Direct(seen)
