"""What a scanned code stands for: the same answer for a page that asks and for a scanner that pushes."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.params import QueryParameter

from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.roles import Role
from gateway.use_cases.resolve_scan import Resolved, resolve_scan
from gateway.web.branch import Branch
from gateway.web.sentences import SENTENCES
from replication.wire.quantity import format_quantity


class ScanFinding(msgspec.Struct, frozen=True):
    """Something to know about the code; `text` is the part of it that is meant."""

    code: str
    severity: str
    detail: str
    detail_zh: str
    text: str


class ScanResult(msgspec.Struct, frozen=True):
    """`item` is null for an unknown code. `quantity` is in `unit`, and given where the code carries or implies one."""

    item: str | None
    symbology: str
    findings: tuple[ScanFinding, ...]
    name: str | msgspec.UnsetType = msgspec.UNSET
    name_zh: str | msgspec.UnsetType = msgspec.UNSET
    unit: str | msgspec.UnsetType = msgspec.UNSET
    quantity: str | msgspec.UnsetType = msgspec.UNSET
    price: int | msgspec.UnsetType = msgspec.UNSET
    unit_price: int | msgspec.UnsetType = msgspec.UNSET
    weighed: bool | msgspec.UnsetType = msgspec.UNSET
    tracking: str | msgspec.UnsetType = msgspec.UNSET
    lot: str | msgspec.UnsetType = msgspec.UNSET
    expiry: str | msgspec.UnsetType = msgspec.UNSET
    serial: str | msgspec.UnsetType = msgspec.UNSET


def scan_result(resolved: Resolved) -> ScanResult:
    """A resolved scan as the contract shows it."""
    scan, item = resolved.scan, resolved.item
    findings = tuple(
        ScanFinding(found.code, found.severity.value, *SENTENCES[found.code], found.detail)
        for found in resolved.findings
    )
    return ScanResult(
        None if item is None else item.sku, scan.symbology, findings,
        name=_told(None if item is None else item.name), name_zh=_told(None if item is None else item.name_zh),
        unit=_told(None if item is None else resolved.unit or item.unit),
        quantity=_told(None if resolved.quantity is None else format_quantity(resolved.quantity)),
        price=_told(resolved.price), unit_price=_told(None if item is None else item.price),
        weighed=_told(None if item is None else item.weighed), tracking=_told(None if item is None else item.tracking.value), lot=_told(scan.lot), expiry=_told(scan.expiry),
        serial=_told(scan.serial),
    )  # fmt: skip


def _told(value: Any) -> Any:
    return msgspec.UNSET if value is None else value


def routes(branch: Branch) -> Sequence[Any]:
    """`GET /scan`."""

    @get("/api/v1/scan", tags=["items"], summary="What a code stands for", guards=[at_least(Role.CASHIER)])
    async def scan(
        code: Annotated[
            str, QueryParameter(description="The code as the scanner sent it, AIM identifier and GS included.")
        ],
    ) -> ScanResult:
        return scan_result(await resolve_scan(branch.shop, code))

    return [scan]
