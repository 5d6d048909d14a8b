"""Alerts are raised past one threshold and cleared past another: what jitters is told once."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.alerts import (
    DEFAULTS,
    FALLING,
    USUAL,
    AlertKind,
    AlertRule,
    Decision,
    Fact,
    Key,
    Severity,
    Standing,
    after_decision,
    decide,
    rule_for,
)
from gateway.domain.telling import Quiet, Receiver, pause_after

MINUTE: Final = 60_000
LOW, VOIDS = AlertKind.LOW_STOCK, AlertKind.MANY_VOIDS


class Watch:
    """Feeds facts to the core and keeps what it decides."""

    def __init__(self, *rules: AlertRule) -> None:
        self.rules = (*rules, *USUAL)
        self.state: dict[Key, Standing] = {}
        self.raised = self.cleared = 0

    def see(self, now: int, *facts: Fact, complete: tuple[AlertKind, ...] = ()) -> Decision:
        decision = decide(self.rules, facts, self.state, now, complete)
        self.state = after_decision(self.state, decision)
        self.raised += len(decision.raised)
        self.cleared += len(decision.cleared)
        return decision


def fact(kind: AlertKind, value: int, subject: str = "tea", **more: str) -> Fact:
    """A fact about something."""
    return Fact(kind, subject, value, {}, **more)


@given(st.lists(st.integers(85, 109), min_size=1))
def test_a_value_that_jitters_around_its_threshold_is_raised_once(values: list[int]) -> None:
    """Low below 100 %, cleared from 110 %: nothing in between says a second word."""
    watch = Watch()
    for minute, value in enumerate([99, *values]):
        watch.see(minute * MINUTE, fact(LOW, value))
    assert (watch.raised, watch.cleared) == (1, 0)


@given(st.lists(st.sampled_from([0, 150]), min_size=1, max_size=200))
def test_what_jumps_far_but_never_rests_is_raised_once(values: list[int]) -> None:
    """Cleared only after half an hour of calm: a value that falls again every few minutes is one event."""
    watch = Watch()
    watch.see(0, fact(LOW, 50))
    calm = 0
    for minute, value in enumerate(values, 1):
        calm = calm + 1 if value == 150 else 0
        if calm > 20:
            calm, value = 0, 0  # noqa: PLW2901  (never at rest for so long)
        watch.see(minute * MINUTE, fact(LOW, value))
    assert (watch.raised, watch.cleared) == (1, 0)


@given(st.lists(st.tuples(st.integers(1, 90), st.integers(-50, 200)), max_size=60), st.sampled_from(list(AlertKind)))
def test_of_a_subject_one_alert_is_open_at_a_time(steps: list[tuple[int, int]], kind: AlertKind) -> None:
    """Raised and cleared take turns, whatever the values do, and what is open was raised and not cleared."""
    watch, now = Watch(), 0
    for minutes, value in steps:
        now += minutes * MINUTE
        was = len(watch.state)
        decision = watch.see(now, fact(kind, value))
        assert len(decision.raised) + len(decision.cleared) <= 1
        assert len(watch.state) == was + len(decision.raised) - len(decision.cleared)
    assert watch.raised - watch.cleared == len(watch.state) <= 1


@given(st.sampled_from(list(AlertKind)), st.integers(-200, 300))
def test_no_value_raises_and_clears_by_the_usual_rules(kind: AlertKind, value: int) -> None:
    rule = DEFAULTS[kind]
    assert not (rule.passed(value) and rule.calm(value))


def test_calm_is_counted_anew_after_each_relapse() -> None:
    watch = Watch()
    watch.see(0, fact(LOW, 50))
    for now, value in ((1, 120), (20, 105), (21, 120), (50, 120)):
        watch.see(now * MINUTE, fact(LOW, value))
    assert watch.cleared == 0
    watch.see(51 * MINUTE, fact(LOW, 120))
    assert (watch.raised, watch.cleared, watch.state) == (1, 1, {})


def test_a_clock_that_was_set_back_clears_nothing_early() -> None:
    watch = Watch()
    watch.see(10**12, fact(LOW, 50))
    watch.see(10**12, fact(LOW, 150))
    watch.see(0, fact(LOW, 150))
    watch.see(29 * MINUTE, fact(LOW, 150))
    assert watch.cleared == 0
    watch.see(30 * MINUTE, fact(LOW, 150))
    assert watch.cleared == 1


def test_a_device_that_is_still_away_after_a_restart_is_not_told_again() -> None:
    """The minutes begin anew with the program; the alert is over when the device is no longer in trouble."""
    lost, watch = AlertKind.DEVICE_LOST, Watch()
    for minutes in (2, 0, 1, 2, 3):
        watch.see(minutes * MINUTE, fact(lost, minutes, "scale-1"), complete=(lost,))
    assert (watch.raised, watch.cleared) == (1, 0)
    for minutes in (4, 5):
        watch.see(minutes * MINUTE, complete=(lost,))
    assert (watch.raised, watch.cleared) == (1, 1)


def test_what_is_not_among_complete_facts_is_over() -> None:
    """A document that was decided is in no list any more; an item that was not looked at is as it was."""
    watch = Watch()
    waiting = AlertKind.DOCUMENT_WAITING
    watch.see(0, fact(waiting, 61, "a"), fact(waiting, 10, "b"), fact(LOW, 1), complete=(waiting,))
    assert set(watch.state) == {(waiting, "a"), (LOW, "tea")}
    watch.see(MINUTE, fact(waiting, 11, "b"), complete=(waiting,))
    assert set(watch.state) == {(LOW, "tea")}


def test_the_first_rule_that_covers_an_item_holds() -> None:
    rules = (
        AlertRule(kind=LOW, item="tea", at=50, clear_at=60, severity=Severity.URGENT),
        AlertRule(kind=LOW, category="Drinks", off=True),
        *USUAL,
    )
    assert (found := rule_for(rules, LOW, "tea", "Drinks")) is not None
    assert found.severity is Severity.URGENT
    assert rule_for(rules, LOW, "cola", "Drinks") is None
    assert rule_for(rules, LOW, "soap", "Household") is DEFAULTS[LOW]


def test_an_alert_whose_rule_was_switched_off_is_cleared() -> None:
    watch = Watch()
    watch.see(0, fact(LOW, 1), fact(VOIDS, 9, "lin"), complete=(VOIDS,))
    watch.rules = (AlertRule(kind=LOW, off=True), AlertRule(kind=VOIDS, off=True), *USUAL)
    watch.see(1, fact(LOW, 1), complete=(VOIDS,))
    assert watch.state == {}


def test_falling_kinds_are_raised_below_and_the_others_from_their_threshold() -> None:
    for kind, rule in DEFAULTS.items():
        assert rule.passed(rule.at) == (kind not in FALLING)
        assert rule.passed(rule.at - 1) == (kind in FALLING)


@pytest.mark.parametrize(
    ("quiet", "asleep", "awake"),
    [(Quiet(1320, 420), (1320, 1439, 0, 419), (420, 720, 1319)), (Quiet(60, 120), (60, 119), (0, 59, 120))],
)
def test_quiet_hours_may_go_over_midnight(quiet: Quiet, asleep: tuple[int, ...], awake: tuple[int, ...]) -> None:
    assert all(quiet.covers(minute) for minute in asleep)
    assert not any(quiet.covers(minute) for minute in awake)


def test_only_what_presses_wakes_anybody_and_only_who_wants_it() -> None:
    night = Quiet(0, 1439)
    assert Receiver("a", quiet=night).awake_for(Severity.URGENT, 5)
    assert not Receiver("a", quiet=night).awake_for(Severity.WARNING, 5)
    assert not Receiver("a", quiet=night, urgent_always=False).awake_for(Severity.URGENT, 5)


def test_pauses_grow_to_an_hour() -> None:
    assert [pause_after(tries) for tries in (1, 2, 3, 8, 10_000)] == [30, 60, 120, 3600, 3600]
