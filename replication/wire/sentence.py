"""A finding as a sentence in both languages, with its own figures filled in. Knows no HTTP and no page."""

from collections.abc import Mapping
from typing import NamedTuple

from replication.wire.fault import Fault


class Sentence(NamedTuple):
    """One sentence; words in braces are facts of the finding."""

    en: str
    zh: str


class MoneySentences:
    """Sentences of one site. Facts named in `money` arrive as whole minor units and are written with its currency."""

    def __init__(
        self,
        sentences: Mapping[str, Sentence],
        money: Mapping[str, tuple[str, ...]],
        currency: str,
        minor_unit_digits: int,
    ) -> None:
        self._sentences = sentences
        self._money = money
        self._currency = currency
        self._digits = minor_unit_digits

    def of(self, fault: Fault) -> Sentence:
        """A finding in both languages."""
        facts = dict(fault.facts)
        for name in self._money.get(fault.code, ()):
            facts[name] = self.money(int(facts[name]))
        found = self._sentences[fault.code]
        return Sentence(found.en.format(**facts), found.zh.format(**facts))

    def money(self, minor: int) -> str:
        """An amount with its currency, such as `12.50 CNY`."""
        if not self._digits:
            return f"{minor} {self._currency}"
        major, rest = divmod(abs(minor), 10**self._digits)
        return f"{'-' if minor < 0 else ''}{major}.{rest:0{self._digits}d} {self._currency}"
