"""The sign-in page: who may sign in here, and what happened to the last try. Never holds a secret."""

from typing import Literal

from msgspec import Struct


class SignInPerson(Struct, frozen=True, gc=False):
    """A tile. Headquarters and admin pages list none and ask for a name."""

    person: str
    display_name: str
    role: Literal["cashier", "manager", "admin"]


class SignInPage(Struct, frozen=True, kw_only=True):
    """`mode` pin: tiles and a PIN pad; password: name and password. `trouble` says why the last try failed."""

    mode: Literal["pin", "password"]
    people: tuple[SignInPerson, ...] = ()
    chosen: str | None = None
    next: str = "/"
    trouble: Literal["refused", "locked_out", "signed_out", "busy"] | None = None
    retry_after_seconds: int = 0
