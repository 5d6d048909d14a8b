"""What a site adds to the sum of a sale's lines: its taxes, and 抹零, which takes off what cash cannot pay.

Each rate's tax is computed of the whole document and rounded half up once, so that it does not depend on how goods are
spread over lines. A site without taxes and without 抹零 adds nothing, and its documents say nothing of either.
"""

from collections.abc import Mapping, Sequence

import msgspec

from gateway.domain.ledger_view import LedgerView
from replication.wire.events import PostedLine, TaxPart, Tender, TenderType

BASIS_POINTS = 10_000


class TillMoney(msgspec.Struct, frozen=True):
    """`rates` are basis points by tax class; a class nobody gave a rate has that of `usual`. `inclusive`: prices hold the tax.
    `cash_unit` is the smallest amount in minor units that a total paid in cash is brought down to. `currency` is the site's
    own, which every amount is in that names no other."""

    rates: Mapping[str, int] = {}
    usual: str = ""
    inclusive: bool = True
    cash_unit: int = 1
    currency: str = "CNY"

    @property
    def is_plain(self) -> bool:
        """Whether a total is the sum of its lines, and nothing more is said."""
        return not self.rates and self.cash_unit == 1

    def taxes(self, lines: Sequence[PostedLine], ledger: LedgerView) -> tuple[TaxPart, ...]:
        """The tax of each rate, lowest first."""
        sums: dict[int, int] = {}
        for line in lines:
            if line.is_added:
                continue  # is in the price of what it was made into
            rate = self.rate_of(line.item, ledger)
            sums[rate] = sums.get(rate, 0) + line.worth()
        return tuple(self.part(rate, amount) for rate, amount in sorted(sums.items()))

    def rate_of(self, sku: str, ledger: LedgerView) -> int:
        """Basis points of an item; 0 where the site has no taxes."""
        item = ledger.item(sku)
        class_ = self.usual if item is None or item.tax is None else item.tax
        return self.rates.get(class_, self.rates.get(self.usual, 0))

    def part(self, rate: int, amount: int) -> TaxPart:
        """The tax of so much at one rate, half a minor unit rounded up."""
        whole = BASIS_POINTS + rate if self.inclusive else BASIS_POINTS
        tax = (2 * amount * rate + whole) // (2 * whole)
        return TaxPart(rate, amount - tax if self.inclusive else amount, tax)

    def rounding(self, total: int, tenders: Sequence[Tender]) -> int:
        """What 抹零 adds to a total (never more than nothing), where cash is among what pays it."""
        pays_cash = any(tender.type is TenderType.CASH for tender in tenders)
        return -(total % self.cash_unit) if pays_cash and total > 0 else 0


PLAIN = TillMoney()
"""The general profile: prices include whatever tax there is, and cash pays every total."""
