"""What tests of alerts have in common: a shop whose clock is moved by hand, and a messenger that only notes what it is given."""

import datetime as dt
from collections.abc import Mapping

from gateway.domain.alert_words import AlertMessage, AlertWords
from gateway.domain.alerts import USUAL, AlertKind, AlertRule
from gateway.domain.calendar import Calendar
from gateway.domain.counting import CountRules
from gateway.domain.telling import Receiver
from gateway.store.alerts import Alert, list_alerts
from gateway.store.tasks import Task, list_tasks
from gateway.use_cases.deliver_alerts import AlertDelivery
from gateway.use_cases.follow_journal import JournalFollower
from gateway.use_cases.messenger import Carried
from gateway.use_cases.watch_alerts import AlertWatch
from peripherals.device_state import DeviceState
from replication.wire.sentence import Sentence
from tests.store.conftest import START, Branch

MINUTE, HOUR, DAY = 60_000, 3_600_000, 24 * 3_600_000
WORDS = AlertWords(Sentence("Riverside store", "河滨店"), "CNY", 2)


def address_of(name: str) -> str:
    """Where somebody is reached."""
    return f"mailto://secret:{name}@example.com"


class Clock:
    """Stands still until told."""

    def __init__(self, now: int = START) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


class Post:
    """A messenger: `answers` are given one after the other, then every message arrives but to those in `deaf`."""

    def __init__(self, *answers: Carried) -> None:
        self.answers = list(answers)
        self.deaf: set[str] = set()
        self.sent: list[tuple[str, AlertMessage]] = []
        self.tried = 0

    async def carry(self, address: str, message: AlertMessage) -> Carried:
        self.tried += 1
        answer = self.answers.pop(0) if self.answers else Carried("timeout" if address in self.deaf else "sent")
        if answer.result == "sent":
            self.sent.append((address, message))
        return answer


class Desk:
    """A branch that is watched, with everybody who is told."""

    def __init__(self, branch: Branch, *rules: AlertRule, receivers: Mapping[str, Receiver] | None = None) -> None:
        self.branch, self.clock, self.post = branch, Clock(), Post()
        self.receivers = dict(receivers or {})
        self.told: list[Alert] = []
        self.tasks_told: list[Task] = []
        self.devices: list[DeviceState] = []
        branch.shop.clock = self.clock
        branch.shop.calendar = Calendar(self.clock, dt.timezone(dt.timedelta(hours=8)))
        self._rules = (*rules, *USUAL)
        self.restart()

    def restart(self) -> None:
        """As the process does: nothing but the file remembers."""
        self.watch = AlertWatch(
            self.branch.shop, self._rules, CountRules(), self.receivers,
            tell_alert=self.told.append, tell_task=self.tasks_told.append,
            devices=lambda: self.devices,
        )  # fmt: skip
        addresses = {name: address_of(name) for name in self.receivers}
        self.delivery = AlertDelivery(self.branch.shop, self.receivers, addresses, WORDS, self.post)

    async def look(self, *, after: int = 0) -> None:
        """Look once, so many milliseconds later."""
        self.clock.now += after
        await JournalFollower(self.branch.shop).catch_up()
        await self.watch.look()

    async def open(self) -> dict[AlertKind, Alert]:
        """What is open, the newest of each kind."""
        rows = await self.branch.ledger.read(lambda c: list_alerts(c, is_open=True, before=2**62, limit=100))
        return {row.kind: row for row in reversed(rows)}

    async def tasks(self, *, is_open: bool | None = True) -> list[Task]:
        """Follow-up tasks, newest first."""
        return await self.branch.ledger.read(lambda c: list_tasks(c, is_open=is_open, before=2**62, limit=100))
