"""What is raised reaches everybody who wants it, once: after a dead line, a restart, and the night."""

from collections.abc import Callable

import pytest

from gateway.domain.alerts import AlertKind, Decision, Fact, Raised, Severity
from gateway.domain.telling import LINES_MAX, QUEUE_MAX, Quiet, Receiver
from gateway.store.alerts import keep_decision
from gateway.store.deliveries import count_waiting, forget_others, tries_of
from gateway.use_cases.messenger import Carried
from tests.store.alert_desk import HOUR, MINUTE, WORDS, Desk, address_of
from tests.store.conftest import Branch, Story

Tell = Callable[[Story], None]
FAILED = Carried("failed", "http 502")
CHEN = Receiver("chen", language="en")


async def raised(desk: Desk, *subjects: str, severity: Severity = Severity.WARNING) -> None:
    """Alerts as the watch raises them, all at once."""
    facts = [
        Fact(AlertKind.OUT_OF_STOCK, one, 1, {"item": one, "name": f"Item {one}", "name_zh": f"商品{one}"})
        for one in subjects
    ]
    decision = Decision(tuple(Raised(fact, severity) for fact in facts))
    await desk.branch.ledger.write(
        lambda session: keep_decision(session.connection, decision, desk.clock.now, desk.receivers)
    )


async def waiting(desk: Desk, name: str = "chen") -> int:
    """How many alerts a receiver waits for."""
    return await desk.branch.ledger.read(lambda c: count_waiting(c, name))


def test_what_is_raised_together_is_one_message_and_sent_once(tell: Tell) -> None:
    async def story(branch: Branch) -> None:
        desk = Desk(branch, receivers={"chen": CHEN})
        await raised(desk, "tea", "soap")
        await desk.delivery.deliver_due()
        ((address, message),) = desk.post.sent
        assert address == address_of("chen")
        assert message.title == "Riverside store: 2 alerts"
        assert (
            message.body
            == "[Warning] Out of stock: Item tea: none left.\n[Warning] Out of stock: Item soap: none left."
        )
        desk.restart()
        await raised(desk, "tea")
        await desk.delivery.deliver_due()
        assert len(desk.post.sent) == 1

    tell(story)


def test_each_is_told_in_their_language_and_only_what_they_want(tell: Tell) -> None:
    async def story(branch: Branch) -> None:
        people = {
            "lin": Receiver("lin", language="zh"), "both": Receiver("both"), "boss": Receiver("boss", least=Severity.URGENT),
        }  # fmt: skip
        desk = Desk(branch, receivers=people)
        await raised(desk, "tea")
        await desk.delivery.deliver_due()
        sent = dict(desk.post.sent)
        assert set(sent) == {address_of("lin"), address_of("both")}
        assert sent[address_of("both")].title == "河滨店：缺货 · Riverside store: Out of stock"
        assert sent[address_of("lin")].title == "河滨店：缺货"
        assert sent[address_of("lin")].body == "[警告] 缺货：商品tea：已无库存。"

    tell(story)


def test_a_dead_line_is_tried_again_later_and_later_and_nothing_is_lost(tell: Tell) -> None:
    """After 30 s, a minute, two; over a restart; and what is raised meanwhile goes along."""

    async def story(branch: Branch) -> None:
        desk = Desk(branch, receivers={"chen": CHEN})
        desk.post.answers = [FAILED] * 3
        await raised(desk, "tea")
        for pause, tried in ((0, 1), (29, 1), (1, 2), (59, 2), (1, 3), (119, 3)):
            desk.clock.now += pause * 1000
            desk.restart()
            await desk.delivery.deliver_due()
            assert desk.post.tried == tried
        state = await branch.ledger.read(lambda c: tries_of(c, "chen"))
        assert (state.tries, state.error, state.sent_at) == (3, "failed http 502", None)
        await raised(desk, "soap")
        desk.clock.now += 1000
        await desk.delivery.deliver_due()
        assert [message.body.count("\n") + 1 for _, message in desk.post.sent] == [2]
        state = await branch.ledger.read(lambda c: tries_of(c, "chen"))
        assert (state.tries, state.error, state.sent_at) == (0, "", desk.clock.now)

    tell(story)


def test_a_clock_that_was_set_back_does_not_silence_anybody(tell: Tell) -> None:
    async def story(branch: Branch) -> None:
        desk = Desk(branch, receivers={"chen": CHEN})
        desk.post.answers = [FAILED]
        await raised(desk, "tea")
        await desk.delivery.deliver_due()
        desk.clock.now -= 1000 * HOUR
        await desk.delivery.deliver_due()
        assert len(desk.post.sent) == 1

    tell(story)


