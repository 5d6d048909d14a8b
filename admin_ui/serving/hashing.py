"""PINs and passwords as argon2id, hashed off the event loop. Knows secrets, not people."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, TypeVarTuple

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

R = TypeVar("R")
Args = TypeVarTuple("Args")

# Two at once: 2 x 19 MiB is what a Pi 3 with 1 GB can give, and two of its four cores stay free for sales.
HASHING_THREADS = 2
# Waiting for a thread; at about 0.3 s each the last one waits under 3 s. One more is told to come back.
HASHING_WAITING_MAX = 16


class HashCost(msgspec.Struct, frozen=True, gc=False):
    """argon2id parameters. The default is OWASP's 19 MiB, two passes, one lane: sized for a Pi 3's memory and patience.

    A four-digit PIN has 10,000 values, so no cost protects a stolen `people.db`; the lock-out protects the live
    site, and the file is readable by the gateway's user only.
    """

    passes: int = 2
    memory_kib: int = 19 * 1024
    lanes: int = 1


class HashingBusy(Exception):
    """Too many sign-ins at once; the caller is asked to come back."""


class Checked(msgspec.Struct, frozen=True, gc=False):
    """Outcome of a check; `renewed` is a new hash to store when the cost has been raised since."""

    fits: bool
    renewed: str | None = None


class Hashing:
    """Hashes and checks secrets on its own few threads."""

    def __init__(self, cost: HashCost | None = None) -> None:
        cost = cost or HashCost()
        self._hasher = PasswordHasher(time_cost=cost.passes, memory_cost=cost.memory_kib, parallelism=cost.lanes)
        self._threads = ThreadPoolExecutor(HASHING_THREADS, thread_name_prefix="hashing")
        self._pending = 0
        # Checked when there is no such person, so that an unknown name takes as long as a wrong PIN.
        self._decoy: str | None = None

    async def hash(self, secret: str) -> str:
        return await self._run(self._hasher.hash, secret)

    async def check(self, stored: str | None, secret: str) -> Checked:
        return await self._run(self._check, stored, secret)

    def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _check(self, stored: str | None, secret: str) -> Checked:
        if stored is None:
            if self._decoy is None:
                self._decoy = self._hasher.hash("nobody")
            self._fits(self._decoy, secret)
            return Checked(fits=False)
        if not self._fits(stored, secret):
            return Checked(fits=False)
        renewed = self._hasher.hash(secret) if self._hasher.check_needs_rehash(stored) else None
        return Checked(fits=True, renewed=renewed)

    def _fits(self, stored: str, secret: str) -> bool:
        try:
            return self._hasher.verify(stored, secret)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, function: Callable[[*Args], R], *args: *Args) -> R:
        if self._pending >= HASHING_THREADS + HASHING_WAITING_MAX:
            raise HashingBusy
        self._pending += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, function, *args)
        finally:
            self._pending -= 1
