"""A short run of the measurement in docs/explain.md: shops with a mistake each, and whether it was named."""

from tests.explain.judging import judge, rate

HISTORIES = 78
"""Three of each mistake."""
FIRST, THREE = 75, 90
"""Below what a thousand reach, for so few scatter."""


def test_the_mistake_that_was_made_is_among_the_first_three() -> None:
    """And what would mend it is accepted as it is proposed."""
    verdicts = judge(7, HISTORIES)
    assert len(verdicts) >= HISTORIES * 9 // 10
    wrong = [(verdict.mistake, verdict.said) for verdict in verdicts if not 0 < verdict.place <= 3]
    assert rate(verdicts, 3) >= THREE, wrong
    assert rate(verdicts, 1) >= FIRST, wrong
