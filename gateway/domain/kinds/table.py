"""All types of document: a body without its row ends the start of the program."""

from typing import Final, get_args

from gateway.domain.document import Body
from gateway.domain.kinds import buying, correcting, counting, money, reversing, selling, transferring, using
from gateway.domain.kinds.kind import Kind

_FAMILIES: Final = (selling, buying, using, transferring, counting, correcting, reversing, money)
_ROWS: Final = {kind.body: kind for family in _FAMILIES for kind in family.KINDS}
KINDS: Final[dict[type, Kind]] = {body: _ROWS[body] for body in get_args(Body)}
