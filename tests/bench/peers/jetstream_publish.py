"""The plain way to headquarters: one JetStream message per sale, and a consumer that writes each in a transaction of its own.

    python -m tests.bench.peers.jetstream_publish NATS_URL DATABASE SALES PAUSE_SECONDS        JSON on stdout

The publisher awaits each acknowledgement (the server flushes before it gives one); the consumer runs at the same time in
a process of its own, flushes its commit, and acknowledges. The same rows as the hand-written HTTP peer.
"""

import asyncio
import sqlite3
import subprocess
import sys
import time
from decimal import Decimal

import msgspec
import nats
import uvloop
from nats.js.api import ConsumerConfig, StorageType

from tests.bench.figures import percentile
from tests.bench.sales import ITEMS, OPENING, Sale, sales, sku

STREAM, SUBJECT = "PEER", "peer.sales"
FETCH_MAX = 64
COMMAND = (sys.executable, "-m", "tests.bench.peers.jetstream_publish")


class Line(msgspec.Struct):
    """A line of the body."""

    item: str
    quantity: Decimal
    price: int


class Received(msgspec.Struct):
    """What the consumer reads."""

    station: str
    lines: list[Line]


_decode = msgspec.json.Decoder(Received).decode


def open_database(path: str) -> sqlite3.Connection:
    """Headquarters' rows of this peer."""
    database = sqlite3.connect(path, isolation_level=None)
    database.executescript("""PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; BEGIN;
        CREATE TABLE balances (sku TEXT PRIMARY KEY, quantity INT) WITHOUT ROWID;
        CREATE TABLE documents (id TEXT PRIMARY KEY, station TEXT, total INT) WITHOUT ROWID;
        CREATE TABLE lines (document TEXT, line INT, sku TEXT, quantity INT, price INT, PRIMARY KEY (document, line))
            WITHOUT ROWID;""")
    database.executemany("INSERT INTO balances VALUES (?, ?)", [(sku(index), OPENING * 1000) for index in range(ITEMS)])
    database.execute("COMMIT")
    return database


def apply(database: sqlite3.Connection, identity: str, body: bytes) -> None:
    """One sale, one flushed transaction."""
    sale = _decode(body)
    rows = [(identity, n, line.item, int(line.quantity * 1000), line.price) for n, line in enumerate(sale.lines)]
    total = sum((cost * quantity + 500) // 1000 for _, _, _, quantity, cost in rows)
    database.execute("BEGIN IMMEDIATE")
    database.execute("INSERT OR IGNORE INTO documents VALUES (?, ?, ?)", (identity, sale.station, total))
    database.executemany("INSERT OR IGNORE INTO lines VALUES (?, ?, ?, ?, ?)", rows)
    database.executemany("UPDATE balances SET quantity = quantity - ? WHERE sku = ?", [row[3:1:-1] for row in rows])
    database.execute("COMMIT")


async def consume(url: str, path: str, count: int) -> None:
    """Headquarters' half: until `count` sales are in the database."""
    database = open_database(path)
    line = await nats.connect(url)
    stream = line.jetstream()
    await stream.add_stream(name=STREAM, subjects=[SUBJECT], storage=StorageType.FILE)
    puller = await stream.pull_subscribe(SUBJECT, "peer", config=ConsumerConfig(max_ack_pending=1000))
    print("ready", flush=True)
    lags: list[float] = []
    while len(lags) < count:
        try:
            messages = await puller.fetch(FETCH_MAX, timeout=5)
        except nats.errors.TimeoutError:
            continue
        for message in messages:
            told = message.headers or {}
            apply(database, told["Nats-Msg-Id"], message.data)
            lags.append(time.monotonic() - float(told["Sent"]))
            await message.ack()
    await line.drain()
    print(msgspec.json.encode((percentile(lags, 50) * 1e3, percentile(lags, 99) * 1e3)).decode(), flush=True)


async def publish(url: str, taken: list[Sale], pause: float) -> float:
    """The branch's half: the seconds it took."""
    line = await nats.connect(url)
    stream = line.jetstream()
    begun = time.perf_counter()
    for sale in taken:
        # One machine, one monotonic clock: the consumer may subtract.
        await stream.publish(SUBJECT, sale.body, headers={"Nats-Msg-Id": sale.id_text, "Sent": str(time.monotonic())})
        if pause:
            await asyncio.sleep(pause)
    took = time.perf_counter() - begun
    await line.drain()
    return took


def main(url: str, path: str, count: int, pause: float) -> dict[str, float]:
    """Both halves, and the clock."""
    taken = list(sales(count))
    consumer = subprocess.Popen([*COMMAND, url, path, str(count), "consume"], stdout=subprocess.PIPE)
    assert consumer.stdout is not None
    consumer.stdout.readline()
    begun, cpu = time.perf_counter(), time.process_time()
    published = uvloop.run(publish(url, taken, pause))
    spent = time.process_time() - cpu
    said = consumer.stdout.readline()
    if consumer.wait() != 0:
        raise SystemExit("the peer's consumer failed")
    lag = msgspec.json.decode(said, type=tuple[float, float])
    took = time.perf_counter() - begun
    return {
        "publish_rate": count / published,
        "rate": count / took,
        "seconds": took,
        "cpu_us": spent / count * 1e6,
        "lag_p50_ms": lag[0],
        "lag_p99_ms": lag[1],
        "wire_bytes": sum(len(sale.body) for sale in taken) / count,
    }


if __name__ == "__main__":
    if "consume" in sys.argv:
        uvloop.run(consume(sys.argv[1], sys.argv[2], int(sys.argv[3])))
    else:
        print(msgspec.json.encode(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))).decode())
