"""What headquarters shows of a branch: stock with its as of, documents, items, branches; and live events of both."""

import http.client
import threading
from typing import Any

import pytest

from tests.contract.conftest import CASHIER, Site, eventually, new_id, sale


def test_a_sale_is_at_headquarters_a_moment_later(branch: Site, headquarters: Site) -> None:
    sku = branch.item(tracking="lot", name_zh="牛奶")
    lines = [{"item": sku, "quantity": "10", "lot": "A"}, {"item": sku, "quantity": "5", "lot": "B"}]
    received = branch.post({"type": "goods_receipt", "supplier": "Acme", "lines": lines}).json
    [row] = eventually(lambda: headquarters.rows(f"/stock?item={sku}"), "the stock")
    assert set(row) == {"branch", "item", "on_hand", "available", "in_transit", "as_of_seq", "as_of"}
    assert (row["branch"], row["on_hand"], row["available"], row["in_transit"]) == ("b001", "15.000", "15.000", "0.000")
    assert row["as_of_seq"] >= received["seq"]
    assert row["as_of"].endswith("Z")
    lots = headquarters.rows(f"/stock?item={sku}&detail=lot&branch=b001")
    assert [(lot["lot"], lot["on_hand"]) for lot in lots] == [("A", "10.000"), ("B", "5.000")]
    assert headquarters.rows(f"/stock?item={sku}&branch=b002") == []
    assert headquarters.ask("GET", "/stock?detail=shelf").status == 400

    assert received["id"] in [found["id"] for found in headquarters.rows("/documents?branch=b001&type=goods_receipt")]
    assert all({"id", "branch", "seq"} <= set(found) for found in headquarters.rows("/documents"))
    read = headquarters.ask("GET", f"/documents/{received['id'].upper()}", role=CASHIER).json
    assert (read["branch"], read["seq"], read["hash"]) == ("b001", received["seq"], received["hash"])
    assert headquarters.ask("GET", f"/items/{sku}", role=CASHIER).json["name_zh"] == "牛奶"

    def applied() -> Any:
        seen = branch.ask("GET", "/replication", role=CASHIER).json
        return seen if seen["applied_seq"] >= received["seq"] else None

    replication = eventually(applied, "the watermark")
    assert {"head_seq", "applied_seq", "durable_seq", "epoch", "lag_seconds", "state"} <= set(replication)
    assert replication["state"] == "current"
    [known] = headquarters.rows("/branches")
    assert {"applied_seq", "head_seq", "as_of", "state"} <= set(known)
    assert (known["branch"], known["state"]) == ("b001", "current")


class Stream:
    """An open event stream, read in a thread of its own."""

    def __init__(self, site: Site, query: str = "", last: str = "") -> None:
        self.events: list[dict[str, str]] = []
        self._connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)
        headers = {"Authorization": f"Bearer {site.token(CASHIER)}"} | ({"Last-Event-ID": last} if last else {})
        self._connection.request("GET", f"/api/v1/events{query}", headers=headers)
        self._socket = self._connection.sock
        self.answer = self._connection.getresponse()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        event: dict[str, str] = {}
        while line := self.answer.readline():
            name, _, value = line.decode().rstrip("\r\n").partition(": ")
            if name:
                event[name] = value
            elif event:
                self.events.append(event)
                event = {}

    def of(self, topic: str) -> list[dict[str, str]]:
        return [event for event in self.events if event.get("event") == topic]

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()


def test_events_are_pushed_and_a_page_that_comes_back_misses_none(branch: Site, headquarters: Site, rice: str) -> None:
    here, there, only = Stream(branch), Stream(headquarters), Stream(branch, "?topics=document")
    assert here.answer.getheader("content-type", "").startswith("text/event-stream")
    ids = [branch.post(sale(rice)).json["id"] for _ in range(2)]
    for stream in (here, only, there):
        eventually(lambda seen=stream: len(seen.of("document")) == 2, "both documents")
        assert [id_ in event["data"] for id_, event in zip(ids, stream.of("document"), strict=True)] == [True, True]
        assert all(event["id"].isdigit() for event in stream.of("document"))
    assert {event.get("event") for event in only.events} <= {None, "document"}
    eventually(
        lambda: here.of("stock") and here.of("replication") and there.of("stock") and there.of("branch"), "topics"
    )

    back = Stream(branch, "?topics=document", last=only.of("document")[0]["id"])
    eventually(lambda: back.of("document"), "what was missed")
    assert [event["id"] for event in back.of("document")] == [only.of("document")[1]["id"]]
    for lost in ("1", "99999999999999999", "nonsense"):
        resync = Stream(branch, "?topics=document", last=lost)
        eventually(lambda seen=resync: seen.of("resync"), f"resync after {lost}")
        resync.close()
    for stream in (here, there, only, back):
        stream.close()


@pytest.mark.parametrize("same", [True, False])
def test_eight_clients_with_the_same_ids_post_each_once(branch: Site, same: bool) -> None:
    sku = branch.item(stock="10000")
    ids, seen = [new_id() for _ in range(20)], []
    start = threading.Barrier(8)

    def post(client: int) -> None:
        start.wait()
        for document in ids:
            answer = branch.post(sale(sku, "1" if same else str(client + 1)), document)
            seen.append((document, answer.status, answer.json.get("seq")))

    clients = [threading.Thread(target=post, args=(client,)) for client in range(8)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    for document in ids:
        answers = sorted(status for id_, status, _ in seen if id_ == document)
        assert answers == ([200] * 7 + [201] if same else [201] + [409] * 7)
        if same:
            assert len({seq for id_, _, seq in seen if id_ == document}) == 1
    if same:
        assert branch.stock(sku) == {"shop": "9980.000"}
