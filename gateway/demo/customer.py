"""What people do in a busy shop, one act at a time, through the public API and the simulated devices.

Blocking; every act ends within a few seconds. Decides nothing about stock: where the branch says no, goods are received.
"""

import http.client
import json
import random
import secrets
import threading
import time
from typing import Any, Final

from gateway.demo.branch_client import BranchClient, BranchSilent
from gateway.demo.goods import Good, goods
from gateway.demo.shop import make_document_id
from gateway.up.plan import HOST

# The till with the scale and the printer; the other is a till nobody watches, so that paper does not pile up.
WEIGHING_STATION: Final = "till-1"
OTHER_STATION: Final = "till-2"
LINES_MAX: Final = 6
# Goods are settled on the pan in half a second; a scale that takes longer is not answering.
READING_SECONDS_MAX: Final = 4.0
# Longer than several of the branch's heartbeats.
EVENTS_SECONDS_MAX: Final = 20.0
RETURNABLE_MAX: Final = 50
POSTED: Final = (200, 201)
# Notes people pay with, in fen.
NOTES: Final = (1000, 2000, 5000, 10000)


class Customer:
    """Everybody who buys in one branch."""

    def __init__(self, *, port: int, token: str, floor_port: int, chance: random.Random) -> None:
        """`floor_port` is where the branch's simulated devices answer."""
        self._branch = BranchClient(port, token)
        self._floor_port = floor_port
        self._chance = chance
        self._readings = Readings(port, token)
        self._readings.start()
        self._pieces = [good for good in goods() if not good.weighed]
        self._loose = [good for good in goods() if good.weighed]
        self._bought: list[tuple[str, str]] = []
        self._unanswered: tuple[str, dict[str, Any]] | None = None

    def act(self) -> None:
        """One thing a person does. Raises `BranchSilent`; the document then under way is sent again first."""
        if self._unanswered is not None:
            self._put(*self._unanswered)
            return
        acts = [self._buy, self._buy_weighed, self._buy_scanned, self._receive, self._bring_back]
        self._chance.choices(acts, weights=[70, 16, 8, 4, 2])[0]()

    def close(self) -> None:
        """Goes home."""
        self._readings.leave()
        self._branch.close()

    def _buy(self) -> None:
        chosen = self._chance.sample(self._pieces, self._chance.randint(1, LINES_MAX))
        self._sell([(good, str(self._chance.choice((1, 1, 1, 2, 3)))) for good in chosen], OTHER_STATION)

    def _buy_scanned(self) -> None:
        good = self._chance.choice([good for good in self._pieces if good.barcode])
        self._at_floor("/scan", {"code": good.barcode, "symbology": "ean13"})
        status, found = self._branch.ask("GET", f"/api/v1/scan?code={good.barcode}")
        if status == http.HTTPStatus.OK and found.get("item") == good.sku:
            self._sell([(good, "1")], WEIGHING_STATION)

    def _buy_weighed(self) -> None:
        good = self._chance.choice(self._loose)
        weight = f"{self._chance.randint(80, 2400) / 1000:.3f}"
        self._readings.forget()
        self._at_floor("/scale", {"weight": weight, "motion": False})
        try:
            found = self._readings.wait_for(weight)
            if found is not None:
                self._sell([(good, found[0])], WEIGHING_STATION, reading=found[1])
        finally:
            self._at_floor("/scale", {"weight": None, "motion": False})

    def _receive(self, wanted: list[Good] | None = None) -> None:
        chosen = wanted or self._chance.sample(self._pieces, 4)
        lines: list[dict[str, Any]] = [
            {"item": good.sku, "quantity": "2", "unit": "case"}
            if good.case_of
            else {"item": good.sku, "quantity": str(int(good.low_below) * 3)}
            for good in chosen
        ]
        self._put(new_id(), {"type": "goods_receipt", "lines": lines, "supplier": "Demo Wholesale · 演示批发"})

    def _bring_back(self) -> None:
        if not self._bought:
            return
        original, sku = self._bought.pop(self._chance.randrange(len(self._bought)))
        self._put(
            new_id(),
            {
                "type": "sale_return",
                "original": original,
                "station": OTHER_STATION,
                "lines": [{"item": sku, "quantity": "1"}],
            },
        )

    def _sell(self, lines: list[tuple[Good, str]], station: str, reading: str | None = None) -> None:
        total = sum(amount(good.price, quantity) for good, quantity in lines)
        kind = self._chance.choice(("cash", "cash", "qr", "card"))
        note = self._chance.choice(NOTES)
        paid = -(-total // note) * note if kind == "cash" else total
        body: dict[str, Any] = {
            "type": "sale",
            "station": station,
            "lines": [{"item": good.sku, "quantity": quantity} for good, quantity in lines],
            "tenders": [{"type": kind, "amount": paid}],
        }
        if reading is not None:
            body["lines"][0]["reading"] = reading
        sale = new_id()
        if self._put(sale, body):
            pieces = [good.sku for good, quantity in lines if not good.weighed and quantity == "1"]
            if pieces:
                self._bought = [*self._bought[-RETURNABLE_MAX:], (sale, pieces[0])]
        else:
            self._receive([good for good, _ in lines])

    def _put(self, document: str, body: dict[str, Any]) -> bool:
        """Whether it was posted. While the branch is silent the document is kept, to be sent again with the same id."""
        self._unanswered = (document, body)
        status, _ = self._branch.ask("PUT", f"/api/v1/documents/{document}", body)
        self._unanswered = None
        return status in POSTED

    def _at_floor(self, path: str, body: dict[str, Any]) -> None:
        connection = http.client.HTTPConnection(HOST, self._floor_port, timeout=READING_SECONDS_MAX)
        try:
            connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
            connection.getresponse().read()
        except (OSError, http.client.HTTPException) as refused:
            raise BranchSilent(f"the simulated devices do not answer: {refused}") from refused
        finally:
            connection.close()


class Readings(threading.Thread):
    """Listens to the branch's live events for stable weights, as the till page does."""

    def __init__(self, port: int, token: str) -> None:
        """A daemon: it ends with the process, whatever it waits for."""
        super().__init__(name="readings", daemon=True)
        self._port = port
        self._headers = {"Authorization": f"Bearer {token}"}
        self._changed = threading.Condition()
        self._last: tuple[str, str] | None = None
        self._leaving = threading.Event()

    def forget(self) -> None:
        """The next reading has to be a new one."""
        with self._changed:
            self._last = None

    def wait_for(self, weight: str) -> tuple[str, str] | None:
        """Weight and reading once the scale shows this much, or None when it does not in time."""
        wanted = thousandths(weight)
        with self._changed:
            shown = self._changed.wait_for(
                lambda: self._last is not None and thousandths(self._last[0]) == wanted, timeout=READING_SECONDS_MAX
            )
            return self._last if shown else None

    def leave(self) -> None:
        """Stops listening at the next event or heartbeat."""
        self._leaving.set()

    def run(self) -> None:
        """Follows the events, and starts anew whenever the branch went away."""
        while not self._leaving.is_set():
            connection = http.client.HTTPConnection(HOST, self._port, timeout=EVENTS_SECONDS_MAX)
            try:
                path = f"/api/v1/events?topics=weight&station={WEIGHING_STATION}"
                connection.request("GET", path, headers=self._headers)
                self._follow(connection.getresponse())
            except (OSError, http.client.HTTPException, ValueError):
                time.sleep(1.0)
            finally:
                connection.close()

    def _follow(self, events: http.client.HTTPResponse) -> None:
        topic = ""
        while not self._leaving.is_set() and (line := events.readline()):
            name, _, value = line.decode("utf-8").strip().partition(":")
            if name == "event":
                topic = value.strip()
            elif name == "data" and topic == "weight":
                event = json.loads(value)
                if event.get("reading") and event.get("weight"):
                    with self._changed:
                        self._last = (event["weight"], event["reading"])
                        self._changed.notify_all()


def new_id() -> str:
    """A fresh UUIDv7."""
    return str(make_document_id(time.time_ns() // 1_000_000, secrets.token_bytes(10)))


def thousandths(quantity: str) -> int:
    """A decimal string as a whole number of thousandths."""
    whole, _, places = quantity.partition(".")
    return int(whole) * 1000 + int(places.ljust(3, "0")[:3])


def amount(price: int, quantity: str) -> int:
    """Price times quantity, rounded half up."""
    return (price * thousandths(quantity) + 500) // 1000
