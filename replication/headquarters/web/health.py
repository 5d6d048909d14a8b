"""Whether headquarters may be relied on, and figures for Prometheus."""

import time
from typing import Any

import msgspec

from admin_ui.serving.metrics import METRICS_MEDIA_TYPE, Metrics
from admin_ui.serving.problem import Problem
from admin_ui.serving.raw import RawHandler, respond, send_problem
from replication.headquarters.presence import State
from replication.headquarters.web.office import Office, moment
from replication.storage.checks import Check, CheckState
from replication.storage.standing import WriterView, checks_now, worst, writer_view

_encode = msgspec.json.Encoder().encode


class HealthView(msgspec.Struct, frozen=True):
    """`status` is `good`, `advice` (works, look at the checks, the line or a stopped branch) or `bad` (answered 503)."""

    status: str
    site: str
    version: str
    started_at: str | None
    uptime_seconds: int
    line: str
    branches: dict[str, int]
    writer: WriterView
    checks: tuple[Check, ...]


async def health_view(office: Office) -> HealthView:
    """How headquarters is now."""
    store = office.store
    checks = checks_now(store.checks, office.folder, store.writer)
    branches = {state.value: 0 for state in State}
    for now in (await office.branches()).values():
        branches[now.state.value] += 1
    stopped = branches[State.BLOCKED.value] + branches[State.FENCED.value]
    status = worst(checks, advice=bool(stopped) or not office.consumer.line_up)
    return HealthView(
        status.value, office.config.site.id, office.version, moment(int(office.started_at * 1000)),
        int(time.time() - office.started_at), "up" if office.consumer.line_up else "down", branches,
        writer_view(store.writer), checks,
    )  # fmt: skip


def get_health(office: Office) -> RawHandler:
    """`GET /health`: open to everybody, names nobody."""

    async def get_it(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001  (an ASGI application)
        view = await health_view(office)
        await respond(send, 503 if view.status == CheckState.BAD.value else 200, _encode(view))

    return get_it


class Figures:
    """The gauges, read at each look."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self.metrics = metrics = Metrics()
        applied, writer = office.applier.statistics, office.store.writer
        metrics.gauge("kontor_hq_groups", "Groups of batches committed since start.", read=lambda: applied.groups)
        metrics.gauge("kontor_hq_batches", "Batches applied since start.", read=lambda: applied.batches)
        metrics.gauge("kontor_hq_events", "Events applied since start.", read=lambda: applied.events)
        metrics.gauge("kontor_hq_duplicates", "Batches that had been applied before.", read=lambda: applied.duplicates)
        metrics.gauge("kontor_hq_quarantined", "Batches set aside since start.", read=lambda: applied.quarantined)
        metrics.gauge("kontor_hq_held", "Batches of stopped branches not looked at.", read=lambda: applied.held)
        metrics.gauge("kontor_hq_forked", "Batches of second histories since start.", read=lambda: applied.forked)
        metrics.gauge(
            "kontor_hq_readmitted", "Events handed on from them since start.", read=lambda: applied.readmitted
        )
        metrics.gauge("kontor_hq_line_up", "1 while NATS is reached.", read=lambda: float(office.consumer.line_up))
        metrics.gauge("kontor_writer_waiting", "Writes waiting for the writer.", read=lambda: writer.waiting)
        metrics.gauge("kontor_wal_bytes", "Bytes of the write-ahead log.", read=writer.wal.bytes)
        metrics.gauge("kontor_wal_held_seconds", "How long it could not be folded back.", read=writer.wal.held_seconds)
        metrics.gauge("kontor_event_clients", "Pages listening for live events.", read=lambda: office.live.clients)
        metrics.gauge("kontor_start_time_seconds", "When this process started.", read=lambda: office.started_at)
        self._branches = metrics.gauge("kontor_hq_branches", "Branches by state.", ("state",))

    async def exposition(self) -> bytes:
        """All of it as text. Branches are counted by state: one label each would not end."""
        counts = dict.fromkeys(State, 0)
        for now in (await self._office.branches()).values():
            counts[now.state] += 1
        for state, count in counts.items():
            self._branches.set(float(count), (state.value,))
        return self.metrics.exposition()


def get_metrics(office: Office, figures: Figures) -> RawHandler:
    """`GET /metrics`."""

    async def get_it(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001  (an ASGI application)
        caller = await office.guard.require(scope)
        if isinstance(caller, Problem):
            await send_problem(send, caller)
            return
        await respond(send, 200, await figures.exposition(), content_type=METRICS_MEDIA_TYPE.encode())

    return get_it
