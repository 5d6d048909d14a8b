"""FastAPI with SQLAlchemy's ORM on SQLite, as its tutorial has it: a session per request, one flushed transaction."""

import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI
from pydantic import BaseModel
from sqlalchemy import ForeignKey, create_engine, event, insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from tests.bench.sales import ITEMS, OPENING, sku


class Base(DeclarativeBase):
    """All tables."""


class Balance(Base):
    """Stock of an item."""

    __tablename__ = "balances"
    sku: Mapped[str] = mapped_column(primary_key=True)
    quantity: Mapped[int]


class Line(Base):
    """A line of a document."""

    __tablename__ = "lines"
    document: Mapped[str] = mapped_column(ForeignKey("documents.id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    sku: Mapped[str]
    quantity: Mapped[int]
    price: Mapped[int]


class Document(Base):
    """A sale."""

    __tablename__ = "documents"
    id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    station: Mapped[str]
    occurred_at: Mapped[str]
    total: Mapped[int]
    paid: Mapped[int]
    lines: Mapped[list[Line]] = relationship()


class LineBody(BaseModel):
    item: str
    quantity: Decimal
    price: int


class TenderBody(BaseModel):
    amount: int


class SaleBody(BaseModel):
    type: str
    station: str
    occurred_at: str
    lines: list[LineBody]
    tenders: list[TenderBody]


engine = create_engine(f"sqlite:///{sys.argv[1]}", connect_args={"timeout": 60})


@event.listens_for(engine, "connect")
def prepare(connection: object, _record: object) -> None:
    """Durable, and each transaction takes the write lock at its beginning."""
    connection.isolation_level = None  # type: ignore[attr-defined]
    connection.execute("PRAGMA journal_mode = WAL")  # type: ignore[attr-defined]
    connection.execute("PRAGMA synchronous = FULL")  # type: ignore[attr-defined]


@event.listens_for(engine, "begin")
def begin(connection: object) -> None:
    """SQLite's own default would fail where two writers meet."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")  # type: ignore[attr-defined]


Base.metadata.create_all(engine)
with Session(engine) as first:
    first.execute(insert(Balance), [{"sku": sku(index), "quantity": OPENING * 1000} for index in range(ITEMS)])
    first.commit()
app = FastAPI(openapi_url=None)


def session() -> Iterator[Session]:
    """One per request."""
    with Session(engine) as opened:
        yield opened


@app.put("/api/v1/documents/{document}", status_code=201)
def put(document: str, sale: SaleBody, opened: Annotated[Session, Depends(session)]) -> dict[str, str | int]:
    """Post a sale."""
    rows = [
        Line(line=number, sku=line.item, quantity=int(line.quantity * 1000), price=line.price)
        for number, line in enumerate(sale.lines)
    ]
    total = sum((row.price * row.quantity + 500) // 1000 for row in rows)
    paid = sum(tender.amount for tender in sale.tenders)
    found = opened.scalars(select(Balance).where(Balance.sku.in_({row.sku for row in rows})))
    balances = {balance.sku: balance for balance in found}
    for row in rows:
        balances[row.sku].quantity -= row.quantity
    opened.add(
        Document(
            id=document, type=sale.type, station=sale.station, occurred_at=sale.occurred_at, total=total, paid=paid, lines=rows
        )
    )  # fmt: skip
    opened.commit()
    return {"id": document, "total": total, "change": paid - total}


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[2]), loop="uvloop", http="httptools", log_level="error", access_log=False)
