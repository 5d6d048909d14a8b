"""What happened on another day: allowed unless a site's rule asks; a sale of a few hours ago is nobody's question."""

import datetime as dt
from collections.abc import Callable

import msgspec

from gateway.domain.calendar import Calendar
from gateway.domain.policy import GENERAL, Answer, Breach, PolicyRule, Role
from gateway.store.session import Posted
from gateway.use_cases.shop import Poster
from tests.store.conftest import START, Branch, Story
from tests.store.test_goods import codes, line, posted

CASHIER = Poster("wang", "cashier")
RULE = PolicyRule(Breach.BACK_DATING, Answer.APPROVE, Role.CASHIER)


def test_a_day_later_is_back_dated(tell: Callable[[Story], None]) -> None:
    async def story(branch: Branch) -> None:
        branch.shop.calendar = Calendar(lambda: START)
        await branch.item("cup")
        await posted(branch, "opening_balance", line("9", "cup"))

        async def sold(hours: int) -> list[str]:
            at = dt.datetime.fromtimestamp(START / 1000, dt.UTC) - dt.timedelta(hours=hours)
            body = {"type": "sale", "occurred_at": at.isoformat(), "lines": [line("1", "cup")]}
            outcome = await branch.post(body, None, CASHIER)
            return [] if isinstance(outcome, Posted) else codes(outcome)

        assert await sold(50) == []
        branch.shop.policy = msgspec.structs.replace(GENERAL, rules=(RULE,))
        assert await sold(23) == []
        assert await sold(25) == ["waits", "back_dating"]

    tell(story)
