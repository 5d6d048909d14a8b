"""What was asked for becomes sites with folders and ports, or a sentence that says what does not fit."""

from pathlib import Path

import pytest

from gateway.up.plan import Options, PlanError, make_plan


def options(**changes: int) -> Options:
    numbers = {"branches": 2, "branch_port": 8080, "hq_port": 8090, "nats_port": 4222} | changes
    return Options(home=Path("/home-of-kontor"), empty=False, traffic=False, **numbers)


def test_branches_are_numbered_from_b001_and_take_ports_in_order() -> None:
    plan = make_plan(options(branches=3, branch_port=9000))
    assert [(site.id, site.port) for site in plan.sites] == [
        ("hq", 8090),
        ("b001", 9000),
        ("b002", 9001),
        ("b003", 9002),
    ]
    assert plan.branches[0].config == Path("/home-of-kontor/b001/config.toml")


def test_many_branches_all_have_names_in_both_languages() -> None:
    names = [(site.name, site.name_zh) for site in make_plan(options(branches=10)).branches]
    assert len(set(names)) == 10
    assert all(zh for _, zh in names)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"branches": 0}, "0 branches"),
        ({"branches": 33}, "33 branches"),
        ({"branch_port": 8090}, "port 8090 is asked for twice"),
        ({"branches": 20}, "port 8090 is asked for twice"),
        ({"nats_port": 8081}, "port 8081 is asked for twice"),
        ({"branch_port": 65535}, "65536 is no port"),
        ({"hq_port": 0}, "0 is no port"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused_in_words(changes: dict[str, int], says: str) -> None:
    with pytest.raises(PlanError, match=says):
        make_plan(options(**changes))
