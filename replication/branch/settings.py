"""The times replication keeps at a branch, each with its reason. Pure."""

from collections.abc import Callable

import msgspec


class SyncSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Times in seconds, each with its reason."""

    linger: float = 0.1
    """Time from one batch to the next under traffic; a lone sale goes at once. At most 10 small messages a second."""
    backoff_first: float = 0.25
    backoff_max: float = 60.0
    """Full jitter between nothing and this: a thousand branches must not knock at the same moment."""
    hello_every: float = 300.0
    """A lost watermark, want or refusal is healed after this at the latest."""
    refused_again: float = 30.0
    """How soon a refused branch asks again, so that a person's decision at headquarters takes hold by itself."""
    heartbeat_every: float = 15.0
    """Headquarters calls a branch offline after three missed heartbeats."""
    patience: float = 10.0
    """Acknowledged but no watermark: after this the stream may have lost it, and headquarters is asked."""

    def backoff(self, failures: int, jitter: Callable[[], float]) -> float:
        """The pause after so many failures in a row."""
        return jitter() * min(self.backoff_max, self.backoff_first * 2.0 ** min(failures, 30))

    def asked_again(self, jitter: Callable[[], float]) -> float:
        """The pause after a refusal."""
        return self.refused_again * (0.5 + jitter() / 2)
