"""The hand-written peer: FastAPI and sqlite3, one flushed transaction per request. No sign-in, journal or replication."""

import sqlite3
import sys
from decimal import Decimal

import uvicorn
from fastapi import FastAPI, Response
from pydantic import BaseModel

from tests.bench.sales import ITEMS, OPENING, sku

database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.executescript("""PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -8192; BEGIN;
    CREATE TABLE balances (sku TEXT PRIMARY KEY, quantity INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE documents (id TEXT PRIMARY KEY, type TEXT, station TEXT, occurred_at TEXT, total INTEGER, paid INTEGER);
    CREATE TABLE lines (document TEXT, line INT, sku TEXT, quantity INT, price INT, PRIMARY KEY (document, line)) WITHOUT ROWID;""")
database.executemany("INSERT INTO balances VALUES (?, ?)", [(sku(index), OPENING * 1000) for index in range(ITEMS)])
database.execute("COMMIT")
app = FastAPI(openapi_url=None)


class Line(BaseModel):
    item: str
    quantity: Decimal
    price: int


class Tender(BaseModel):
    amount: int


class Sale(BaseModel):
    type: str
    station: str
    occurred_at: str
    lines: list[Line]
    tenders: list[Tender]


@app.put("/api/v1/documents/{document}", status_code=201)
async def put(document: str, sale: Sale, response: Response) -> dict[str, str | int]:
    rows = [(document, n, line.item, int(line.quantity * 1000), line.price) for n, line in enumerate(sale.lines)]
    total = sum((price * quantity + 500) // 1000 for _, _, _, quantity, price in rows)
    paid = sum(tender.amount for tender in sale.tenders)
    try:
        database.execute("BEGIN IMMEDIATE")
        values = (document, sale.type, sale.station, sale.occurred_at, total, paid)
        database.execute("INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?)", values)
        database.executemany("INSERT INTO lines VALUES (?, ?, ?, ?, ?)", rows)
        database.executemany("UPDATE balances SET quantity = quantity - ? WHERE sku = ?", [row[3:1:-1] for row in rows])
        database.execute("COMMIT")
    except sqlite3.IntegrityError:
        database.execute("ROLLBACK")
        response.status_code = 200
    return {"id": document, "total": total, "change": paid - total}


uvicorn.run(app, port=int(sys.argv[2]), loop="uvloop", http="httptools", log_level="error", access_log=False)
