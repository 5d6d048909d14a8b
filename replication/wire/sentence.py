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
        return self.with_words(fault, {})

    def with_words(self, fault: Fault, words: Mapping[str, Sentence]) -> Sentence:
        """The same, with facts that have a name in each language said by it."""
        facts = dict(fault.facts)
        for name in self._money.get(fault.code, ()):
            facts[name] = self.money(int(facts[name]))
        found = self._sentences[fault.code]
        en, zh = ({**facts, **{name: word[place] for name, word in words.items()}} for place in (0, 1))
        return Sentence(found.en.format(**en), found.zh.format(**zh))

    def money(self, minor: int) -> str:
        """An amount with its currency, such as `12.50 CNY`."""
        if not self._digits:
            return f"{minor} {self._currency}"
        major, rest = divmod(abs(minor), 10**self._digits)
        return f"{'-' if minor < 0 else ''}{major}.{rest:0{self._digits}d} {self._currency}"
