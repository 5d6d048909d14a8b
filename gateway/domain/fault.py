"""What is wrong with an input, as the branch's rooms know it: one kind of finding for both ends of the house."""

from replication.wire.fault import Fault

__all__ = ["Fault"]
