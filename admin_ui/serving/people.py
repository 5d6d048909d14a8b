"""People and how they sign in: PIN at the till, password for the admin pages, lock-out, sessions.

Knows names and roles; what a role may do is decided elsewhere.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from admin_ui.serving import sessions
from admin_ui.serving.hashing import Hashing, HashingBusy
from admin_ui.serving.people_store import LockedOut, PeopleStore, PersonRow, ProvenBy
from admin_ui.serving.people_thread import PeopleThread
from admin_ui.serving.roles import Role
from admin_ui.serving.sessions import Session

# Seconds since 1970, UTC. Passed in, so that tests own the time.
Clock = Callable[[], float]

# A cached session is looked up again after this, which also writes that it is in use: one small write per person and
# minute.
SESSION_RECHECK_SECONDS = 60
# What a command beside the site changed (a person locked, a token revoked) holds here within this.
LOOK_SECONDS = 1.0
# More than all browsers of a large store; ~400 bytes each. The oldest entry is looked up again.
SESSION_CACHE_MAX = 512

PERSON_PATTERN = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")
PIN_PATTERN = re.compile(r"[0-9]{4,8}")
PASSWORD_LENGTH_MIN = 8
# argon2 would take more; no person types more.
SECRET_LENGTH_MAX = 128


class Person(msgspec.Struct, frozen=True, gc=False):
    person: str
    display_name: str
    display_name_zh: str | None
    role: Role
    active: bool
    has_pin: bool
    has_password: bool


class SignedIn(msgspec.Struct, frozen=True, gc=False):
    """`session_id` goes into the cookie and nowhere else."""

    session_id: str
    session: Session


class Verified(msgspec.Struct, frozen=True, gc=False):
    """Somebody proved to be this person, for one approval; no session."""

    person: str
    display_name: str
    display_name_zh: str | None
    role: Role


class Refused(msgspec.Struct, frozen=True, gc=False):
    code: Literal["wrong_secret", "locked_out", "busy"]
    retry_seconds: int | None = None


class BadPerson(msgspec.Struct, frozen=True, gc=False):
    """What is wrong with a person somebody tried to enter."""

    field: Literal["person", "display_name", "pin", "password"]
    code: Literal["wrong_form", "missing"]
    detail: str
    detail_zh: str


class People:
    """The people of one site. Made with `await People.open(folder / "people.db", clock=time.time)`."""

    def __init__(self, thread: PeopleThread, hashing: Hashing, clock: Clock) -> None:
        self._thread = thread
        self._hashing = hashing
        self.clock = clock
        self._cached: dict[str, tuple[int, Session]] = {}
        # Raised by every sign-out and revocation: a look-up begun before one must not fill the cache after it.
        self._revocations = 0
        self.withdrawn_tokens: frozenset[str] = frozenset()
        # When and at which change it was last seen whether another process wrote.
        self._looked_at = float("-inf")
        self._looking = False
        self._seen = 0
        # As last read: what a person is called on paper and pages, without asking the store for each line.
        self._known: dict[str, Person] = {}

    @classmethod
    async def open(cls, path: Path, *, clock: Clock, hashing: Hashing | None = None) -> "People":
        thread = PeopleThread(path)
        try:
            await thread.open()
        except BaseException:
            await thread.close()
            raise
        people = cls(thread, hashing or Hashing(), clock)
        await people.look()
        return people

    async def close(self) -> None:
        self._hashing.close()
        await self._thread.close()

    def has_looked(self) -> bool:
        """Whether `look` would find nothing to do at this moment."""
        return self._looking or 0 <= self.clock() - self._looked_at < LOOK_SECONDS

    async def look(self) -> None:
        """See what a command beside the site has changed, at most once a second. One look at a time: a slow card holds up
        one caller, and the others go on with what was known."""
        if self.has_looked():
            return
        self._looking, self._looked_at = True, self.clock()
        try:
            changes = await self._thread.run(PeopleStore.changes_of_others)
            if changes != self._seen:
                self.withdrawn_tokens = frozenset(await self._thread.run(PeopleStore.withdrawn_tokens))
                await self.list()
                self._revocations += 1
                self._cached.clear()
                self._seen = changes
        finally:
            self._looking = False

    async def put(
        self,
        person: str,
        *,
        display_name: str,
        role: Role,
        display_name_zh: str | None = None,
        pin: str | None = None,
        password: str | None = None,
        active: bool = True,
    ) -> Person | BadPerson:
        """Create or change a person. A PIN or password left out stays as it is; open sessions of the person end."""
        if bad := _check(person, display_name, pin, password):
            return bad
        pin_hash = None if pin is None else await self._hashing.hash(pin)
        password_hash = None if password is None else await self._hashing.hash(password)
        row = PersonRow(person, display_name.strip(), display_name_zh, role, active, pin_hash, password_hash)
        row = await self._thread.run(PeopleStore.put_person, row, self._now())
        self._forget(person)
        self._known[person] = _public(row)
        return self._known[person]

    async def remove(self, person: str) -> bool:
        """Whether there was one to remove. What the person did keeps the sign-in name."""
        there_was = await self._thread.run(PeopleStore.remove_person, person)
        self._known.pop(person, None)
        self._forget(person)
        return there_was

    async def get(self, person: str) -> Person | None:
        row = await self._thread.run(PeopleStore.person, person)
        return None if row is None else _public(row)

    async def list(self) -> tuple[Person, ...]:
        found = tuple(_public(row) for row in await self._thread.run(PeopleStore.persons))
        self._known = {one.person: one for one in found}
        return found

    def known(self, person: str) -> Person | None:
        """A person as last read; None for a name that is only on a token, or of another site."""
        return self._known.get(person)

    def names(self, *, zh: bool) -> dict[str, str]:
        """What everybody is called, by their sign-in name, in one language."""
        return {
            one.person: one.display_name_zh if zh and one.display_name_zh else one.display_name
            for one in self._known.values()
        }

    async def list_for_sign_in(self, by: ProvenBy | None = None) -> tuple[Person, ...]:
        """Active people, in order of name; with `by` only those who have one of that kind."""
        return tuple(
            person
            for person in await self.list()
            if person.active
            and (by is None or (person.has_pin if by == "pin" else person.has_password))
        )  # fmt: skip

    async def sign_in(
        self,
        person: str,
        *,
        pin: str | None = None,
        password: str | None = None,
        address: str,
        station: str | None = None,
    ) -> SignedIn | Refused:
        """Exactly one of `pin` and `password`. `address` is the caller's network address."""
        assert (pin is None) != (password is None), "either a PIN or a password"
        by: ProvenBy = "pin" if pin is not None else "password"
        row = await self._prove(person, by, pin if pin is not None else password or "", address)
        if isinstance(row, Refused):
            return row
        now = self._now()
        session_id = sessions.new_session_id()
        await self._thread.run(PeopleStore.prune_sessions, now - sessions.WHOLE_SECONDS_MAX)
        await self._thread.run(
            PeopleStore.add_session, sessions.id_hash(session_id), row.person, by, station, now
        )  # fmt: skip
        session = await self.session(session_id)
        if session is None:  # deactivated in the very same moment
            return Refused("wrong_secret")
        return SignedIn(session_id, session)

    async def verify_pin(self, person: str, pin: str, *, address: str = "") -> Verified | Refused:
        """For an approval at the till; counts towards the same lock-out as signing in."""
        row = await self._prove(person, "pin", pin, address)
        if isinstance(row, Refused):
            return row
        return Verified(row.person, row.display_name, row.display_name_zh, row.role)

    async def session(self, session_id: str, *, touch: bool = True) -> Session | None:
        """The live session of this cookie, or none. Touches the disk at most once a minute per session.

        Without `touch` it does not count as use: an open page that only listens still goes idle.
        """
        now = self._now()
        if (cached := self.cached_session(session_id)) is not None:
            return cached
        if len(session_id) != sessions.SESSION_ID_LENGTH or not session_id.isascii():
            return None
        id_hash = sessions.id_hash(session_id)
        revocations = self._revocations
        row = await self._thread.run(PeopleStore.session, id_hash)
        if row is None or not sessions.is_alive(row, now):
            self._cached.pop(session_id, None)
            if row is not None:
                await self._thread.run(PeopleStore.end_session, id_hash)
            return None
        session = sessions.session_of(row, session_id)
        if not touch:
            return session
        await self._thread.run(PeopleStore.touch_session, id_hash, now)
        if len(self._cached) >= SESSION_CACHE_MAX:
            del self._cached[next(iter(self._cached))]
        if revocations == self._revocations:
            self._cached[session_id] = (now, session)
        return session

    def cached_session(self, session_id: str) -> Session | None:
        """The live session of this cookie where it was looked up a moment ago."""
        now, cached = self._now(), self._cached.get(session_id)
        if cached is not None and 0 <= now - cached[0] < SESSION_RECHECK_SECONDS and now < cached[1].ends_at:
            return cached[1]
        return None

    async def sign_out(self, session_id: str) -> None:
        await self._thread.run(PeopleStore.end_session, sessions.id_hash(session_id))
        self._revocations += 1
        self._cached.pop(session_id, None)

    async def revoke(self, person: str) -> None:
        """End every session of a person, everywhere, now."""
        await self._thread.run(PeopleStore.end_sessions, person)
        self._forget(person)

    async def unlock(self, person: str) -> None:
        """Forgive a person's failed attempts."""
        await self._thread.run(PeopleStore.unlock, person)

    async def withdraw_token(self, token: str) -> None:
        """An API token (by its id) is refused from now on."""
        await self._thread.run(PeopleStore.withdraw_token, token, self._now())
        self.withdrawn_tokens |= {token}

    async def _prove(self, person: str, by: ProvenBy, text: str, address: str) -> PersonRow | Refused:
        if PERSON_PATTERN.fullmatch(person) is None or not 0 < len(text) <= SECRET_LENGTH_MAX:
            return Refused("wrong_secret")
        attempt = await self._thread.run(PeopleStore.begin_attempt, person, address, self._now())
        if isinstance(attempt, LockedOut):
            return Refused("locked_out", attempt.retry_seconds)
        row = await self._thread.run(PeopleStore.person, person)
        stored = None
        if row is not None and row.active:
            stored = row.pin_hash if by == "pin" else row.password_hash
        try:
            checked = await self._hashing.check(stored, text)
        except HashingBusy:
            await self._thread.run(PeopleStore.forget_attempt, attempt)
            return Refused("busy", 2)
        if row is None or not checked.fits:
            return Refused("wrong_secret")
        await self._thread.run(PeopleStore.attempt_succeeded, attempt, person)
        if checked.renewed is not None and stored is not None:
            await self._thread.run(PeopleStore.set_hash, person, by, stored, checked.renewed)
        return row

    def _forget(self, person: str) -> None:
        self._revocations += 1
        self._cached = {key: entry for key, entry in self._cached.items() if entry[1].person != person}

    def _now(self) -> int:
        return int(self.clock())


