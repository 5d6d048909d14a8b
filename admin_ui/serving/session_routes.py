"""Signing in and out, the same on both kinds of site: JSON for the till, forms for the pages."""

from string import punctuation
from typing import Annotated, Any, Literal
from urllib.parse import quote

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import Example
from litestar.params import Body

from admin_ui.serving.guard import SIGN_IN_PATH, Guard, problem_of, safe_next, same_origin
from admin_ui.serving.handler_guard import TheCaller, at_least
from admin_ui.serving.keyset import Page
from admin_ui.serving.people import Refused, SignedIn
from admin_ui.serving.people_store import ProvenBy
from admin_ui.serving.problem import FieldProblem, ProblemRaised, make
from admin_ui.serving.roles import Role
from admin_ui.serving.sessions import LIFE

AnyRequest = Request[Any, Any, Any]


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """Exactly one of `pin` and `password`."""

    person: str
    pin: str | None = None
    password: str | None = None
    station: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{1,32}$")] | None = None


SignInBody = Annotated[SignIn, Body(examples=[Example(value={"person": "lin", "pin": "1111", "station": "till-1"})])]


class SessionInfo(msgspec.Struct, frozen=True):
    person: str
    display_name: str
    display_name_zh: str | None
    role: Role
    by: Literal["token", "pin", "password"]
    station: str | None
    csrf_token: str | None


class SignInName(msgspec.Struct, frozen=True):
    person: str
    display_name: str
    display_name_zh: str | None
    role: Role


def session_routes(guard: Guard, home: str = "/") -> list[HTTPRouteHandler]:
    """The handlers of one site. `home` is where a sign-in without a page to return to ends."""
    people = guard.people

    @post("/api/v1/session", status_code=200, tags=["session"], summary="Sign in")
    async def sign_in(request: AnyRequest, data: SignInBody) -> Response[SessionInfo]:
        if not same_origin(request.scope):
            raise ProblemRaised(make("wrong_origin"))
        if (data.pin is None) == (data.password is None):
            field = FieldProblem(
                "pin", "missing", "Give either a PIN or a password.", "请提供 PIN 码或密码（二选一）。"
            )
            raise ProblemRaised(make("invalid_value", errors=[field]))
        outcome = await people.sign_in(
            data.person, pin=data.pin, password=data.password, address=_address(request), station=data.station
        )
        if isinstance(outcome, Refused):
            raise ProblemRaised(problem_of(outcome))
        await _end_previous(guard, request)
        session = outcome.session
        info = SessionInfo(
            session.person, session.display_name, session.display_name_zh, session.role, session.by,
            session.station, session.csrf_token,
        )  # fmt: skip
        return Response(info, headers={"set-cookie": _cookie(guard, request, outcome)})

    @get("/api/v1/session", tags=["session"], summary="Who am I")
    async def who(caller: TheCaller) -> SessionInfo:
        return SessionInfo(
            caller.person, caller.display_name, caller.display_name_zh, caller.role, caller.by, caller.station,
            caller.csrf_token,
        )  # fmt: skip

    @delete("/api/v1/session", tags=["session"], summary="Sign out", guards=[at_least(Role.CASHIER)])
    async def sign_out(request: AnyRequest) -> Response[None]:
        return Response(None, status_code=204, headers={"set-cookie": await _sign_out(guard, request)})

    @get("/api/v1/people/sign-in", tags=["session"], summary="Names on the till's sign-in page")
    async def names() -> Page[SignInName]:
        rows = [
            SignInName(person.person, person.display_name, person.display_name_zh, person.role)
            for person in await people.list_for_sign_in("pin")
        ]
        return Page(rows, None)

    @post(SIGN_IN_PATH, include_in_schema=False)
    async def sign_in_form(request: AnyRequest) -> Response[None]:
        if not same_origin(request.scope):
            raise ProblemRaised(make("wrong_origin"))
        form = await request.form()
        person, after = _field(form, "person"), safe_next(_field(form, "next") or home)
        by: ProvenBy = "pin" if _field(form, "pin") else "password"
        text = _field(form, by)
        outcome = (
            await people.sign_in(person, pin=text, address=_address(request))
            if by == "pin"
            else await people.sign_in(person, password=text, address=_address(request))
        )
        if isinstance(outcome, SignedIn):
            await _end_previous(guard, request)
            return _see_other(after, {"set-cookie": _cookie(guard, request, outcome)})
        back = f"{SIGN_IN_PATH}?next={quote(after, safe='/')}&person={quote(person[:32])}&problem={outcome.code}"
        return _see_other(back if outcome.retry_seconds is None else f"{back}&retry={outcome.retry_seconds}")

    @post("/sign-out", include_in_schema=False, guards=[at_least(Role.CASHIER)])
    async def sign_out_form(request: AnyRequest) -> Response[None]:
        return _see_other(SIGN_IN_PATH, {"set-cookie": await _sign_out(guard, request)})

    return [sign_in, who, sign_out, names, sign_in_form, sign_out_form]


def _cookie(guard: Guard, request: AnyRequest, signed_in: SignedIn) -> str:
    return guard.set_cookie(request.scope, signed_in.session_id, LIFE[signed_in.session.by].whole_seconds)


async def _end_previous(guard: Guard, request: AnyRequest) -> None:
    """Another person takes over the same browser: the session before ends with its cookie."""
    previous = guard.session_id(request.scope)
    if previous is not None:
        await guard.people.sign_out(previous)


async def _sign_out(guard: Guard, request: AnyRequest) -> str:
    session_id = guard.session_id(request.scope)
    if session_id is not None:
        await guard.people.sign_out(session_id)
    return guard.set_cookie(request.scope, "", 0)


def _see_other(location: str, headers: dict[str, str] | None = None) -> Response[None]:
    # A path in Chinese is typed as it is read, and sent as it is written.
    return Response(None, status_code=303, headers={"location": quote(location, safe=punctuation), **(headers or {})})


def _field(form: Any, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


def _address(request: AnyRequest) -> str:
    return request.client.host if request.client is not None else ""
