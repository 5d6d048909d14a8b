"""What a device said on its line and when: kept as text, told again, and asked which language it may be. Opens nothing.

A transcript is what a technician sends when a scale is not understood, so it is one short text file, a line for what came
together: the moment, then the bytes in hex. It begins with how the line was set.
"""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from peripherals.config import Framing
from peripherals.protocols import configurable_line
from peripherals.protocols.frame_outcome import FrameOutcome
from peripherals.protocols.listening import Listening
from peripherals.protocols.scale_protocol import NO_SETTINGS, FrameReader, Heard, ScaleProtocol, ScaleSettings
from peripherals.protocols.serial_scanner import ScanReader

SECONDS_MAX: Final = 600
"""Longer than anybody stands before a scale pressing keys."""
BYTES_MAX: Final = 1_000_000
"""A line of 115,200 baud says no more within a minute and a half; a scale says some ten thousand."""
LINES_MAX: Final = 100_000
SCANNER: Final = "serial-scanner"
GROUP_SEPARATOR: Final = "\x1d"
"""The one control character that codes hold."""
SAMPLES_MAX: Final = 3
"""Frames shown of a language that fits."""

_PRINTABLE: Final = bytes(range(0x20, 0x7F)) + b"\t\r\n"
_HEAD: Final = re.compile(r"# kontor transcript 1, ([0-9]{2,6}) baud, ([78][NEO][12])", re.ASCII)
_LINE: Final = re.compile(r"([0-9]{1,4})\.([0-9]{3}) ((?:[0-9a-f]{2} ?)+)", re.ASCII)


class Said(msgspec.Struct, frozen=True):
    """Bytes that came together, so many milliseconds after the beginning."""

    at_milliseconds: int
    data: bytes


class Transcript(msgspec.Struct, frozen=True):
    """A while on one line."""

    baud_rate: int
    framing: Framing
    said: tuple[Said, ...] = ()

    @property
    def data(self) -> bytes:
        """All of it without the moments."""
        return b"".join(one.data for one in self.said)


class NoTranscript(ValueError):
    """A text that is none; says in which line and why."""


def write_transcript(transcript: Transcript) -> str:
    """The text of it."""
    lines = [f"# kontor transcript 1, {transcript.baud_rate} baud, {transcript.framing}"]
    lines += [
        f"{one.at_milliseconds // 1000}.{one.at_milliseconds % 1000:03d} {one.data.hex(' ')}" for one in transcript.said
    ]
    return "\n".join(lines) + "\n"


def read_transcript(text: str) -> Transcript:
    """What such a text holds. Raises `NoTranscript`."""
    lines = text.splitlines()
    head = _HEAD.fullmatch(lines[0].strip()) if lines else None
    if head is None:
        raise NoTranscript("line 1: should be `# kontor transcript 1, 9600 baud, 8N1`")
    if len(lines) > LINES_MAX or len(text) > 4 * BYTES_MAX:
        raise NoTranscript(f"longer than {LINES_MAX} lines or {BYTES_MAX} bytes")
    said: list[Said] = []
    for number, line in enumerate(lines[1:], 2):
        if not line.strip() or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line.strip())
        at = 0 if found is None else int(found[1]) * 1000 + int(found[2])
        if found is None or (said and at < said[-1].at_milliseconds):
            raise NoTranscript(
                f"line {number}: should be a moment not before the last one and bytes, as `0.250 02 31 0d`"
            )
        said.append(Said(at, bytes.fromhex(found[3])))
    framing = msgspec.convert(head[2], Framing) if head[2] in msgspec.json.schema(Framing)["enum"] else None
    if framing is None:
        raise NoTranscript(f"line 1: {head[2]} is no framing we know")
    return Transcript(int(head[1]), framing, tuple(said))


class Replayed(msgspec.Struct, frozen=True):
    """A frame, and when its last byte came."""

    at_milliseconds: int
    heard: Heard


def replay(transcript: Transcript, protocol: ScaleProtocol, settings: ScaleSettings = NO_SETTINGS) -> list[Replayed]:
    """The frames of a transcript in one language, as a gateway would have heard them."""
    reader = FrameReader(protocol, settings, midway=True)
    return [Replayed(one.at_milliseconds, heard) for one in transcript.said for heard in reader.feed(one.data)]


