"""The page of the simulated devices. Everything on it arrives as JSON, so it needs only its own title."""

from msgspec import Struct


class PrinterCard(Struct, frozen=True, kw_only=True):
    name: str
    kitchen: bool = False


class SimulatedDevicesPage(Struct, frozen=True, kw_only=True):
    branch: str
    branch_zh: str | None = None
    stations: tuple[str, ...] = ()
    printers: tuple[PrinterCard, ...] = ()
