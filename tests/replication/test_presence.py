"""How a branch stands at headquarters: what its device says last is believed, not what somebody announced before."""

from replication.headquarters.outcome import Outcome
from replication.headquarters.presence import Presence, State
from replication.lag import Lag
from replication.wire.messages import PERIPHERALS_LOST_MAX, Heartbeat, Peripherals, Watermark


def test_an_announced_entry_that_the_branch_does_not_have_is_not_waited_for() -> None:
    """A parked message of any number must not let a whole branch look behind until its next hello."""
    now = 0.0
    presence = Presence(monotonic=lambda: now, utc_milliseconds=lambda: int(now * 1000))
    presence.known("b001", 34, 34, None, None)
    outcome = Outcome()
    outcome.watermarks["b001"] = Watermark("b001", 1, 34, b"h" * 32, 0, 1000, 1)
    outcome.heads["b001"] = 5034
    presence.applied(outcome)
    now = 60.0
    presence.beat(Heartbeat("b001", 1, 34, 0))
    standing = presence.standing("b001")
    assert (standing.state, standing.lag_seconds, standing.head_seq) == (State.CURRENT, 0.0, 34)


def test_what_does_wait_keeps_its_age_when_the_end_is_told() -> None:
    """The oldest open entry is as old as before; only what is beyond the end goes."""
    lag = Lag()
    lag.grew(3, 1.0)
    lag.grew(12, 2.0)
    lag.grew(15, 3.0)
    lag.ends(10)
    assert lag.seconds(10.0) == 9.0
    lag.applied(3)
    assert lag.seconds(10.0) == 8.0
    lag.applied(10)
    assert lag.seconds(10.0) == 0.0


def test_the_devices_of_a_branch_are_known_from_its_heartbeat_and_bounded() -> None:
    """A change is told once; a branch without the word says nothing; what is longer than it can be is cut."""
    presence = Presence(monotonic=lambda: 1.0, utc_milliseconds=lambda: 1000)
    presence.known("b001", 3, 3, None, None)
    presence.beat(Heartbeat("b001", 1, 3, 0))
    assert presence.standing("b001").peripherals is None
    presence.moved()
    for told, moved in ((("scale-1",), ["b001"]), (("scale-1",), []), ((), ["b001"])):
        presence.beat(Heartbeat("b001", 1, 3, 0, peripherals=Peripherals(4, told)))
        assert presence.moved() == moved
        assert presence.standing("b001").peripherals == Peripherals(4, told)
    presence.beat(Heartbeat("b001", 1, 3, 0, peripherals=Peripherals(-1, ("x" * 999,) * 999)))
    cut = presence.standing("b001").peripherals
    assert cut is not None
    assert (cut.count, len(cut.lost), {len(name) for name in cut.lost}) == (
        PERIPHERALS_LOST_MAX, PERIPHERALS_LOST_MAX, {32},
    )  # fmt: skip
