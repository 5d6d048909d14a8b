"""Where on NATS things are said. A branch may publish and hear only subjects that end in its own id."""

from replication.wire.identity import partition


def uplink(branch: str) -> str:
    """Batches of a branch, kept by the stream until headquarters has long applied them."""
    return f"up.v1.p{partition(branch):02d}.{branch}"


def sender(subject: str) -> str:
    """The branch a subject names: always its last token."""
    return subject.rpartition(".")[2]


UPLINK_ALL = "up.v1.*.*"
HELLO_ALL = "sync.v1.hello.*"


def hello(branch: str) -> str:
    """Request/reply: a branch asks headquarters where it stands."""
    return f"sync.v1.hello.{branch}"


PULL_ALL = "sync.v1.pull.*"


def pull(branch: str) -> str:
    """Request/reply: a branch asks for entries headquarters holds, of its journal or of its outbox."""
    return f"sync.v1.pull.{branch}"


HEARTBEAT_ALL = "sync.v1.beat.*"


def heartbeat(branch: str) -> str:
    """A branch says that it is there (core NATS)."""
    return f"sync.v1.beat.{branch}"


def watermark(branch: str) -> str:
    """Watermarks for a branch (core NATS; a lost one is healed by the next hello)."""
    return f"wm.v1.p{partition(branch):02d}.{branch}"


def control(branch: str) -> str:
    """Wants, refusals and nudges for a branch (core NATS; a lost one is healed by the next hello)."""
    return f"ctl.v1.{branch}"


def message_id(branch: str, epoch: int, first_seq: int, last_seq: int, last_hash: bytes, sending: int = 0) -> str:
    """The JetStream message id of a batch: a retry has the same id, and the server keeps one of them.

    `sending` counts the times headquarters lacked what the stream had acknowledged. Then the server must take the batch
    once more, although it remembers its id.
    """
    again = f".{sending}" if sending else ""
    return f"{branch}.e{epoch}.{first_seq}-{last_seq}.{last_hash[:4].hex()}{again}"
