"""Live events: what happened, in order, to every open page that wants it. Knows topics, not their meaning.

Everything here runs on the event loop; another thread hands an event over with `loop.call_soon_threadsafe`.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Collection
from typing import Any

import msgspec

# Enough for a page that slept through a busy minute (design of the live pages).
RING_EVENTS = 5_000
# A page this far behind draws faster by fetching anew.
QUEUE_EVENTS = 256
# Five windows on each of a dozen devices; each costs a socket and up to 256 shared frames.
CLIENTS_MAX = 64

_encode = msgspec.json.Encoder().encode


class Event:
    """`audience` names the one part of the site it concerns (a station), None means everyone.

    Encoded when the first page wants it: what nobody listens to costs next to nothing.
    """

    __slots__ = ("_data", "_frame", "audience", "number", "topic")

    def __init__(self, number: int, topic: str, audience: str | None, data: Any) -> None:
        self.number = number
        self.topic = topic
        self.audience = audience
        self._data = data
        self._frame: bytes | None = None

    @property
    def frame(self) -> bytes:
        """The event as it is sent."""
        if self._frame is None:
            data = self._data() if callable(self._data) else self._data
            encoded = data if isinstance(data, bytes) else _encode(data)
            assert b"\n" not in encoded, "an event's data is one line"
            self._frame = b"id: %d\nevent: %s\ndata: %s\n\n" % (self.number, self.topic.encode(), encoded)
            self._data = None
        return self._frame


Wanted = Callable[[Event], bool]


class Subscription:
    """One open page's queue. Made by `EventHub.subscribe` only."""

    def __init__(self, topics: frozenset[str], audience: str | None, wanted: Wanted | None, queue_max: int) -> None:
        self._topics = topics
        self._audience = audience
        self._wanted = wanted
        self._queue_max = queue_max
        self._frames: deque[bytes] = deque()
        self._lost = False
        self.ended = False
        self.wake = asyncio.Event()

    def wants(self, event: Event) -> bool:
        return (
            (not self._topics or event.topic in self._topics)
            and (event.audience is None or self._audience is None or event.audience == self._audience)
            and (self._wanted is None or self._wanted(event))
        )

    def offer(self, event: Event) -> None:
        if self._lost or not self.wants(event):
            return
        if len(self._frames) >= self._queue_max:
            self.lose()
            return
        self._frames.append(event.frame)
        self.wake.set()

    def lose(self) -> None:
        """What the page has is no longer continuous: it will be told to fetch anew."""
        self._lost = True
        self._frames.clear()
        self.wake.set()

    def end(self) -> None:
        self.ended = True
        self.wake.set()

    def take(self, head: int) -> bytes:
        """All waiting frames as one piece."""
        self.wake.clear()
        if self._lost:
            self._lost = False
            return b'id: %d\nevent: resync\ndata: {"head":%d}\n\n' % (head, head)
        taken = b"".join(self._frames)
        self._frames.clear()
        return taken


class EventHub:
    """Numbers, keeps and hands out events. Numbers start from the clock, so a page that still holds a number of an
    earlier run of this process is told to fetch anew instead of being resumed at the wrong place.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        ring_max: int = RING_EVENTS,
        queue_max: int = QUEUE_EVENTS,
        clients_max: int = CLIENTS_MAX,
    ) -> None:
        # Microseconds since 1970: below 2**53 until the year 2255, so JavaScript reads it exactly.
        self.head = int(clock() * 1_000_000)
        self._ring: deque[Event] = deque(maxlen=ring_max)
        self._queue_max = queue_max
        self._clients_max = clients_max
        self._clients: set[Subscription] = set()
        self._closed = False

    @property
    def clients(self) -> int:
        return len(self._clients)

    def publish(self, topic: str, data: Any, *, audience: str | None = None) -> int:
        """Hand an event to every page that wants it; returns its number.

        `data` is a struct, its JSON as bytes, or a function that makes one of these when a page wants it.
        """
        self.head += 1
        event = Event(self.head, topic, audience, data)
        self._ring.append(event)
        for client in self._clients:
            client.offer(event)
        return self.head

    def subscribe(
        self,
        topics: Collection[str] = (),
        *,
        audience: str | None = None,
        wanted: Wanted | None = None,
        after: int | None = None,
    ) -> Subscription | None:
        """A page begins to listen; None when there are too many. No topics means all. `after` is the last number the
        page has; when what followed is no longer whole in the ring, its first event is `resync`.
        """
        if self._closed or len(self._clients) >= self._clients_max:
            return None
        subscription = Subscription(frozenset(topics), audience, wanted, self._queue_max)
        if after is not None:
            self._replay(subscription, after)
        self._clients.add(subscription)
        return subscription

    def leave(self, subscription: Subscription) -> None:
        self._clients.discard(subscription)

    def close(self) -> None:
        """End every stream; called before the server stops, which would otherwise wait for them."""
        self._closed = True
        for client in self._clients:
            client.end()

    def _replay(self, subscription: Subscription, after: int) -> None:
        oldest = self._ring[0].number if self._ring else self.head + 1
        if not oldest - 1 <= after <= self.head:
            subscription.lose()
            return
        skipped = after - (oldest - 1)
        for place in range(skipped, len(self._ring)):
            subscription.offer(self._ring[place])
