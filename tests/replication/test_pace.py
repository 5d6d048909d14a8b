"""A branch asks headquarters at a measured pace, whatever it is told."""

from hypothesis import given
from hypothesis import strategies as st

from replication.branch.inbox import BranchInbox, Connected, InboxSettings, Nudged, PullAnswered, SendPull, Tick
from replication.branch.pace import PULLS_A_SECOND, PULLS_AT_ONCE, Pace
from replication.wire.chain import GENESIS_HASH
from replication.wire.messages import InboxPosition, Lane, Pulled


@given(st.lists(st.floats(0, 2), max_size=60))
def test_never_more_than_a_burst_and_the_rate(pauses: list[float]) -> None:
    """In any stretch of time no more questions go than at once, and so many for each second of it."""
    pace, now, went = Pace(4, 3), 0.0, list[float]()
    for pause in pauses:
        now = max(now + pause, pace.moment())
        pace.went(now)
        went.append(now)
    for first in range(len(went)):
        for last in range(first, len(went)):
            assert last - first + 1 <= 3 + 4 * (went[last] - went[first]) + 1e-6


def test_a_quiet_line_is_asked_at_once() -> None:
    """The first questions wait for nothing, after a long pause either."""
    pace = Pace(1, 2)
    for now in (0.0, 0.0, 1000.0, 1000.0):
        assert pace.moment() <= now
        pace.went(now)
    assert pace.moment() == 1001.0


def test_a_storm_of_nudges_asks_no_faster() -> None:
    """Each answer is empty and each nudge tells of more: the questions of ten seconds are those of the pace."""
    inbox = BranchInbox(
        position=InboxPosition(1, 0, GENESIS_HASH),
        applied_at=None,
        jitter=lambda: 0.5,
        settings=InboxSettings(),
        now=0.0,
    )
    asked, now, facts = 0, 0.0, list[Connected | Nudged | PullAnswered | Tick]([Connected()])
    while now < 10:
        fact = facts.pop(0) if facts else Nudged(1, 10**6)
        for order in inbox.handle(fact, now):
            if isinstance(order, SendPull):
                asked += 1
                facts = [PullAnswered(order.ticket, Pulled(Lane.OUTBOX, b"", 0, 1))]
        now += 0.001
    assert PULLS_A_SECOND * 9 <= asked <= PULLS_A_SECOND * 10 + PULLS_AT_ONCE
