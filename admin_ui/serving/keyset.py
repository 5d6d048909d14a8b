"""Pages of a list by "everything after this key". Knows neither the rows nor the query."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

import msgspec

from admin_ui.serving.problem import FieldProblem, ProblemRaised, make

Row = TypeVar("Row")
Key = TypeVar("Key")

LIMIT_DEFAULT = 50
LIMIT_MAX = 1000
# A key is a sort value and an id; a longer cursor is not one of ours.
CURSOR_LENGTH_MAX = 1024


class Page(msgspec.Struct, Generic[Row], frozen=True):
    """`next` is sent back verbatim as `after`; null at the end."""

    rows: list[Row]
    next: str | None


def page_limit(limit: int | str | None) -> int:
    """The number of rows to give: 50 unless asked, at most 1000. Raises a 400 for anything below 1 or not a number."""
    if limit is None:
        return LIMIT_DEFAULT
    try:
        number = int(limit)
    except ValueError:
        number = 0
    if number < 1:
        raise ProblemRaised(
            make(
                "invalid_value",
                errors=[
                    FieldProblem(
                        "limit",
                        "out_of_range",
                        f"A whole number from 1 to {LIMIT_MAX}.",
                        f"应为 1 到 {LIMIT_MAX} 的整数。",
                    )
                ],
            )
        )
    return min(number, LIMIT_MAX)


def encode_cursor(name: str, key: Any) -> str:
    """`name` is the list's own, so that one list's cursor is not taken by another; `key` is the last row's key."""
    return urlsafe_b64encode(msgspec.msgpack.encode((name, key))).rstrip(b"=").decode()


def decode_cursor(name: str, text: str | None, key_type: type[Key]) -> Key | None:
    """The key to continue after, None for the start. Raises a 400 `bad_cursor` for what `name` never gave out."""
    if text is None or text == "":
        return None
    try:
        if len(text) > CURSOR_LENGTH_MAX:
            raise ValueError("too long")
        raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        found_name, key = msgspec.msgpack.decode(raw, type=tuple[str, key_type])  # type: ignore[valid-type]
    except (ValueError, Base64Error, msgspec.DecodeError) as error:
        raise ProblemRaised(make("bad_cursor")) from error
    if found_name != name:
        raise ProblemRaised(make("bad_cursor"))
    return key


def page_of(name: str, rows: list[Row], limit: int, key_of: Any) -> Page[Row]:
    """A page from up to `limit + 1` rows: the extra row only tells that there is more."""
    if len(rows) <= limit:
        return Page(rows, None)
    kept = rows[:limit]
    return Page(kept, encode_cursor(name, key_of(kept[-1])))


def page_of_all(
    name: str, rows: Iterable[Row], *, after: str | None, limit: int | None, key_of: Callable[[Row], str]
) -> Page[Row]:
    """A page of a short list that is at hand whole, in the order of its keys, which are all different."""
    start, most = decode_cursor(name, after, str), page_limit(limit)
    rest = sorted((row for row in rows if start is None or key_of(row) > start), key=key_of)
    return page_of(name, rest[: most + 1], most, key_of)
