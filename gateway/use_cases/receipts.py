"""The shop's receipts: their layout now, and the paper of a document for a printer. The layout may be changed while selling."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from gateway.domain.kitchen import Kitchen
from gateway.store.documents import StoredDocument
from gateway.store.print_jobs import PrintJobRow
from gateway.use_cases.kitchen_paper import kitchen_paper
from gateway.use_cases.print_till_receipt import Letterhead, till_receipt
from gateway.use_cases.printing import Material
from gateway.use_cases.receipt_layout import ReceiptLayout, write_layout
from peripherals.print_job import PrintJob
from replication.wire.item import Item

COLUMNS_DEFAULT: Final = 48


class Receipts:
    """`columns` is a printer's width in characters, by its name."""

    def __init__(
        self, letterhead: Letterhead, columns: Mapping[str, int], folder: Path, kitchens: Sequence[Kitchen] = ()
    ) -> None:
        self._letterhead, self._columns, self._folder, self._kitchens = letterhead, columns, folder, kitchens

    @property
    def layout(self) -> ReceiptLayout:
        """As receipts are printed now."""
        return self._letterhead.layout

    def paper(self, material: Material, job: PrintJobRow) -> PrintJob:
        """One document for one printer: its till receipt, or its ticket for a kitchen."""
        columns = self._columns.get(job.printer, COLUMNS_DEFAULT)
        if material.ticket is not None:
            zone = self._letterhead.zone
            return kitchen_paper(material.document, material.items, material.ticket, self._kitchens, zone, columns)
        return till_receipt(material.document, material.items, self._letterhead, columns)

    def tried(
        self, layout: ReceiptLayout, document: StoredDocument, items: Mapping[str, Item], columns: int
    ) -> PrintJob:
        """The same with another layout, to be looked at."""
        return till_receipt(document, items, msgspec.structs.replace(self._letterhead, layout=layout), columns)

    async def change(self, layout: ReceiptLayout) -> None:
        """From now on, and after the next start. Raises `OSError`; then nothing has changed."""
        await asyncio.to_thread(write_layout, self._folder, layout)
        self._letterhead = msgspec.structs.replace(self._letterhead, layout=layout)
