"""Who is calling, and may they: an API token, or a session cookie with its form token. Knows no route."""

import hmac
from typing import Any, Literal
from urllib.parse import quote, urlsplit

import msgspec

from admin_ui.serving.limits import RateLimit
from admin_ui.serving.people import People, Refused
from admin_ui.serving.problem import Problem, make
from admin_ui.serving.problem_texts import ROLE_ZH
from admin_ui.serving.roles import Role
from admin_ui.serving.sessions import Session
from admin_ui.serving.tokens import TokenRefused, Tokens

CSRF_HEADER = b"x-csrf-token"
CSRF_FIELD = "csrf_token"
SIGN_IN_PATH = "/sign-in"
# Where to go after signing in; a longer address is a crafted one.
NEXT_LENGTH_MAX = 512
# Callers made from tokens, kept ready; a site has a handful of scripts.
CALLERS_MAX = 1024

_SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))
_MEMO = "kontor.caller"


class Caller(msgspec.Struct, frozen=True, gc=False):
    """Whoever is behind a request. `by` tells how they proved it: a PIN opens the till, not the admin pages."""

    person: str
    role: Role
    via: Literal["token", "session"]
    by: Literal["token", "pin", "password"]
    key: str
    display_name: str
    display_name_zh: str | None = None
    station: str | None = None
    csrf_token: str | None = None


class Guard:
    """Reads credentials off a request. One per site."""

    def __init__(self, *, site: str, people: People, tokens: Tokens, rate: RateLimit | None = None) -> None:
        self.site = site
        self.people = people
        self.tokens = tokens
        self.rate = rate or RateLimit()
        # Cookies ignore ports: two sites on one machine (8080 and 8090) must not overwrite each other's session.
        self.cookie = f"kontor_session_{site}"
        self._cookie_start = f"{self.cookie}=".encode()
        self._callers: dict[str, Caller] = {}  # by token id

    async def require(self, scope: Any, minimum: Role = Role.CASHIER, *, password: bool = False) -> Caller | Problem:
        """For raw routes: the caller, or the problem to answer."""
        caller = await self.identify(scope)
        if isinstance(caller, Problem):
            return caller
        return check_role(caller, minimum, password=password) or caller

    def known(self, scope: Any, minimum: Role = Role.CASHIER) -> Caller | Problem | None:
        """`require` where nothing has to be waited for; None, with nothing done yet, where something has."""
        if not self.people.has_looked():
            return None
        authorization = _header(scope, b"authorization")
        if authorization is not None:
            caller = self._by_token(authorization)
        else:
            session_id = self.session_id(scope)
            session = None if session_id is None else self.people.cached_session(session_id)
            if session is None:
                return None
            caller = self._of_session(scope, session, None)
        if isinstance(caller, Problem):
            return caller
        if not self.rate.take(caller.key):
            return make("rate_limited", retry_after=1, per_second=self.rate.per_second)
        return check_role(caller, minimum) or caller

    async def identify(self, scope: Any, form_token: str | None = None) -> Caller | Problem:
        """Who sent this request. `form_token` is the form's field when a page sent no header."""
        authorization = None
        has_cookie = False
        for name, value in scope["headers"]:
            if name == b"authorization":
                authorization = value
                break
            if name == b"cookie" and self._cookie_start in value:
                has_cookie = True
        if authorization is not None:
            await self.people.look()
            caller = self._by_token(authorization)
        elif has_cookie:
            await self.people.look()
            caller = await self._by_session(scope, form_token)
        else:
            return make("unauthenticated")
        if not isinstance(caller, Problem) and not self.rate.take(caller.key):
            return make("rate_limited", retry_after=1, per_second=self.rate.per_second)
        return caller

    async def still_allowed(self, scope: Any, minimum: Role) -> bool:
        """For an open stream: whether its caller may go on. Neither use of the session nor a counted request."""
        await self.people.look()
        authorization = _header(scope, b"authorization")
        if authorization is not None:
            caller = self._by_token(authorization)
            return not isinstance(caller, Problem) and caller.role.reaches(minimum)
        session_id = self.session_id(scope)
        session = None if session_id is None else await self.people.session(session_id, touch=False)
        return session is not None and session.role.reaches(minimum)

    def session_id(self, scope: Any) -> str | None:
        for name, value in scope["headers"]:
            if name == b"cookie":
                for part in value.split(b";"):
                    pair = part.strip()
                    if pair.startswith(self._cookie_start):
                        return pair[len(self._cookie_start) :].decode("latin-1")  # type: ignore[no-any-return]
        return None

    def set_cookie(self, scope: Any, session_id: str, seconds: int) -> str:
        """The `Set-Cookie` value; an empty id with 0 seconds takes the cookie away."""
        secure = "; Secure" if scope.get("scheme") == "https" else ""
        return f"{self.cookie}={session_id}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"

    def _by_token(self, authorization: bytes) -> Caller | Problem:
        claims = self.tokens.verify_bearer(authorization, self.people.clock())
        if isinstance(claims, TokenRefused):
            return make(claims.code, site=self.site)
        if claims.token in self.people.withdrawn_tokens:
            return make("token_revoked")
        caller = self._callers.get(claims.token)
        if caller is None:
            if len(self._callers) >= CALLERS_MAX:
                self._callers.clear()
            caller = Caller(claims.person, claims.role, "token", "token", claims.token, claims.person)
            self._callers[claims.token] = caller
        return caller

    async def _by_session(self, scope: Any, form_token: str | None) -> Caller | Problem:
        session_id = self.session_id(scope)
        session = None if session_id is None else await self.people.session(session_id)
        if session is None:
            return make("session_expired")
        return self._of_session(scope, session, form_token)

    def _of_session(self, scope: Any, session: Session, form_token: str | None) -> Caller | Problem:
        if scope["method"] not in _SAFE_METHODS:
            if not same_origin(scope):
                return make("wrong_origin")
            sent = _header(scope, CSRF_HEADER)
            given = sent.decode("latin-1") if sent is not None else form_token or ""
            if not hmac.compare_digest(given.encode(), session.csrf_token.encode()):
                return make("csrf")
        return Caller(
            session.person, session.role, "session", session.by, session.csrf_token, session.display_name,
            session.display_name_zh, session.station, session.csrf_token,
        )  # fmt: skip


