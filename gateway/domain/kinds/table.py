"""All types of document: a body without its row ends the start of the program."""

from typing import Final, get_args

from gateway.domain.document import Body
from gateway.domain.kinds import buying, correcting, selling, transferring
from gateway.domain.kinds.kind import Kind

_ROWS: Final = {kind.body: kind for kind in (*selling.KINDS, *buying.KINDS, *correcting.KINDS, *transferring.KINDS)}
KINDS: Final[dict[type, Kind]] = {body: _ROWS[body] for body in get_args(Body)}
