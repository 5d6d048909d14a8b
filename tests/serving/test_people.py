"""Signing in, sessions and the lock-out, with a clock of our own."""

import asyncio
import sqlite3
import stat
from pathlib import Path

import pytest

from admin_ui.serving import sessions
from admin_ui.serving.hashing import HashCost, Hashing
from admin_ui.serving.people import BadPerson, People, Refused, SignedIn, Verified
from admin_ui.serving.people_store import PeopleStoreError
from admin_ui.serving.roles import Role
from tests.serving.kit import FakeClock, open_people

pytestmark = pytest.mark.anyio

TILL = "10.0.0.7"


async def sign_in(people: People, person: str = "lin", pin: str = "1111", address: str = TILL) -> SignedIn | Refused:
    return await people.sign_in(person, pin=pin, address=address)


async def signed_in(people: People, person: str = "lin", pin: str = "1111") -> SignedIn:
    outcome = await sign_in(people, person, pin)
    assert isinstance(outcome, SignedIn)
    return outcome


async def test_the_right_pin_opens_a_session_and_the_wrong_one_does_not(people: People) -> None:
    opened = await signed_in(people)
    assert opened.session.role is Role.CASHIER
    assert await people.session(opened.session_id) == opened.session
    assert await sign_in(people, pin="1112") == Refused("wrong_secret")
    assert await sign_in(people, person="nobody") == Refused("wrong_secret")
    assert await people.sign_in("lin", password="1111", address=TILL) == Refused("wrong_secret")


async def test_five_failures_lock_the_person_for_a_quarter_of_an_hour(people: People, clock: FakeClock) -> None:
    for _ in range(5):
        assert await sign_in(people, pin="0000") == Refused("wrong_secret")
        clock.now += 10
    assert await sign_in(people) == Refused("locked_out", 15 * 60 - 50)
    assert isinstance(await sign_in(people, "chen", "2222"), SignedIn), "another person is not locked"
    clock.now += 15 * 60 - 50
    assert isinstance(await sign_in(people), SignedIn)


async def test_a_locked_attempt_does_not_lengthen_the_lock(people: People, clock: FakeClock) -> None:
    for _ in range(5):
        await sign_in(people, pin="0000")
    for _ in range(10):
        clock.now += 60
        assert isinstance(await sign_in(people), Refused)
    clock.now += 5 * 60
    assert isinstance(await sign_in(people), SignedIn)


async def test_parallel_guesses_gain_nothing(people: People) -> None:
    outcomes = await asyncio.gather(*(sign_in(people, pin=f"{guess:04}") for guess in range(12)))
    assert outcomes.count(Refused("wrong_secret")) == 5
    assert sum(isinstance(outcome, Refused) and outcome.code == "locked_out" for outcome in outcomes) == 7


async def test_approving_counts_towards_the_same_lock(people: People) -> None:
    for _ in range(5):
        assert await people.verify_pin("chen", "0000") == Refused("wrong_secret")
    assert isinstance(await sign_in(people, "chen", "2222"), Refused)


async def test_an_approval_names_the_person_and_role(people: People) -> None:
    assert await people.verify_pin("chen", "2222") == Verified("chen", "Chen Wei", None, Role.MANAGER)


async def test_twenty_failures_lock_an_address_whoever_is_named(people: People) -> None:
    for number in range(20):
        assert await sign_in(people, person=f"guess{number}", pin="0000") == Refused("wrong_secret")
    assert await sign_in(people) == Refused("locked_out", 15 * 60)
    assert isinstance(await sign_in(people, address="10.0.0.8"), SignedIn)


async def test_one_known_pin_does_not_reset_the_address(people: People) -> None:
    for number in range(19):
        await sign_in(people, person=f"guess{number}", pin="0000")
    assert isinstance(await sign_in(people), SignedIn)
    await sign_in(people, person="guess", pin="0000")
    assert await sign_in(people) == Refused("locked_out", 15 * 60)


async def test_the_lock_survives_a_restart(tmp_path: Path, clock: FakeClock, people: People) -> None:
    for _ in range(5):
        await sign_in(people, pin="0000")
    again = await open_people(tmp_path / "people.db", clock)
    assert await sign_in(again) == Refused("locked_out", 15 * 60)
    await again.unlock("lin")
    assert isinstance(await sign_in(again), SignedIn)
    await again.close()


async def test_a_clock_set_back_locks_no_longer_than_the_window(people: People, clock: FakeClock) -> None:
    for _ in range(5):
        await sign_in(people, pin="0000")
    clock.now -= 40 * 24 * 3600
    assert await sign_in(people) == Refused("locked_out", 15 * 60)
    clock.now += 15 * 60
    assert isinstance(await sign_in(people), SignedIn)


