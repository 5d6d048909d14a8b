"""Bytes of a request into a struct, or a problem that names the place. Knows msgspec's messages, no route."""

import re
from typing import TypeVar

import msgspec

from admin_ui.serving.problem import FieldProblem, Problem, make

T = TypeVar("T")

_AT = re.compile(r" - at (?:`key` in )?`\$(?P<path>.*?)`$")
_MISSING = re.compile(r"^Object missing required field `(?P<field>[^`]+)`$")
_UNKNOWN = re.compile(r"^Object contains unknown field `(?P<field>[^`]+)`$")
_MALFORMED = re.compile(r"^JSON is malformed: ")

# msgspec's sentence -> our code and the Chinese sentence. Order matters: the first that fits wins.
_SENTENCES: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (_MISSING, "missing", "缺少必填字段 {0}"),
    (_UNKNOWN, "unknown_field", "含有未知字段 {0}"),
    (re.compile(r"^Expected `(.+?)`, got `(.+?)`$"), "wrong_type", "应为 {0}，实为 {1}"),
    (re.compile(r"^Expected `(\w+)` of length (\S+) (\d+)$"), "wrong_length", "{0} 的长度应 {1} {2}"),
    (re.compile(r"^Expected `(\w+)` of (?:at (?:least|most) )?length (.+)$"), "wrong_length", "{0} 的长度应为 {1}"),
    (re.compile(r"^Expected `(\w+)` matching regex (.+)$"), "wrong_form", "{0} 的格式应符合 {1}"),
    (re.compile(r"^Expected `(\w+)` (<=|>=|<|>) (.+)$"), "out_of_range", "{0} 应 {1} {2}"),
    (re.compile(r"^Expected `(.+?)`(.*)$"), "wrong_value", "应为 {0}{1}"),
    (re.compile(r"^Invalid (?:enum )?value (.+)$"), "unknown_value", "不支持的取值 {0}"),
    (re.compile(r"^Invalid (.+)$"), "wrong_form", "格式有误：{0}"),
    (re.compile(r"out of range"), "out_of_range", "数值超出范围"),
)


def decode_json(decoder: msgspec.json.Decoder[T], body: bytes | bytearray) -> T | Problem:
    """For raw routes: the decoded body, or the 400 to answer."""
    try:
        return decoder.decode(body)
    except msgspec.DecodeError as error:
        return problem_of(error)
    except UnicodeDecodeError:
        return make("malformed_json", reason="not UTF-8")
    except RecursionError:
        return make("malformed_json", reason="nested too deeply")


def problem_of(error: msgspec.DecodeError) -> Problem:
    """The 400 for a body msgspec refused."""
    text = str(error)
    if not isinstance(error, msgspec.ValidationError):
        return make("malformed_json", reason=_MALFORMED.sub("", text))
    return make("invalid_value", errors=(field_problem(text),))


def field_problem(text: str, path: str = "") -> FieldProblem:
    """msgspec's message as one field problem. A path inside the message is joined to `path`."""
    if found := _AT.search(text):
        path = join_path(path, found["path"])
        text = text[: found.start()]
    if (field := _MISSING.match(text) or _UNKNOWN.match(text)) is not None:
        path = join_path(path, "." + field["field"])
    for pattern, code, sentence_zh in _SENTENCES:
        if found := pattern.search(text):
            return FieldProblem(path, code, text, sentence_zh.format(*found.groups()))
    return FieldProblem(path, "invalid", text, f"内容无效：{text}")


def missing_field(path: str) -> FieldProblem:
    """A field or parameter that has to be there."""
    return FieldProblem(path, "missing", f"`{path}` is required", f"缺少必填字段 {path}")


def join_path(base: str, rest: str) -> str:
    """`lines[0]` and `.quantity` make `lines[0].quantity`; a leading dot falls away at the top."""
    return (base + rest).removeprefix(".")
