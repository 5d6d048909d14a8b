"""The published description at `/schema/openapi.json`: Litestar's own, with the raw routes added from the same structs.

No documentation page: those load their scripts from elsewhere.
"""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from admin_ui.serving.problem import PROBLEM_MEDIA_TYPE, Problem
from admin_ui.serving.raw import Operation, RawRoute

_PARAMETER = re.compile(r"\{(?P<name>\w+)(?::(?P<kind>\w+))?\}")
_REFERENCE = "#/components/schemas/{name}"
_BODILESS = frozenset((204, 303, 304))


class ApiInfo(msgspec.Struct, frozen=True):
    title: str
    version: str
    description: str = ""


class MergedJson(JsonRenderPlugin):
    """Renders Litestar's description with the raw routes merged in, once."""

    def __init__(self, routes: Sequence[RawRoute], session_cookie: str) -> None:
        super().__init__(path="/openapi.json")
        self._routes = tuple(routes)
        self._session_cookie = session_cookie
        self._rendered: bytes | None = None

    def render(self, request: Any, openapi_schema: dict[str, Any]) -> bytes:  # noqa: ARG002  (the parent names it)
        if self._rendered is None:
            self._rendered = msgspec.json.encode(merge(openapi_schema, self._routes, self._session_cookie))
        return self._rendered


def config(info: ApiInfo, routes: Sequence[RawRoute], session_cookie: str) -> OpenAPIConfig:
    return OpenAPIConfig(
        title=info.title,
        version=info.version,
        description=info.description or None,
        path="/schema",
        render_plugins=[MergedJson(routes, session_cookie)],
    )


def merge(schema: dict[str, Any], routes: Sequence[RawRoute], session_cookie: str) -> dict[str, Any]:
    """Litestar's description with the raw routes and the ways to sign in. Where both describe a struct, ours holds."""
    merged = dict(schema)
    paths = dict(merged.get("paths") or {})
    types: list[Any] = [Problem]
    for route in routes:
        for operation in route.methods.values():
            types += [kind for kind in (operation.request, *operation.responses.values()) if kind is not None]
    schemas, definitions = msgspec.json.schema_components(types, ref_template=_REFERENCE)
    reference = {_key(kind): found for kind, found in zip(types, schemas, strict=True)}
    for route in routes:
        path, parameters = _path_of(route.path, route.examples)
        entry = dict(paths.get(path) or {})
        for method, operation in route.methods.items():
            entry[method.lower()] = _operation(path, method, operation, parameters, reference)
        paths[path] = entry
    components = dict(merged.get("components") or {})
    components["schemas"] = {**(components.get("schemas") or {}), **definitions}
    components["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer"},
        "session": {"type": "apiKey", "in": "cookie", "name": session_cookie},
    }
    merged["paths"] = dict(sorted(paths.items()))
    merged["components"] = components
    merged["security"] = [{"token": []}, {"session": []}]
    return merged


def _operation(
    path: str, method: str, operation: Operation, parameters: list[dict[str, Any]], reference: dict[str, Any]
) -> dict[str, Any]:
    words = [word for word in re.split(r"\W+", path) if word]
    described: dict[str, Any] = {
        "operationId": operation.name or "_".join([method.lower(), *words]),
        "summary": operation.summary,
        "parameters": parameters
        + [
            {"name": name, "in": "query", "required": False, "description": text, "schema": {"type": "string"}}
            for name, text in operation.query.items()
        ],
        "responses": {
            "default": {
                "description": "Refused",
                "content": {PROBLEM_MEDIA_TYPE: {"schema": reference[_key(Problem)]}},
            }
        },
    }
    if operation.tags:
        described["tags"] = list(operation.tags)
    if operation.request is not None:
        content: dict[str, Any] = {"schema": reference[_key(operation.request)]}
        if operation.request_example is not None:
            content["example"] = msgspec.to_builtins(operation.request_example)
        elif operation.request_examples:
            named = operation.request_examples.items()
            content["examples"] = {name: {"value": msgspec.to_builtins(value)} for name, value in named}
        described["requestBody"] = {"required": True, "content": {"application/json": content}}
    for status, kind in operation.responses.items():
        answer: dict[str, Any] = {"description": _describe(status)}
        if kind is not None and status not in _BODILESS:
            media = PROBLEM_MEDIA_TYPE if kind is Problem else "application/json"
            content = {"schema": reference[_key(kind)]}
            if status in operation.response_examples:
                content["example"] = msgspec.to_builtins(operation.response_examples[status])
            answer["content"] = {media: content}
        described["responses"][str(status)] = answer
    return described


def _path_of(path: str, examples: Mapping[str, str]) -> tuple[str, list[dict[str, Any]]]:
    parameters = [
        {
            "name": found["name"],
            "in": "path",
            "required": True,
            "schema": {"type": "string", "format": "uuid"} if found["kind"] == "uuid" else {"type": "string"},
            **({"example": examples[found["name"]]} if found["name"] in examples else {}),
        }
        for found in _PARAMETER.finditer(path)
    ]
    return _PARAMETER.sub(lambda found: "{" + found["name"] + "}", path), parameters


def _key(kind: Any) -> Any:
    """Unions and generics are not all hashable by value in the same way; their text is."""
    return kind if isinstance(kind, type) else repr(kind)


def _describe(status: int) -> str:
    return HTTPStatus(status).phrase
