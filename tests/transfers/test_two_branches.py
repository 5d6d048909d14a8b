"""Two real branches, headquarters and a NATS server: goods go out, arrive short, and every figure is right everywhere."""

import json
import os
import re
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from http.client import HTTPException
from typing import Any

import psutil
import pytest

from tests.whole_shop import WholeShop, ask

SECONDS_MAX = 40.0
"""Headquarters is restarted within two seconds; the rest is room for a busy machine."""

A_SCAN_SECONDS = 0.02
"""Between two receipts: below the rate a site answers, and so few that they never end within SECONDS_MAX."""


class Office:
    """The running shop with a token for each site."""

    def __init__(self, shop: WholeShop) -> None:
        self.shop = shop
        self.tokens = {site: shop.token(site) for site in ("b001", "b002", "hq")}
        self.ports = {"b001": shop.branch_port, "b002": shop.branch_port + 1, "hq": shop.hq_port}

    def get(self, site: str, path: str) -> Any:
        status, answer = ask(self.ports[site], self.tokens[site], "GET", path)
        assert status == 200, answer
        return answer

    def post(self, site: str, body: dict[str, Any], id_: str | None = None) -> dict[str, Any]:
        path = f"/documents/{id_ or uuid.uuid4()}"
        status, answer = ask(self.ports[site], self.tokens[site], "PUT", path, body)
        assert status == 201, answer
        return answer  # type: ignore[no-any-return]

    def transfer(self, site: str, id_: str) -> dict[str, Any]:
        """A transfer as a site knows it; empty where it does not."""
        status, answer = ask(self.ports[site], self.tokens[site], "GET", f"/transfers/{id_}")
        return answer if status == 200 else {}

    def figures(self, branch: str, item: str) -> dict[str, Any]:
        """Headquarters' figure of an item at a branch."""
        rows = self.get("hq", f"/stock?item={item}&branch={branch}")["rows"]
        return rows[0] if rows else {"on_hand": None, "in_transit": None}

    def on_hand(self, branch: str, item: str, location: str = "shop") -> str:
        rows = self.get(branch, f"/stock?item={item}&location={location}")["rows"]
        return rows[0]["on_hand"] if rows else "0.000"

    def headquarters(self) -> psutil.Process:
        """The process that serves headquarters."""
        for process in psutil.process_iter(["cmdline"]):
            line = process.info["cmdline"] or []
            if "headquarters" in line and any(str(self.shop.home) in part for part in line):
                return process
        raise AssertionError("headquarters does not run")