class Fit(msgspec.Struct, frozen=True):
    """How well a language fits. `share` is the part of all bytes that stood in frames which made sense, in per cent."""

    name: str
    share: int
    frames: int
    invalid: int
    samples: tuple[FrameOutcome, ...] = ()
    codes: tuple[str, ...] = ()
    line: tuple[str, ...] = ()
    """What must be set besides, since it was heard on a line that is set otherwise than the driver sets it."""

    @property
    def settings(self) -> tuple[str, ...]:
        """The lines of `config.toml` that choose it."""
        return (f'driver = "{self.name}"', *self.line)


def fits(transcript: Transcript, protocols: Mapping[str, ScaleProtocol]) -> list[Fit]:
    """The languages that make sense of what was heard, the best first; several may, and a person chooses."""
    found = [fit for protocol in protocols.values() if (fit := _fit(transcript, protocol)) is not None]
    scanner = _scanner(transcript)
    if scanner is not None:
        found.append(scanner)
    # A pattern that a shop may shape itself fits nearly everything, and says least; and any line without a blank may be a code.
    return sorted(
        found,
        key=lambda fit: (
            fit.name == configurable_line.PROTOCOL.name, -fit.share, fit.invalid, -fit.frames, fit.name == SCANNER, fit.name,
        ),
    )  # fmt: skip


def legible_line(data: bytes) -> str | None:
    """The first whole line where all of it is lines a person can read: then the line is set rightly, whatever its language."""
    if data.translate(None, _PRINTABLE) or b"\n" not in data.replace(b"\r", b"\n"):
        return None
    # The first may have begun before anybody listened.
    lines = [line for line in data.decode("ascii").splitlines() if line.strip()]
    return lines[1] if len(lines) > 2 else next(iter(lines), None)


def _fit(transcript: Transcript, protocol: ScaleProtocol) -> Fit | None:
    heard = [one.heard for one in replay(transcript, protocol)]
    good = [one for one in heard if one.outcome.outcome not in {"invalid", "ack"}]
    if not any(one.outcome.outcome in {"weight", "status", "tare", "count"} for one in good):
        return None
    share = _share(sum(_length(one.raw) for one in good), transcript)
    samples = tuple(dict.fromkeys(one.outcome for one in good))[:SAMPLES_MAX]
    line = _line(transcript, protocol.baud_rate, protocol.framing)
    return Fit(protocol.name, share, len(good), len(heard) - len(good), samples, (), line)


def _line(transcript: Transcript, baud_rate: int, framing: Framing) -> tuple[str, ...]:
    """What differs from the line as the driver sets it. Eight bits with the driver's own parity in them are its line all the same."""
    settings: list[str] = []
    if transcript.baud_rate != baud_rate:
        settings.append(f"baud_rate = {transcript.baud_rate}")
    parity = {"7E1": 0, "7O1": 1}.get(framing)
    carried = (
        transcript.framing == "8N1"
        and parity is not None
        and all(byte.bit_count() & 1 == parity for byte in transcript.data)
    )
    if transcript.framing != framing and not carried:
        settings.append(f'framing = "{transcript.framing}"')
    return tuple(settings)


def _scanner(transcript: Transcript) -> Fit | None:
    """Codes are printable and come as lines, each at once; a scale's lines come with blanks and units in them."""
    listening = Listening(ScanReader())
    listening.opened(0.0)
    codes: list[str] = []
    for one in transcript.said:
        for event in listening.receive(one.data, one.at_milliseconds / 1000):
            code = getattr(event, "data", "")
            if (
                not code
                or not code.replace(GROUP_SEPARATOR, "").isprintable()
                or any(blank in code for blank in (" ", ","))
            ):
                return None
            codes.append(code)
    if not codes:
        return None
    return Fit(
        SCANNER,
        _share(sum(map(len, codes)), transcript),
        len(codes),
        0,
        (),
        tuple(dict.fromkeys(codes))[:SAMPLES_MAX],
        _line(transcript, 9600, "8N1"),
    )


def _share(length: int, transcript: Transcript) -> int:
    return min(100, 100 * length // max(1, _length(transcript.data)))


def _length(data: bytes) -> int:
    """Bytes that say something: whether a line's end belongs to a frame or stands between two is a matter of taste."""
    return len(data.translate(None, b"\r\n"))