def test_the_night_ends_with_one_summary(tell: Tell) -> None:
    """Half past eight in the evening at the site: quiet until seven. What presses is told at once, the rest afterwards."""

    async def story(branch: Branch) -> None:
        quiet = Quiet(20 * 60, 7 * 60)
        desk = Desk(branch, receivers={"chen": Receiver("chen", language="en", quiet=quiet)})
        desk.clock.now = 1_795_000_000_000 // 86_400_000 * 86_400_000 + 12 * HOUR + 30 * MINUTE
        await raised(desk, "tea")
        await desk.delivery.deliver_due()
        assert desk.post.sent == []
        await raised(desk, "fridge", severity=Severity.URGENT)
        await desk.delivery.deliver_due()
        assert [message.body for _, message in desk.post.sent] == ["[Urgent] Out of stock: Item fridge: none left."]
        desk.clock.now += 10 * HOUR
        await raised(desk, "soap")
        await desk.delivery.deliver_due()
        assert len(desk.post.sent) == 1
        desk.clock.now += 30 * MINUTE
        await desk.delivery.deliver_due()
        assert [message.title for _, message in desk.post.sent[1:]] == ["Riverside store: 2 alerts"]

    tell(story)


def test_beyond_the_bound_the_oldest_are_counted_and_said(tell: Tell) -> None:
    """250 alerts while the line is down: the message tells the newest in full and how many more there were. None is missing."""

    async def story(branch: Branch) -> None:
        desk = Desk(branch, receivers={"chen": CHEN})
        desk.post.answers = [FAILED]
        await raised(desk, *[f"i{number}" for number in range(QUEUE_MAX + 50)])
        assert await waiting(desk) == QUEUE_MAX + 50
        await desk.delivery.deliver_due()
        assert await waiting(desk) == QUEUE_MAX + 50
        desk.clock.now += 30_000
        await desk.delivery.deliver_due()
        ((_, message),) = desk.post.sent
        lines = message.body.splitlines()
        assert (len(lines), message.title) == (LINES_MAX + 1, f"Riverside store: {QUEUE_MAX + 50} alerts")
        assert lines[-2].endswith(f"Item i{QUEUE_MAX + 49}: none left.")
        assert lines[-1] == f"And {QUEUE_MAX + 50 - LINES_MAX} more: Out of stock {QUEUE_MAX + 50 - LINES_MAX}."
        assert await waiting(desk) == 0

    tell(story)


def test_what_is_over_by_the_time_it_is_told_says_so(tell: Tell) -> None:
    async def story(branch: Branch) -> None:
        desk = Desk(branch, receivers={"chen": CHEN})
        await raised(desk, "tea")
        over = Decision(cleared=((AlertKind.OUT_OF_STOCK, "tea"),))
        await branch.ledger.write(lambda s: keep_decision(s.connection, over, desk.clock.now, desk.receivers))
        await desk.delivery.deliver_due()
        assert desk.post.sent[0][1].body.endswith("none left. (over by now)")

    tell(story)


def test_one_who_hangs_holds_up_nobody_else(tell: Tell) -> None:
    """The first of three does not answer: the other two are told."""

    async def story(branch: Branch) -> None:
        people = {name: Receiver(name, language="en") for name in ("a", "b", "c")}
        desk = Desk(branch, receivers=people)
        desk.post.deaf = {address_of("a")}
        await raised(desk, "tea")
        await desk.delivery.deliver_due()
        assert (len(desk.post.sent), await waiting(desk, "a")) == (2, 1)

    tell(story)


def test_who_is_named_no_more_is_told_nothing_and_it_is_known_how_much(tell: Tell) -> None:
    async def story(branch: Branch) -> None:
        desk = Desk(branch, receivers={"chen": CHEN})
        await raised(desk, "tea", "soap")
        assert await branch.ledger.write(lambda s: forget_others(s.connection, {"wang"})) == 2
        assert await waiting(desk) == 0

    tell(story)


@pytest.mark.parametrize("kind", list(AlertKind))
def test_every_kind_is_said_in_both_languages(kind: AlertKind) -> None:
    """With the facts its query gives: a missing one would be a message that is never sent."""
    told = {
        "item": "tea", "name": "Tea", "name_zh": "", "unit": "box", "on_hand": "1.000", "wanted": "5.000", "lot": "L1",
        "expiry": "2026-11-30", "person": "lin", "time": "2026-11-23 09:00", "number": "TO-000001", "from": "b001", "to": "b002",
        "date": "2026-11-20", "class": "A", "count": "3", "days": "7", "price": "250", "cost": "300", "device": "printer-1",
        "kitchen": "wok",
    }  # fmt: skip
    line = WORDS.line(kind, told)
    assert "{" not in line.en + line.zh
    assert line.en.endswith(".")
    assert line.zh.endswith("。")
