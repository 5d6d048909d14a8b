"""What a bad cable does to what a device says: flips a bit, swallows a byte, or holds back the rest. Pure; told exactly what."""

from collections.abc import Callable


class WireFaults:
    """Stands between a simulator and its line; `through` takes what the device says and gives what arrives."""

    def __init__(self) -> None:
        """A good cable."""
        self._said = 0
        self._flips: dict[int, int] = {}
        self._swallowed: set[int] = set()
        self._held_from: int | None = None

    def flip(self, byte: int, bit: int) -> None:
        """The bit of the so-maniest byte from now on arrives turned over."""
        self._flips[self._said + byte] = 1 << bit

    def swallow(self, byte: int) -> None:
        """The so-maniest byte from now on does not arrive."""
        self._swallowed.add(self._said + byte)

    def stall(self, after: int = 0) -> None:
        """After so many bytes nothing arrives any more; what is said meanwhile is lost."""
        self._held_from = self._said + after

    def mend(self) -> None:
        """A good cable again."""
        self._flips.clear()
        self._swallowed.clear()
        self._held_from = None

    def through(self, data: bytes) -> bytes:
        """What arrives of it."""
        arrived = bytearray()
        for byte in data:
            at, self._said = self._said, self._said + 1
            held = self._held_from is not None and at >= self._held_from
            if not held and at not in self._swallowed:
                arrived.append(byte ^ self._flips.pop(at, 0))
        return bytes(arrived)

    def around(self, receive: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
        """The simulator with this cable on its way back."""
        return lambda data: self.through(receive(data))