def check_role(caller: Caller, minimum: Role, *, password: bool = False) -> Problem | None:
    if not caller.role.reaches(minimum):
        return make("forbidden", role=minimum.value, role_zh=ROLE_ZH[minimum.value])
    if password and caller.by == "pin":
        return make("password_needed")
    return None


def same_origin(scope: Any) -> bool:
    """Whether a browser's unsafe request comes from one of our own pages. Scripts send neither header: true."""
    origin = _header(scope, b"origin")
    if origin is not None:
        host = _header(scope, b"host") or b""
        try:
            sender = urlsplit(origin.decode("latin-1")).netloc
        except ValueError:  # no browser writes such a header
            return False
        # Only the host is compared: behind a TLS proxy the scheme differs.
        return sender.encode("latin-1").lower() == host.lower() != b""
    return _header(scope, b"sec-fetch-site") in (None, b"same-origin", b"none")


def safe_next(text: str | None) -> str:
    """A path of this site to go to after signing in; anything else becomes `/`."""
    if (
        not text
        or len(text) > NEXT_LENGTH_MAX
        or not text.startswith("/")
        or text.startswith(("//", "/\\"))
        or not text.isprintable()
        or "\\" in text
    ):
        return "/"
    return text


def sign_in_location(scope: Any, why: str = "") -> str:
    """The sign-in page's address that leads back to the page of this request."""
    query = scope.get("query_string", b"").decode("latin-1")
    here = safe_next(scope["path"] + (f"?{query}" if query else ""))
    arguments = [] if here == "/" else [f"next={quote(here, safe='/')}"]
    if why:
        arguments.append(f"problem={why}")
    return SIGN_IN_PATH + ("?" + "&".join(arguments) if arguments else "")


def problem_of(refused: Refused) -> Problem:
    """A refused sign-in as its answer."""
    seconds = refused.retry_seconds
    return make(refused.code, retry_after=seconds, minutes=-(-(seconds or 0) // 60))


def remembered(scope: Any) -> Caller | None:
    """The caller found earlier in the same request."""
    return scope["state"].get(_MEMO)  # type: ignore[no-any-return]


def remember(scope: Any, caller: Caller) -> None:
    scope["state"][_MEMO] = caller


def _header(scope: Any, wanted: bytes) -> bytes | None:
    for name, value in scope["headers"]:
        if name == wanted:
            return value  # type: ignore[no-any-return]
    return None
