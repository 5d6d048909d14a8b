"""Write a supplier or a member down: an entry of the journal that moves nothing. The same content again makes no new one."""

from gateway.domain.import_goods import Partner
from gateway.store.partners import load_partner, note_partner
from gateway.store.session import LedgerSession
from replication.wire.partner import PartnerPut


def put_partner(session: LedgerSession, kind: str, partner: Partner, *, person: str, at: int) -> int | None:
    """Make or change one in the open transaction; answers the entry, None where nothing changed."""
    if load_partner(session.connection, kind, partner.code) == partner:
        return None
    event = PartnerPut(
        kind, partner.code, partner.name, partner.name_zh, partner.phone, partner.note, partner.active, person, at
    )
    seq = session.append_event(event)
    note_partner(session.connection, seq, event)
    return seq
