"""Which of the two languages a page is written in: the person's choice, else the browser's."""

from typing import Any, Literal

Language = Literal["en", "zh"]

LANGUAGE_COOKIE = "kontor_language"
# Browsers send a handful; a longer list is not read further.
ACCEPTED_MAX = 16


def pick(cookie: str | None, accept_language: str | None, otherwise: Language = "en") -> Language:
    if cookie in ("en", "zh"):
        return "zh" if cookie == "zh" else "en"
    best: Language = otherwise
    best_quality = 0.0
    for part in (accept_language or "").split(",")[:ACCEPTED_MAX]:
        tag, _, parameters = part.strip().partition(";")
        language = tag.strip().lower().partition("-")[0]
        quality = _quality(parameters)
        # The first of equals wins: lists are written in order of preference.
        if language in ("en", "zh") and quality > best_quality:
            best, best_quality = ("zh" if language == "zh" else "en"), quality
    return best


def of_request(request: Any, otherwise: Language = "en") -> Language:
    return pick(request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language"), otherwise)


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0
