"""`kontor devices list | record | probe | replay`: what hangs on the sockets, what it says, and which language that may be.

Only `probe` writes to a line, only to the one that is named, and only when told twice.
"""

import argparse
import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args

from gateway.cli.command import ASKED_WRONGLY, FAILED, Refused

if TYPE_CHECKING:
    from peripherals.transcript import Fit, Transcript

SECONDS_DEFAULT: Final = 10
FITS_SHOWN: Final = 4
"""Of seventeen languages few make sense of the same bytes, and a person reads no more."""


def add_verbs(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The four verbs."""
    listing = verbs.add_parser("list", help="what hangs on the machine's sockets; nothing of it is opened")
    listing.add_argument("--config", type=Path, metavar="FILE", help="leave out what this config.toml sets up")
    listing.set_defaults(verb=_list)
    recording = verbs.add_parser("record", help="listen to a line and say which language it may be")
    _line(recording)
    recording.set_defaults(verb=_record)
    probing = verbs.add_parser("probe", help="ask a line in one language, after a clear yes: this writes to the line")
    _line(probing)
    probing.add_argument("--protocol", required=True, metavar="NAME", help="the language whose question is sent")
    probing.add_argument("--yes-write", action="store_true", help="needed: what hangs there may print, cut or restart")
    probing.set_defaults(verb=_probe)
    replaying = verbs.add_parser("replay", help="tell a recorded transcript again, frame by frame")
    replaying.add_argument("file", type=Path, metavar="FILE", help="what `record --out` wrote")
    replaying.add_argument("--protocol", metavar="NAME", help="in this language (default: the one that fits best)")
    replaying.set_defaults(verb=_replay)


def _line(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--path", required=True, metavar="/dev/…", help="the line; `kontor devices list` shows them")
    parser.add_argument("--baud-rate", type=_baud_rate, default=9600, metavar="N")
    parser.add_argument("--framing", default="8N1", metavar="8N1", help="8N1, 7E1, 7O1 …")
    parser.add_argument("--seconds", type=_seconds, default=SECONDS_DEFAULT, metavar="N")
    parser.add_argument("--out", type=Path, metavar="FILE", help="keep the transcript, to send or to replay it")


def _list(arguments: argparse.Namespace) -> int:
    from gateway.config import ConfigError, load_branch_config
    from peripherals.ports import not_set_up, proposal, where
    from peripherals.transports.kernel_ports import kernel_ports

    try:
        devices = () if arguments.config is None else load_branch_config(arguments.config).devices
    except ConfigError as refused:
        raise Refused(str(refused), hint=refused.hint, exit_code=ASKED_WRONGLY) from None
    paths = [device.path for device in devices if device.path]
    ports = not_set_up(kernel_ports(), [*paths, *(str(Path(path).resolve()) for path in paths)])
    if not ports:
        print("nothing that is not set up" if devices else "nothing hangs on the sockets of this machine")
    for port in ports:
        print(f"{port.path}\n  {port.told()}; {where(port)[0]}; {port.kind}")
        print("  " + proposal(port, {device.name for device in devices}).replace("\n", "\n  ").rstrip())
    return 0


def _record(arguments: argparse.Namespace) -> int:
    return _tell(_heard(arguments, b""), arguments)


def _probe(arguments: argparse.Namespace) -> int:
    protocol = _protocol(arguments.protocol)
    if not protocol.ask:
        raise Refused(
            f"{protocol.name} is never asked: it talks by itself or when its key is pressed",
            hint="use `kontor devices record`",
        )
    if not arguments.yes_write:
        raise Refused(
            f"this would write {protocol.ask.hex(' ')} to {arguments.path}",
            hint="a printer or modem on that line may act on it; if it is the scale, add --yes-write",
            exit_code=ASKED_WRONGLY,
        )
    return _tell(_heard(arguments, protocol.ask), arguments)


def _replay(arguments: argparse.Namespace) -> int:
    from peripherals.transcript import NoTranscript, fits, read_transcript, replay

    try:
        transcript = read_transcript(arguments.file.read_text("utf-8"))
    except OSError as wrong:
        raise Refused(
            f"{arguments.file} cannot be read: {wrong.strerror}", hint="check the path; `record --out` wrote it"
        ) from None
    except (NoTranscript, UnicodeDecodeError) as wrong:
        raise Refused(
            "this is no transcript",
            where=f"{arguments.file}: {wrong}",
            hint="make one with `kontor devices record --out`",
        ) from None
    name = arguments.protocol
    if name is None:
        found = [fit for fit in fits(transcript, _protocols()) if fit.name in _protocols()]
        if not found:
            raise Refused(
                "no language we know makes sense of it", where=str(arguments.file), hint="name one with --protocol"
            )
        name = found[0].name
    protocol = _protocol(name)
    print(f"{protocol.name}, {transcript.baud_rate} baud, {transcript.framing}")
    for one in replay(transcript, protocol):
        print(f"{one.at_milliseconds / 1000:8.3f}  {_words(one.heard.outcome):<40}  {one.heard.raw.hex(' ')}")
    return 0


def _heard(arguments: argparse.Namespace, ask: bytes) -> "Transcript":
    from peripherals.clock import SystemClock
    from peripherals.config import Framing
    from peripherals.errors import LineError, LineRefused
    from peripherals.recorder import record
    from peripherals.transports.serial import open_serial

    if arguments.framing not in get_args(Framing):
        raise Refused(
            f"no framing {arguments.framing!r}", hint=f"one of {', '.join(get_args(Framing))}", exit_code=ASKED_WRONGLY
        )

    async def open_line() -> Any:
        line = await open_serial(arguments.path, arguments.baud_rate, arguments.framing)
        print(
            f"listening to {arguments.path} for {arguments.seconds} s; put something on the pan, or scan something",
            file=sys.stderr,
        )
        return line

    try:
        return asyncio.run(
            record(
                open_line, SystemClock(), arguments.seconds,
                baud_rate=arguments.baud_rate, framing=arguments.framing, ask=ask,
            )
        )  # fmt: skip
    except LineError as error:
        held = " A running branch lets go of it on its devices page." if error.code == LineRefused.code else ""
        raise Refused(error.detail, where=arguments.path, hint=error.hint + held) from None


def _tell(transcript: "Transcript", arguments: argparse.Namespace) -> int:
    from peripherals.transcript import fits, legible_line

    # What was heard is told also where it could not be kept.
    kept = arguments.out is None or _kept(transcript, arguments.out)
    if not transcript.data:
        print(
            "nothing was said. Some scales answer only when asked: `kontor devices probe`; or baud rate and framing differ"
        )
        return FAILED
    print(f"{len(transcript.data)} bytes, the first: {transcript.data[:32].hex(' ')}")
    if (line := legible_line(transcript.data)) is not None:
        print(f"lines of text: {line}")
    found = fits(transcript, _protocols())
    if not found and line is not None:
        print(
            "no language we know makes sense of it, but the line is set rightly: if that is a weight, tell its shape with"
            ' driver = "configurable-line" and `shape`; `kontor devices parse --help` says how one is written'
        )
        return FAILED
    if not found:
        print(
            "no language we know makes sense of it: try another baud rate or framing, and keep the transcript with --out"
        )
        return FAILED
    for fit in found[:FITS_SHOWN]:
        _show(fit)
    return 0 if kept else FAILED


def _kept(transcript: "Transcript", file: Path) -> bool:
    from peripherals.transcript import write_transcript

    try:
        file.write_text(write_transcript(transcript), "utf-8")
    except OSError as error:
        print(f"not kept in {file}: {error.strerror}; choose another file behind --out", file=sys.stderr)
        return False
    print(f"kept in {file}")
    return True


def _show(fit: "Fit") -> None:
    print(f"{fit.name}: {fit.share} % of the bytes, {fit.frames} frames, {fit.invalid} that made no sense")
    for words in [*map(_words, fit.samples), *fit.codes]:
        print(f"    {words}")
    for setting in fit.settings:
        print(f"    {setting}")


def _words(outcome: Any) -> str:
    parts = [outcome.outcome, " ".join(part for part in (outcome.weight, outcome.unit) if part)]
    parts += ["stable" if outcome.stable else "", *outcome.flags, outcome.reason or ""]
    return ", ".join(part for part in parts if part)


def _protocols() -> Mapping[str, Any]:
    from peripherals.protocols.scales import SCALES

    return SCALES


def _protocol(name: str) -> Any:
    found = _protocols().get(name)
    if found is None:
        raise Refused(
            f"no protocol {name!r}", hint=f"one of {', '.join(sorted(_protocols()))}", exit_code=ASKED_WRONGLY
        )
    return found


def _baud_rate(text: str) -> int:
    if not text.isdecimal() or not 300 <= int(text) <= 921_600:
        raise argparse.ArgumentTypeError(f"{text!r} is no baud rate from 300 to 921600")
    return int(text)


def _seconds(text: str) -> int:
    from peripherals.transcript import SECONDS_MAX

    if not text.isdecimal() or not 1 <= int(text) <= SECONDS_MAX:
        raise argparse.ArgumentTypeError(f"{text!r} is not from 1 to {SECONDS_MAX}")
    return int(text)