def _public(row: PersonRow) -> Person:
    return Person(
        row.person, row.display_name, row.display_name_zh, row.role, row.active,
        row.pin_hash is not None, row.password_hash is not None,
    )  # fmt: skip


def _check(person: str, display_name: str, pin: str | None, password: str | None) -> BadPerson | None:
    if PERSON_PATTERN.fullmatch(person) is None:
        return BadPerson(
            "person", "wrong_form",
            "A sign-in name has up to 32 small letters, digits, dots or dashes.",
            "登录名最多 32 个字符，只能用小写字母、数字、点和短横。",
        )  # fmt: skip
    if not display_name.strip():
        return BadPerson("display_name", "missing", "A name to show is needed.", "请填写显示姓名。")
    if pin is not None and PIN_PATTERN.fullmatch(pin) is None:
        return BadPerson("pin", "wrong_form", "A PIN has 4 to 8 digits.", "PIN 码为 4 至 8 位数字。")
    if password is not None and not PASSWORD_LENGTH_MIN <= len(password) <= SECRET_LENGTH_MAX:
        return BadPerson(
            "password", "wrong_form",
            f"A password has {PASSWORD_LENGTH_MIN} to {SECRET_LENGTH_MAX} characters.",
            f"密码长度为 {PASSWORD_LENGTH_MIN} 至 {SECRET_LENGTH_MAX} 个字符。",
        )  # fmt: skip
    return None
