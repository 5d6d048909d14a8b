"""The only door to NATS: both ends of the line over a real server. Decides nothing about batches.

nats-py closes for ever after many server errors, and its own reconnecting buffers, loses and repeats outside our control.
So it is never asked to reconnect: a supervisor builds a new client after any end of the old one, with full jitter. What
was sent last is then unknown, which both ends are always ready for.
"""

from replication.nats_link.branch import NatsBranchLink
from replication.nats_link.headquarters import NatsHeadquartersLink
from replication.nats_link.stream import STREAM
from replication.nats_link.supervisor import NatsSettings

__all__ = ["STREAM", "NatsBranchLink", "NatsHeadquartersLink", "NatsSettings"]
