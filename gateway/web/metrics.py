"""Figures for Prometheus. Counted where they happen, read when asked; labels are names from the settings, never ids."""

from typing import Any

from admin_ui.serving.metrics import METRICS_MEDIA_TYPE, Metrics
from admin_ui.serving.problem import Problem
from admin_ui.serving.raw import RawHandler, respond, send_problem
from gateway.store.print_jobs import PrintJobRow, PrintState
from gateway.store.session import Posted
from gateway.web.branch import Branch
from peripherals.events import ConditionState
from replication.storage.checks import FREE_BAD_BYTES, check_free_disk

_STATES: tuple[ConditionState, ...] = ("online", "offline", "error", "not_answering", "unknown")


class Figures:
    """A watcher that counts, and the gauges read at each look."""

    def __init__(self, branch: Branch) -> None:
        self._branch = branch
        self.metrics = metrics = Metrics()
        self._posted = metrics.counter("kontor_documents_posted_total", "Documents posted since start.", ("type",))
        self._items = metrics.counter("kontor_items_changed_total", "Items created or changed since start.")
        self._prints = metrics.counter("kontor_print_jobs_total", "Print jobs by what became of them.", ("state",))
        writer = branch.shop.ledger.writer
        statistics = writer.statistics
        metrics.gauge("kontor_writer_waiting", "Writes waiting for the writer.", read=lambda: writer.waiting)
        metrics.gauge("kontor_writer_groups", "Transactions committed since start.", read=lambda: statistics.groups)
        metrics.gauge("kontor_writer_commands", "Writes committed since start.", read=lambda: statistics.commands)
        metrics.gauge(
            "kontor_writer_largest_group", "Most writes in one transaction.", read=lambda: statistics.largest_group
        )
        metrics.gauge("kontor_writer_refused", "Writes answered busy since start.", read=lambda: statistics.refused)
        metrics.gauge("kontor_wal_bytes", "Bytes of the write-ahead log.", read=writer.wal.bytes)
        metrics.gauge("kontor_wal_held_seconds", "How long it could not be folded back.", read=writer.wal.held_seconds)
        metrics.gauge("kontor_event_clients", "Pages listening for live events.", read=lambda: branch.live.clients)
        metrics.gauge("kontor_journal_head_seq", "Newest journal entry.", read=lambda: branch.replication().head_seq)
        metrics.gauge(
            "kontor_journal_applied_seq", "Newest entry at headquarters.", read=lambda: branch.replication().applied_seq
        )
        metrics.gauge(
            "kontor_replication_lag_seconds", "Age of the oldest entry not at headquarters.",
            read=lambda: branch.replication().lag_seconds,
        )  # fmt: skip
        metrics.gauge("kontor_start_time_seconds", "When this process started.", read=lambda: branch.started_at)
        self._devices = metrics.gauge("kontor_device_state", "1 for the state a device is in.", ("device", "state"))
        self._disk = metrics.gauge("kontor_disk_is_full", f"1 where less than {FREE_BAD_BYTES} bytes are free.")

    def posted(self, document: Posted) -> None:
        """A document was posted."""
        self._posted.add(1, (document.type,))

    def item_changed(self, sku: str, seq: int) -> None:  # noqa: ARG002  (what a watcher is told)
        """An item was created or changed."""
        self._items.add()

    def transfer_changed(self, transfer: bytes, seq: int) -> None:
        """Transfers are counted by their documents."""

    def print_changed(self, job: PrintJobRow) -> None:
        """A print job went on."""
        if job.state is PrintState.QUEUED and job.detail:
            return  # it waits for another reason now, and was counted when it came
        if job.state is not PrintState.PRINTING:
            self._prints.add(1, (job.state.value,))

    def exposition(self) -> bytes:
        """All of it as text."""
        for device in self._branch.devices.states():
            for state in _STATES:
                self._devices.set(float(device.state == state), (device.name, state))
        self._disk.set(float(check_free_disk(self._branch.folder).state == "bad"))
        return self.metrics.exposition()


def get_metrics(branch: Branch, figures: Figures) -> RawHandler:
    """`GET /metrics`."""

    async def get_it(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001  (an ASGI application)
        caller = await branch.guard.require(scope)
        if isinstance(caller, Problem):
            await send_problem(send, caller)
            return
        await respond(send, 200, figures.exposition(), content_type=METRICS_MEDIA_TYPE.encode())

    return get_it
