"""What is wrong with an input, as a value: where, which stable code, and the figures a sentence about it needs."""

import msgspec


class Fault(msgspec.Struct, frozen=True):
    """One finding. `path` like `lines[0].quantity` ("" for the whole document); `facts` fill the sentence for `code`."""

    path: str
    code: str
    facts: dict[str, str] = {}
