"""What may be written where a setting was refused. Asks the settings' own types, so that no list is kept twice."""

import re

import msgspec
from msgspec import inspect

_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_ANY_VALUE = "write a value of that kind"


def hint_for(kind: type[msgspec.Struct], tables: object, path: str) -> str:
    """What `path` (such as `devices[2].transport`) takes, and in which table that is where its [[tables]] have names."""
    wanted = _type_at(inspect.type_info(kind), path)
    hint = _ANY_VALUE if wanted is None else _words(wanted)
    name = _name_at(tables, path)
    return f"in the table called {name!r}, {hint}" if name is not None else hint


def _type_at(found: inspect.Type | None, path: str) -> inspect.Type | None:
    for key, index in _STEP.findall(path):
        if isinstance(found, inspect.UnionType):
            found = _only(found)
        if index and isinstance(found, inspect.ListType | inspect.VarTupleType | inspect.CollectionType):
            found = found.item_type
        elif key and isinstance(found, inspect.StructType):
            found = next((field.type for field in found.fields if field.encode_name == key), None)
        else:
            return None
    return _only(found) if isinstance(found, inspect.UnionType) else found


def _only(union: inspect.UnionType) -> inspect.Type | None:
    """The one kind of value there is besides none at all."""
    kinds = [each for each in union.types if not isinstance(each, inspect.NoneType)]
    return kinds[0] if len(kinds) == 1 else None


def _words(wanted: inspect.Type) -> str:
    match wanted:
        case inspect.LiteralType(values=values):
            return f"write one of: {', '.join(_written(value) for value in values)}"
        case inspect.BoolType():
            return "write true or false, without quotes"
        case inspect.IntType(ge=low, le=high):
            from_to = f" from {low} to {high}" if low is not None and high is not None else ""
            return f"write a whole number{from_to}, without quotes"
        case inspect.StrType(pattern=None):
            return "write text in quotes"
        case inspect.StrType(pattern=pattern):
            return f"write text in quotes that fits {pattern}"
        case _:
            return _ANY_VALUE


def _written(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _name_at(tables: object, path: str) -> str | None:
    """The `name` of the innermost numbered table on the way; None where it has none, or the name itself is what is wrong."""
    name: str | None = None
    for key, index in _STEP.findall(path):
        if index and isinstance(tables, list) and int(index) < len(tables):
            tables = tables[int(index)]
            named = tables.get("name") if isinstance(tables, dict) else None
            name = named if isinstance(named, str) else None
        elif key and isinstance(tables, dict):
            tables = tables.get(key)
        else:
            break
    return None if path.endswith(".name") else name
