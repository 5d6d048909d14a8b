"""What a branch may say and hear on the line. Pure.

The template names the branch by NATS' own placeholders: `{{name()}}` is the name in its token, `{{tag(part)}}` the tag
with its partition. One template serves every branch, so that enrolling a branch changes nothing at the server.
"""

from collections.abc import Callable
from typing import Final

from replication.identity.claims import Allowed, Permissions
from replication.wire.envelope import ENVELOPE_BYTES_MAX
from replication.wire.identity import partition
from replication.wire.subjects import control, heartbeat, hello, pull, uplink, watermark

_SUBSCRIPTIONS_MAX: Final = 64
"""A branch holds three and its inbox; room for a few of a newer version."""
_PAYLOAD_BYTES_MAX: Final = ENVELOPE_BYTES_MAX + 16 * 1024
"""An envelope and its headers."""
_NAME: Final = "{{name()}}"
_PARTITION_TAG: Final = "part"


def inbox(name: str) -> str:
    """Where answers to a site's questions arrive: its own prefix, which nobody else may hear."""
    return f"_INBOX_{name}"


def partition_tag(branch: str) -> str:
    """The tag of a branch's token that the template takes its partition from."""
    return f"{_PARTITION_TAG}:p{partition(branch):02d}"


def branch_permissions() -> Permissions:
    """Its own uplink, questions and heartbeat to say; its own inbox, watermarks and control messages to hear."""
    return Permissions(
        pub=Allowed((_templated(uplink), hello(_NAME), heartbeat(_NAME), pull(_NAME))),
        sub=Allowed((f"{inbox(_NAME)}.>", _templated(watermark), control(_NAME))),
        subs=_SUBSCRIPTIONS_MAX,
        payload=_PAYLOAD_BYTES_MAX,
    )


def _templated(subject_of: Callable[[str], str]) -> str:
    """A subject with a partition token, with placeholders for both."""
    tokens = subject_of(_NAME).split(".")
    return ".".join("{{tag(" + _PARTITION_TAG + ")}}" if _is_partition(token) else token for token in tokens)


def _is_partition(token: str) -> bool:
    return len(token) == 3 and token[0] == "p" and token[1:].isdecimal()
