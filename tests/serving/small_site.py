"""A small site with one of each: raw routes, handlers, pages, a list, a fault."""

from typing import Any

import msgspec
from litestar import get, post
from litestar.params import FromQuery, JSONBody
from litestar.response import Response
from litestar.testing import AsyncTestClient

from admin_ui.serving.decoding import decode_json
from admin_ui.serving.guard import Guard
from admin_ui.serving.handler_guard import TheCaller, TheCallerIfAny, at_least
from admin_ui.serving.keyset import Page, decode_cursor, page_limit, page_of
from admin_ui.serving.problem import Problem, make
from admin_ui.serving.raw import Operation, RawRoute, read_body, respond, send_problem
from admin_ui.serving.roles import Role
from admin_ui.serving.site import build_app
from admin_ui.serving.static import StaticFiles
from tests.serving.kit import API

Client = AsyncTestClient[Any]
BODY = {"type": "sale", "lines": [{"item": "APPLE", "quantity": "1"}]}


class Line(msgspec.Struct, frozen=True):
    item: str
    quantity: str


class Document(msgspec.Struct, frozen=True):
    type: str
    lines: list[Line]


class StoreFull(Exception):
    """A fault of the site under test, with a problem of its own."""


EXAMPLE = Document("sale", [Line("APPLE", "1.250")])


def a_site(guard: Guard, static: StaticFiles | None = None) -> Any:
    decoder = msgspec.json.Decoder(Document)

    async def put_document(scope: Any, receive: Any, send: Any) -> None:
        caller = await guard.require(scope)
        if isinstance(caller, Problem):
            await send_problem(send, caller)
            return
        document = decode_json(decoder, await read_body(receive))
        if isinstance(document, Problem):
            await send_problem(send, document)
            return
        if document.type == "full":
            raise StoreFull
        if document.type == "broken":
            raise RuntimeError("broken on purpose")
        await respond(send, 201, msgspec.json.encode([scope["path_params"]["id"], caller.person]))

    @get("/api/v1/documents/{id:str}")
    async def get_document() -> Document:
        return EXAMPLE

    @post("/api/v1/echo")
    async def echo(data: JSONBody[Document], caller: TheCaller) -> list[str]:
        return [data.type, caller.person]

    @get("/api/v1/rows")
    async def rows(after: FromQuery[str | None] = None, limit: FromQuery[int | None] = None) -> Page[int]:
        start = decode_cursor("rows", after, int) or 0
        wanted = page_limit(limit)
        found = list(range(start + 1, 121))[: wanted + 1]
        return page_of("rows", found, wanted, lambda row: row)

    @get("/api/v1/broken")
    async def broken() -> None:
        raise RuntimeError("broken on purpose")

    @get("/stock", guards=[at_least(Role.MANAGER, password=True)], media_type="text/html")
    async def stock(caller: TheCaller) -> str:
        return f"<p>{caller.display_name}</p>"

    @get("/", media_type="text/html")
    async def front(caller_if_any: TheCallerIfAny) -> str:
        return "nobody" if caller_if_any is None else caller_if_any.person

    @post("/stock", guards=[at_least(Role.MANAGER)], media_type="text/html")
    async def change_stock() -> str:
        return "changed"

    def page(_: Any, value: Problem) -> Response[Any]:
        return Response(f"<h1>{value.title_zh}</h1>", media_type="text/html", status_code=value.status)

    return build_app(
        [get_document, echo, rows, broken, stock, front, change_stock],
        guard=guard,
        api=API,
        raw=[
            RawRoute(
                "/api/v1/documents/{id:str}",
                {
                    "PUT": Operation(
                        handler=put_document,
                        summary="Post a document",
                        request=Document,
                        request_example=EXAMPLE,
                        responses={201: list[str], 422: Problem},
                        response_examples={201: ["1", "lin"]},
                    )
                },
            ),
            RawRoute(
                "/api/v1/documents/{id:str}/approve", {"POST": Operation(handler=put_document, summary="Approve")}
            ),
            RawRoute("/api/v1/raw", {"PUT": Operation(handler=put_document, summary="No parameter")}),
        ],
        static=static,
        root_files={"/sw.js": "js/sw.js"} if static else None,
        problem_page=page,
        exceptions={StoreFull: lambda _: make("busy", retry_after=3)},
    )
