"""What people decide about a branch: take it up again, pass what stopped it, let a new device take it over, and what a backup
holds of it. Each is one transaction; the branch is told afterwards and heals by its next hello where that is lost."""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec

from replication.headquarters.binding import REPLACEMENT_MILLISECONDS, with_replacement
from replication.headquarters.presence import Presence
from replication.headquarters.projection import Projection
from replication.headquarters.skip import NotSkipped, skip
from replication.headquarters.stores.store import ApplySession, Covered, Skip, Store

CODE_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without those that are read as another one over a telephone."""
CODE_GROUPS: Final = 4
CODE_GROUP_LETTERS: Final = 4
"""Sixteen letters of thirty are 78 bits: nobody tries them out within the day the code holds."""


class Replacement(msgspec.Struct, frozen=True):
    """A code that is shown once; `expires_at` in UTC milliseconds."""

    code: str
    expires_at: int


class Decisions:
    """Carries decisions out. `call` asks a branch to say hello; `key` signs; clock and store are passed in."""

    def __init__(
        self,
        store: Store,
        presence: Presence,
        *,
        key: bytes,
        utc_milliseconds: Callable[[], int],
        call: Callable[[str], Awaitable[None]],
        projections: Sequence[Projection] = (),
    ) -> None:
        self._store = store
        self._presence = presence
        self._key = key
        self._utc_milliseconds = utc_milliseconds
        self._call = call
        self._projections = projections

    async def unblock(self, branch: str) -> bool:
        """Take a stopped branch up again: what stopped it is judged anew when it comes. False where nothing was stopped."""

        def unblock(session: ApplySession) -> bool:
            if session.branch(branch).block is None:
                return False
            session.block(branch, None)
            return True

        done = await self._store.transact(unblock)
        self._presence.unblocked(branch)
        await self._call(branch)
        return done

    async def skip(self, branch: str, *, person: str, reason: str) -> Skip | NotSkipped:
        """Go on without what stopped the branch."""
        now, key, projections = self._utc_milliseconds(), self._key, self._projections
        done = await self._store.transact(
            lambda session: skip(session, branch, projections, person=person, reason=reason, key=key, now=now)
        )
        if isinstance(done, Skip):
            self._presence.unblocked(branch)
            await self._call(branch)
        return done

    async def replacement(self, branch: str) -> Replacement:
        """Let a new device take the branch over, once, by a code. An earlier code holds no more."""
        now = self._utc_milliseconds()
        letters = [secrets.choice(CODE_LETTERS) for _ in range(CODE_GROUPS * CODE_GROUP_LETTERS)]
        groups = range(0, len(letters), CODE_GROUP_LETTERS)
        code = "-".join("".join(letters[start : start + CODE_GROUP_LETTERS]) for start in groups)

        def issue(session: ApplySession) -> None:
            state = session.branch(branch)
            session.bind(branch, state.cursor, with_replacement(state.binding, branch, code, now), state.seen_seq)

        await self._store.transact(issue)
        return Replacement(code, now + REPLACEMENT_MILLISECONDS)

    async def backed_up(self, covered: Sequence[Covered]) -> list[str]:
        """A verified backup holds branches up to these cursors: what is kept only for its sake may be forgotten. Answers
        the branches of which the backup tells another history, for which nothing is recorded."""

        return await self._store.transact(lambda session: record_backup(session, covered))


def record_backup(session: ApplySession, covered: Sequence[Covered]) -> list[str]:
    """Record what a verified backup holds; answers the branches of which it tells another history."""
    strange = []
    for one in covered:
        if session.hash_at(one.branch, one.seq) == one.hash:
            session.durable(one.branch, one.seq)
        else:
            strange.append(one.branch)
    return strange
