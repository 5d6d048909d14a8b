"""A refusal as the outside sees it: problem+json in both languages. Knows no routes and no framework."""

from collections.abc import Sequence

import msgspec

from admin_ui.serving.problem_texts import TEXTS

PROBLEM_TYPE = "https://kontor.invalid/problems/"
PROBLEM_MEDIA_TYPE = "application/problem+json"

_encode = msgspec.json.Encoder().encode


class FieldProblem(msgspec.Struct, frozen=True, gc=False):
    """One thing wrong at one place, such as `lines[0].quantity`; an empty path means the whole body."""

    path: str
    code: str
    detail: str
    detail_zh: str


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """`retry_after` (seconds) is also sent as the header of that name."""

    type: str
    title: str
    title_zh: str
    detail: str
    detail_zh: str
    code: str
    status: int
    errors: tuple[FieldProblem, ...] = ()
    retry_after: int | msgspec.UnsetType = msgspec.UNSET


class ProblemRaised(Exception):
    """Carries a problem out of a web handler. Below the web rooms a refusal is a returned value, not this."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.status} {problem.code}: {problem.detail}")
        self.problem = problem


def problem(
    status: int,
    code: str,
    *,
    title: str,
    title_zh: str,
    detail: str,
    detail_zh: str,
    errors: Sequence[FieldProblem] = (),
    retry_after: int | None = None,
) -> Problem:
    """A problem of another room, with that room's own code and texts."""
    return Problem(
        type=PROBLEM_TYPE + code,
        title=title,
        title_zh=title_zh,
        detail=detail,
        detail_zh=detail_zh,
        code=code,
        status=status,
        errors=tuple(errors),
        retry_after=msgspec.UNSET if retry_after is None else retry_after,
    )


def make(
    code: str, *, errors: Sequence[FieldProblem] = (), retry_after: int | None = None, **values: object
) -> Problem:
    """One of the kit's own problems, its text filled with `values`."""
    text = TEXTS[code]
    return problem(
        text.status,
        code,
        title=text.title,
        title_zh=text.title_zh,
        detail=text.detail.format(**values),
        detail_zh=text.detail_zh.format(**values),
        errors=errors,
        retry_after=retry_after,
    )


def unknown_value(path: str, text: str) -> Problem:
    """The 400 for a word that is none of those a field may have."""
    shown = text[:40]
    field = FieldProblem(path, "unknown_value", f"Invalid value {shown!r}", f"不支持的取值“{shown}”")
    return make("invalid_value", errors=[field])


def encode(value: Problem) -> bytes:
    return _encode(value)


def headers_of(value: Problem) -> list[tuple[bytes, bytes]]:
    """Headers that belong to the problem itself, apart from content type and length."""
    headers: list[tuple[bytes, bytes]] = []
    if value.retry_after is not msgspec.UNSET:
        headers.append((b"retry-after", str(value.retry_after).encode()))
    if value.status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="kontor"'))
    if value.status == 413:
        # Some of the body may still be on its way; the connection cannot carry another request.
        headers.append((b"connection", b"close"))
    return headers
