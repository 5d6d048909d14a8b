"""Suppliers and members over HTTP: the same list twice, by code."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from litestar import get
from litestar.params import FromQuery

from admin_ui.serving.direct import Answer, Direct, ReadBody, problem_answer
from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.keyset import Page, decode_cursor, page_limit, page_of
from admin_ui.serving.problem import Problem
from admin_ui.serving.raw import Operation, RawRoute
from admin_ui.serving.roles import Role
from gateway.domain.import_goods import Partner, PartnerEntry, read_partner
from gateway.store.partners import MEMBER, SUPPLIER, list_partners
from gateway.use_cases.put_partner import put_partner
from gateway.web.branch import Branch
from gateway.web.change_asked import change_asked
from gateway.web.keys import CodeKey
from gateway.web.problems import refusal

EXAMPLE: Final = PartnerEntry("Riverside Tea Co.", "河滨茶业", "0571-5550100")
EXAMPLE_AT: Final = {"code": "riverside-tea"}

_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(PartnerEntry)


def routes(branch: Branch) -> Sequence[Any]:
    """`GET /suppliers` and `GET /members`."""

    async def page(kind: str, after: str | None, limit: int | None) -> Page[Partner]:
        start, most = decode_cursor(kind, after, CodeKey) or CodeKey(""), page_limit(limit)
        rows = await branch.shop.ledger.read(
            lambda connection: list_partners(connection, kind, after=start.code, limit=most + 1)
        )
        found = page_of(kind, rows, most, lambda row: CodeKey(row.code))
        return Page(found.rows, found.next)

    @get("/api/v1/suppliers", tags=["partners"], summary="Suppliers by code", guards=[at_least(Role.CASHIER)])
    async def suppliers(after: FromQuery[str | None] = None, limit: FromQuery[int | None] = None) -> Page[Partner]:
        return await page(SUPPLIER, after, limit)

    @get("/api/v1/members", tags=["partners"], summary="Members by code", guards=[at_least(Role.CASHIER)])
    async def members(after: FromQuery[str | None] = None, limit: FromQuery[int | None] = None) -> Page[Partner]:
        return await page(MEMBER, after, limit)

    return [suppliers, members]


def raw_routes(branch: Branch) -> list[RawRoute]:
    """`PUT /suppliers/{code}` and `PUT /members/{code}`."""
    return [
        RawRoute(f"/api/v1/{kind}/{{code:str}}", {
            "PUT": Operation(
                handler=_put(branch, kind),
                summary=f"Write a {one} down, or change what is written",
                name=f"put_{one}",
                tags=["partners"],
                request=PartnerEntry,
                request_example=EXAMPLE,
                responses={200: Partner, 422: Problem, 503: Problem},
            )
        }, EXAMPLE_AT)
        for kind, one in ((SUPPLIER, "supplier"), (MEMBER, "member"))
    ]  # fmt: skip


def _put(branch: Branch, kind: str) -> Direct:
    async def put(scope: Any, read: ReadBody) -> Answer:
        asked = await change_asked(branch, scope, read, _decoder, Role.MANAGER)
        if isinstance(asked, Problem):
            return problem_answer(asked)
        poster, entry = asked
        partner = read_partner(scope["path_params"]["code"], entry)
        if not isinstance(partner, Partner):
            return problem_answer(refusal(branch.sentences, 422, partner))
        person, at = poster.person, branch.shop.clock()
        await branch.shop.ledger.write(lambda session: put_partner(session, kind, partner, person=person, at=at))
        return Answer(200, _encode(partner))

    return Direct(put)
