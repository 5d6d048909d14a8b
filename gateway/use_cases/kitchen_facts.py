"""Which kitchen tickets did not come out on paper, or were not taken in time, as facts that alerts are decided by."""

import datetime as dt
import sqlite3

from gateway.domain.alerts import MINUTE_MILLISECONDS, AlertKind, Fact
from gateway.store.documents import load_document
from gateway.store.kitchen_tickets import late_tickets


def kitchen_facts(connection: sqlite3.Connection, now: int, zone: dt.tzinfo) -> list[Fact]:
    """One for each late ticket, with the minutes since it was late; times are told by the clocks of `zone`."""
    facts = []
    for ticket in late_tickets(connection):
        assert ticket.late_at is not None, "a late ticket knows since when"
        sold = load_document(connection, ticket.document)
        told = {
            "kitchen": ticket.kitchen, "number": "" if sold is None else sold.event.number,
            "time": f"{dt.datetime.fromtimestamp(ticket.made_at / 1000, zone):%H:%M}",
        }  # fmt: skip
        minutes = max(0, (now - ticket.late_at) // MINUTE_MILLISECONDS)
        facts.append(Fact(AlertKind.KITCHEN_TICKET, str(ticket.ticket), minutes, told))
    return facts
