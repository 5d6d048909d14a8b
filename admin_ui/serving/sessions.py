"""What a browser session is: its random id, what is stored of it, how long it lives. Decides only; stores nothing."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode

import msgspec

from admin_ui.serving.people_store import ProvenBy, SessionRow
from admin_ui.serving.roles import Role

SESSION_ID_BYTES = 32
# token_urlsafe(32) has 43 characters; anything longer is not ours and is not hashed.
SESSION_ID_LENGTH = 43

_CSRF = b"kontor.csrf.v1"


class SessionLife(msgspec.Struct, frozen=True, gc=False):
    """Seconds until a session ends: after the last request, and in any case."""

    idle_seconds: int
    whole_seconds: int


# A till stays signed in through a shift with quiet hours; an office page left open is a larger risk.
LIFE: dict[ProvenBy, SessionLife] = {
    "pin": SessionLife(idle_seconds=4 * 3600, whole_seconds=16 * 3600),
    "password": SessionLife(idle_seconds=1 * 3600, whole_seconds=12 * 3600),
}
WHOLE_SECONDS_MAX = max(life.whole_seconds for life in LIFE.values())


class Session(msgspec.Struct, frozen=True, gc=False):
    person: str
    display_name: str
    display_name_zh: str | None
    role: Role
    by: ProvenBy
    station: str | None
    csrf_token: str
    ends_at: int


def new_session_id() -> str:
    return secrets.token_urlsafe(SESSION_ID_BYTES)


def id_hash(session_id: str) -> bytes:
    """What is stored: a copied people.db opens no session."""
    return hashlib.sha256(session_id.encode()).digest()


def csrf_token(session_id: str) -> str:
    """Bound to the session and derivable only by who holds its cookie, so nothing more is stored."""
    digest = hmac.digest(session_id.encode(), _CSRF, "sha256")
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def is_alive(row: SessionRow, now: int) -> bool:
    life = LIFE[row.by]
    return now - row.seen_at < life.idle_seconds and now - row.created_at < life.whole_seconds


def session_of(row: SessionRow, session_id: str) -> Session:
    return Session(
        person=row.person,
        display_name=row.display_name,
        display_name_zh=row.display_name_zh,
        role=row.role,
        by=row.by,
        station=row.station,
        csrf_token=csrf_token(session_id),
        ends_at=row.created_at + LIFE[row.by].whole_seconds,
    )
