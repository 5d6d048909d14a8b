"""How a production went, as an answer tells it."""

from typing import Any

import msgspec

from gateway.web.moments import moment
from replication.wire.events import Making


class WorkStepView(msgspec.Struct, frozen=True):
    """A step that is done: who did it, from when to when."""

    step: str
    operator: str
    started_at: str
    finished_at: str


def made_view(made: Making | None) -> dict[str, Any]:
    """The fields of a document; none where nothing is told."""
    if made is None:
        return {}
    steps = tuple(
        WorkStepView(one.step, one.operator, moment(one.started_at), moment(one.finished_at)) for one in made.steps
    )
    return {"unbuild": made.unbuild, "steps": steps}