def wait_for(what: str, so: Callable[[], bool]) -> None:
    """Until it is so; a site that does not answer just now is asked again."""
    until, last = time.monotonic() + SECONDS_MAX, ""
    while time.monotonic() < until:
        try:
            if so():
                return
            last = "not so yet"
        except (OSError, HTTPException, AssertionError, json.JSONDecodeError) as error:
            last = repr(error)
        time.sleep(0.1)
    raise AssertionError(f"{what}: {last}")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One shop for the tests of this file; each uses an item of its own."""
    shop = WholeShop(tmp_path_factory.mktemp("transfers") / "home", branches=2, options=("--empty",))
    shop.start()
    try:
        yield Office(shop)
        checked = shop.verify()
        assert checked.returncode == 0, checked.stdout
    finally:
        shop.stop()


def stock_up(office: Office, item: str) -> None:
    """Both branches know the item; the first has 100 kg of it."""
    for branch in ("b001", "b002"):
        body = {"name": item, "unit": "kg", "price": 500}
        status, answer = ask(office.ports[branch], office.tokens[branch], "PUT", f"/items/{item}", body)
        assert status in (200, 201), answer
    office.post("b001", {"type": "opening_balance", "lines": [{"item": item, "quantity": "100"}]})


def send(office: Office, item: str, quantity: str = "30") -> str:
    """A transfer out from the first branch to the second; answers its id."""
    transfer = str(uuid.uuid4())
    body = {"type": "transfer_out", "to_branch": "b002", "lines": [{"item": item, "quantity": quantity}]}
    assert re.fullmatch(r"TO-\d{6}", office.post("b001", body, transfer)["number"])
    return transfer


def receive(office: Office, transfer: str, item: str, good: str, **differences: str) -> None:
    """A transfer in at the second branch."""
    variance = [{"reason": reason, "quantity": quantity} for reason, quantity in differences.items()]
    line = {"item": item, "quantity": good} | ({"variance": variance} if variance else {})
    office.post("b002", {"type": "transfer_in", "transfer": transfer, "lines": [line]})


def test_thirty_sent_twenty_eight_received_two_short(office: Office) -> None:
    """On the way until received, then nothing; the shelf, the missing goods and headquarters agree to the gram."""
    stock_up(office, "flour")
    transfer = send(office, "flour")
    wait_for("the advice", lambda: office.transfer("b002", transfer).get("state") == "in_transit")
    wait_for("on its way", lambda: office.figures("b002", "flour")["in_transit"] == "30.000")
    assert office.figures("b002", "flour")["on_hand"] == "0.000"
    receive(office, transfer, "flour", "28", short="2")
    wait_for("received", lambda: office.transfer("hq", transfer).get("state") == "received")
    wait_for("told", lambda: office.transfer("b001", transfer).get("state") == "received")
    assert office.transfer("b002", transfer)["state"] == "received"
    assert office.figures("b002", "flour")["in_transit"] == "0.000"
    assert office.figures("b002", "flour")["on_hand"] == office.on_hand("b002", "flour") == "28.000"
    assert office.figures("b001", "flour")["on_hand"] == office.on_hand("b001", "flour") == "70.000"
    assert office.on_hand("b002", "flour", "transfer-short") == "2.000"
    (line,) = office.transfer("hq", transfer)["lines"]
    told = {name: line[name] for name in ("dispatched", "received", "short", "over", "damaged", "in_transit")}
    assert list(told.values()) == ["30.000", "28.000", "2.000", "0.000", "0.000", "0.000"]
    lists = [office.get(site, "/transfers?state=received")["rows"][0]["transfer"] for site in ("b001", "b002", "hq")]
    assert lists == [transfer] * 3


def test_a_cut_in_the_middle_changes_nothing(office: Office) -> None:
    """Headquarters is killed with the goods on their way and received while it is gone: the end is the same."""
    stock_up(office, "rice")
    transfer = send(office, "rice")
    wait_for("the advice", lambda: office.transfer("b002", transfer).get("state") == "in_transit")
    os.kill(office.headquarters().pid, signal.SIGKILL)
    receive(office, transfer, "rice", "20")
    receive(office, transfer, "rice", "8", short="2")
    wait_for("received", lambda: office.transfer("hq", transfer).get("state") == "received")
    wait_for("told", lambda: office.transfer("b001", transfer).get("state") == "received")
    assert office.figures("b002", "rice")["in_transit"] == "0.000"
    assert (office.on_hand("b001", "rice"), office.on_hand("b002", "rice")) == ("70.000", "28.000")


def test_goods_received_from_a_paper_note_while_headquarters_is_gone(office: Office) -> None:
    """No advice has arrived; the receipt is legal, and headquarters joins the two when it is back."""
    stock_up(office, "salt")
    os.kill(office.headquarters().pid, signal.SIGKILL)
    transfer = send(office, "salt")
    receive(office, transfer, "salt", "30")
    wait_for("joined", lambda: office.transfer("hq", transfer).get("state") == "received")
    wait_for("the advice", lambda: office.transfer("b002", transfer).get("from") == "b001")
    assert office.figures("b002", "salt")["on_hand"] == "30.000"


def test_what_was_not_received_comes_back_on_request(office: Office) -> None:
    """Ten of thirty arrive, the sender cancels: twenty are its own again, by a document of its own, and no more can be
    received."""
    stock_up(office, "sugar")
    transfer = send(office, "sugar")
    wait_for("the advice", lambda: office.transfer("b002", transfer).get("state") == "in_transit")
    receive(office, transfer, "sugar", "10")
    status, answer = ask(
        office.ports["b001"], office.tokens["b001"], "POST", f"/transfers/{transfer}/cancel", {"reason": "wrong sugar"}
    )
    assert status == 202, answer
    wait_for("back", lambda: office.transfer("b001", transfer).get("state") == "cancelled")
    wait_for("known", lambda: office.transfer("hq", transfer).get("state") == "cancelled")
    assert office.on_hand("b001", "sugar") == "90.000"
    (document,) = office.transfer("b001", transfer)["documents"]
    assert office.get("b001", f"/documents/{document}")["person"] == "headquarters"
    assert office.transfer("b002", transfer)["state"] == "cancelled"
    assert office.figures("b002", "sugar")["in_transit"] == "0.000"
    body = {"type": "transfer_in", "transfer": transfer, "lines": [{"item": "sugar", "quantity": "20"}]}
    status, answer = ask(office.ports["b002"], office.tokens["b002"], "PUT", f"/documents/{uuid.uuid4()}", body)
    assert (status, answer["errors"][0]["code"]) == (422, "transfer_released")


def test_goods_are_taken_gram_by_gram_while_the_sender_cancels_and_headquarters_dies(office: Office) -> None:
    """The release and the receipts are one order, the receiver's: each gram is taken or comes back, and all sites agree."""
    stock_up(office, "pepper")
    transfer = send(office, "pepper")
    wait_for("the advice", lambda: office.transfer("b002", transfer).get("state") == "in_transit")
    body = {"type": "transfer_in", "transfer": transfer, "lines": [{"item": "pepper", "quantity": "0.010"}]}
    taken, until = 0, time.monotonic() + SECONDS_MAX
    while True:
        status, answer = ask(office.ports["b002"], office.tokens["b002"], "PUT", f"/documents/{uuid.uuid4()}", body)
        if status != 201 or time.monotonic() > until:
            break
        taken += 10
        if taken == 30:
            path = f"/transfers/{transfer}/cancel"
            assert ask(office.ports["b001"], office.tokens["b001"], "POST", path, {"reason": "too late"})[0] == 202
            os.kill(office.headquarters().pid, signal.SIGKILL)
        time.sleep(A_SCAN_SECONDS)
    assert status == 422, answer
    assert answer["errors"][0]["code"] == "transfer_released"
    for site in ("b001", "b002", "hq"):
        wait_for(site, lambda site=site: office.transfer(site, transfer).get("state") == "cancelled")  # type: ignore[misc]
    assert 30 <= taken < 30_000
    assert office.on_hand("b002", "pepper") == f"{taken / 1000:.3f}"
    assert office.on_hand("b001", "pepper") == f"{100 - taken / 1000:.3f}"
    (line,) = office.transfer("hq", transfer)["lines"]
    assert (line["returned"], line["in_transit"]) == (f"{30 - taken / 1000:.3f}", "0.000")


