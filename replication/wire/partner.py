"""Suppliers and members: a journal event that moves nothing."""

import msgspec


class PartnerPut(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A supplier or a member was written down or changed, as the shop now has them; `kind` is the list they are in. They move
    nothing: the entry is kept so that a branch that is joined again has its lists."""

    kind: str
    code: str
    name: str
    name_zh: str | None
    phone: str | None
    note: str | None
    active: bool
    person: str
    posted_at: int
