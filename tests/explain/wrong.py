"""What any mistake is asked: does it book this delivery, this line of a customer, this morning in its own way?"""

from typing import Any, ClassVar

from tests.explain.month import Family, Month


class Wrong:
    """A mistake that is made once, from a day on. `visible` says how it comes to light."""

    answers: ClassVar[frozenset[str]]
    needs: ClassVar[frozenset[str]] = frozenset()
    counted: ClassVar[bool] = False
    """Whether only a count can show it, because the book is too high."""

    def __init__(self, day: int) -> None:
        self.day, self.done = day, False
        self.culprits: set[bytes] = set()
        self.made_at = 0

    def due(self, month: Month) -> bool:
        """Whether it is to happen now."""
        return not self.done and month.day >= self.day

    def made(self, month: Month, *documents: bytes) -> None:
        """It happened, with these documents."""
        self.done, self.made_at = True, month.day
        self.culprits |= set(documents)

    async def delivered(self, month: Month, family: Family, body: dict[str, Any]) -> bool:
        """Booked as it should be."""
        del month, family, body
        return False

    async def sold(self, month: Month, family: Family, line: dict[str, Any]) -> bool:
        """Booked as it should be."""
        del month, family, line
        return False

    async def morning(self, month: Month, family: Family) -> None:
        """Nothing."""


def of(body: dict[str, Any], sku: str) -> list[dict[str, Any]]:
    """A body's lines of an item."""
    return [line for line in body["lines"] if line["item"] == sku]