async def test_a_session_ends_when_idle_and_in_any_case(people: People, clock: FakeClock) -> None:
    life = sessions.LIFE["pin"]
    idle = await signed_in(people)
    clock.now += life.idle_seconds
    assert await people.session(idle.session_id) is None
    used = await signed_in(people)
    for _ in range(life.whole_seconds // 3600):
        assert await people.session(used.session_id) is not None
        clock.now += 3600
    assert await people.session(used.session_id) is None


async def test_listening_is_no_use_of_a_session(people: People, clock: FakeClock) -> None:
    opened = await signed_in(people)
    for _ in range(sessions.LIFE["pin"].idle_seconds // 600 - 1):
        clock.now += 600
        assert await people.session(opened.session_id, touch=False) is not None
    clock.now += 600
    assert await people.session(opened.session_id, touch=False) is None


async def test_a_session_survives_a_restart_and_ends_by_signing_out(
    tmp_path: Path, clock: FakeClock, people: People
) -> None:
    opened = await signed_in(people)
    again = await open_people(tmp_path / "people.db", clock)
    assert await again.session(opened.session_id) == opened.session
    await again.sign_out(opened.session_id)
    assert await again.session(opened.session_id) is None
    clock.now += 61
    assert await people.session(opened.session_id) is None, "another process sees it within a minute"
    await again.close()


async def test_changing_or_revoking_a_person_ends_the_sessions(people: People) -> None:
    first = await signed_in(people)
    await people.put("lin", display_name="Lin Yue", role=Role.MANAGER)
    assert await people.session(first.session_id) is None
    second = await signed_in(people)
    assert second.session.role is Role.MANAGER
    await people.revoke("lin")
    assert await people.session(second.session_id) is None
    await people.put("lin", display_name="Lin Yue", role=Role.MANAGER, active=False)
    assert await sign_in(people) == Refused("wrong_secret")
    assert [person.person for person in await people.list_for_sign_in()] == ["chen"]


async def test_the_oldest_of_too_many_sessions_makes_room(
    people: People, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("admin_ui.serving.people_store.SESSIONS_PER_PERSON_MAX", 3)
    opened = []
    for _ in range(4):
        opened.append((await signed_in(people)).session_id)
        clock.now += 61
    assert [await people.session(session_id) is not None for session_id in opened] == [False, True, True, True]


async def test_the_file_holds_no_pin_no_password_and_no_session_id(people: People, tmp_path: Path) -> None:
    opened = await signed_in(people)
    path = tmp_path / "people.db"
    held = path.read_bytes() + path.with_name("people.db-wal").read_bytes()
    assert opened.session_id.encode() not in held
    assert opened.session.csrf_token.encode() not in held
    assert b"kontor-manager" not in held
    assert b"$argon2id$" in held
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("person", "name", "pin", "password", "field"),
    [
        ("Lin", "Lin", None, None, "person"),
        ("lin yue", "Lin", None, None, "person"),
        ("lin", " ", None, None, "display_name"),
        ("lin", "Lin", "123", None, "pin"),
        ("lin", "Lin", "１２３４", None, "pin"),
        ("lin", "Lin", None, "short", "password"),
    ],
)
async def test_a_person_that_cannot_be_is_told_why(
    people: People, person: str, name: str, pin: str | None, password: str | None, field: str
) -> None:
    bad = await people.put(person, display_name=name, role=Role.CASHIER, pin=pin, password=password)
    assert isinstance(bad, BadPerson)
    assert bad.field == field


@pytest.mark.usefixtures("people")
async def test_a_raised_cost_is_taken_up_at_the_next_sign_in(tmp_path: Path, clock: FakeClock) -> None:
    dearer = await People.open(tmp_path / "people.db", clock=clock, hashing=Hashing(HashCost(passes=2, memory_kib=16)))
    await signed_in(dearer)
    with sqlite3.connect(tmp_path / "people.db") as db:
        stored = str(db.execute("SELECT pin_hash FROM person WHERE person = 'lin'").fetchone()[0])
    db.close()
    assert "m=16,t=2" in stored
    await signed_in(dearer)
    await dearer.close()


async def test_more_sign_ins_than_the_machine_can_hash_are_told_to_come_back(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("admin_ui.serving.hashing.HASHING_WAITING_MAX", -1)
    outcomes = await asyncio.gather(*(sign_in(people) for _ in range(4)))
    assert Refused("busy", 2) in outcomes
    monkeypatch.undo()
    assert isinstance(await sign_in(people), SignedIn), "being busy counted as no failure"


async def test_a_file_of_a_newer_kontor_is_refused(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "newer.db"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(PeopleStoreError, match="newer Kontor"):
        await open_people(path, clock)


async def test_a_site_and_a_command_may_open_a_new_file_together(tmp_path: Path, clock: FakeClock) -> None:
    opened = await asyncio.gather(*(open_people(tmp_path / "new.db", clock) for _ in range(8)))
    for number, each in enumerate(opened):
        await each.put(f"p{number}", display_name="P", role=Role.CASHIER)
    assert len(await opened[0].list()) == 8
    for each in opened:
        await each.close()


async def test_a_withdrawn_token_is_remembered(tmp_path: Path, clock: FakeClock, people: People) -> None:
    await people.withdraw_token("t1")
    again = await open_people(tmp_path / "people.db", clock)
    assert again.withdrawn_tokens == {"t1"} == people.withdrawn_tokens
    await again.close()
