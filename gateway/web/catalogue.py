"""All items for the till in one compact answer, built and compressed once per version and answered from memory.

Two pages that ask at once wait for one building of it.
"""

import asyncio
import gzip
from sqlite3 import Connection
from typing import Any, Final
from zlib import crc32

import msgspec

from admin_ui.serving.problem import Problem, make
from admin_ui.serving.raw import RawHandler, respond, send_problem
from admin_ui.serving.static import accepts_gzip
from gateway.domain.till_money import TillMoney
from gateway.store.items import catalogue_version, every_item
from gateway.web.branch import Branch
from replication.wire.item import Item
from replication.wire.quantity import format_quantity

GZIP_LEVEL: Final = 6
"""20,000 items: 0.1 s at this level, 0.5 s at the highest for 3 % less."""


class MoneyRules(msgspec.Struct, frozen=True):
    """What the site adds to the sum of a sale's lines: rates in basis points by tax class (`usual` for items that name none),
    whether prices hold the tax, and the smallest amount in minor units that cash pays."""

    rates: dict[str, int]
    usual: str
    inclusive: bool
    cash_unit: int


class Catalogue(msgspec.Struct, frozen=True):
    """What the till keeps. An item is [sku, name, name_zh, price, unit, weighed, category, category_zh, codes, packs], and its
    tax class where the site has taxes; a code [barcode, pack unit or null], a pack [unit, factor]. `money` is null where a
    total is the sum of its lines."""

    version: str
    currency: str
    minor_unit_digits: int
    money: MoneyRules | None
    items: list[tuple[Any, ...]]


class _Built(msgspec.Struct, frozen=True):
    version: str
    body: bytes
    compressed: bytes


def get_catalogue(branch: Branch) -> RawHandler:
    """`GET /catalogue`, with a strong ETag and 304."""
    building = asyncio.Lock()
    built: _Built | None = None

    async def current() -> _Built:
        nonlocal built
        async with building:
            known = None if built is None else built.version
            fresh = await branch.shop.ledger.read(lambda connection: _build(branch, connection, known))
            if fresh is not None:
                built = fresh
            assert built is not None, "an unknown version is always built"
            return built

    async def get_it(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001  (an ASGI application)
        caller = await branch.guard.require(scope)
        if isinstance(caller, Problem):
            await send_problem(send, caller)
            return
        if scope["method"] != "GET":
            await send_problem(send, make("method_not_allowed"))
            return
        catalogue = await current()
        packed = False
        none_match = b""
        for name, value in scope["headers"]:
            if name == b"accept-encoding":
                packed = accepts_gzip(value)
            elif name == b"if-none-match":
                none_match = value
        # A strong tag names the very bytes, so the compressed form has one of its own.
        etag = f'"{catalogue.version}{"-gzip" if packed else ""}"'.encode()
        headers = [(b"etag", etag), (b"vary", b"accept-encoding"), (b"cache-control", b"private, no-cache")]
        if etag in (tag.strip() for tag in none_match.split(b",")) or none_match.strip() == b"*":
            await send({"type": "http.response.start", "status": 304, "headers": headers})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        if packed:
            headers.append((b"content-encoding", b"gzip"))
        await respond(send, 200, catalogue.compressed if packed else catalogue.body, headers=headers)

    return get_it


def _build(branch: Branch, connection: Connection, known: str | None) -> _Built | None:
    """The catalogue as it now is, on a reader thread; None where `known` is still the newest."""
    rules = _rules(branch.shop.money)
    version = catalogue_version(connection)
    if rules is not None:
        # The rules stand in the site's settings: with others, the till must not keep what it has.
        version += f"-{crc32(msgspec.json.encode(rules, order='deterministic')):08x}"
    if version == known:
        return None
    site = branch.config.site
    catalogue = Catalogue(
        version, site.currency, branch.config.minor_unit_digits, rules,
        [(*_row(item), item.tax) if rules is not None and rules.rates else _row(item) for item in every_item(connection)],
    )  # fmt: skip
    body = msgspec.json.encode(catalogue)
    return _Built(version, body, gzip.compress(body, GZIP_LEVEL, mtime=0))


def _rules(money: TillMoney) -> MoneyRules | None:
    """None where there is nothing to say."""
    return None if money.is_plain else MoneyRules(dict(money.rates), money.usual, money.inclusive, money.cash_unit)


def _row(item: Item) -> tuple[Any, ...]:
    codes: list[tuple[str, str | None]] = [(code, None) for code in item.barcodes]
    codes += [(pack.barcode, pack.unit) for pack in item.packs if pack.barcode is not None]
    packs = [(pack.unit, format_quantity(pack.factor)) for pack in item.packs]
    return (
        item.sku, item.name, item.name_zh, item.price, item.unit, item.weighed, item.category, item.category_zh, codes, packs
    )  # fmt: skip