def test_a_branch_headquarters_never_met_is_seen_and_cannot_keep_the_goods(office: Office) -> None:
    """Kept and visible at headquarters as unknown; a cancel needs nobody to be asked."""
    stock_up(office, "oil")
    transfer = str(uuid.uuid4())
    office.post(
        "b001", {"type": "transfer_out", "to_branch": "b777", "lines": [{"item": "oil", "quantity": "9"}]}, transfer
    )
    wait_for("there", lambda: office.transfer("hq", transfer).get("to_known") is False)
    assert office.transfer("hq", transfer)["state"] == "in_transit"
    path = f"/transfers/{transfer}/cancel"
    assert ask(office.ports["b001"], office.tokens["b001"], "POST", path, {"reason": "no such branch"})[0] == 202
    wait_for("back", lambda: office.transfer("b001", transfer).get("state") == "cancelled")
    assert office.on_hand("b001", "oil") == "100.000"
    assert "b777" not in [row["branch"] for row in office.get("hq", "/branches")["rows"]]


def test_nobody_receives_more_than_was_sent_unawares(office: Office) -> None:
    """Beyond what is open is refused, unless it is said to be over."""
    stock_up(office, "tea")
    transfer = send(office, "tea", "5")
    wait_for("the advice", lambda: office.transfer("b002", transfer).get("state") == "in_transit")
    body = {"type": "transfer_in", "transfer": transfer, "lines": [{"item": "tea", "quantity": "6"}]}
    status, answer = ask(office.ports["b002"], office.tokens["b002"], "PUT", f"/documents/{uuid.uuid4()}", body)
    assert (status, answer["errors"][0]["code"]) == (422, "more_than_open")
    receive(office, transfer, "tea", "6", over="1")
    wait_for("received", lambda: office.transfer("hq", transfer).get("state") == "received")
    assert office.figures("b002", "tea")["on_hand"] == "6.000"
