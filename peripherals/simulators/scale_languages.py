"""The other end of the wire in every language of scales: what a pan says by itself, and what it answers. Pure.

Written from the makers' manuals, not from the readers in `protocols`: nothing is shared with them but the names.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from peripherals.simulators import scale_frames, scale_lines
from peripherals.simulators.scale_pan import ScalePan

COMMAND_BYTES_MAX: Final = 64
"""A longer command is noise, and forgotten."""


class Language(msgspec.Struct, frozen=True):
    """How one language is spoken. `answer` gets one whole command, without its end."""

    say: Callable[[ScalePan], bytes]
    answer: Callable[[ScalePan, bytes], bytes]
    end: bytes = b"\r\n"
    """What ends a command; empty where every byte is one."""


def _deaf(_: ScalePan, __: bytes) -> bytes:
    return b""


LANGUAGES: Final[dict[str, Language]] = {
    "toledo-continuous": Language(say=scale_frames.toledo_continuous, answer=_deaf),
    "status-line": Language(say=scale_lines.status_line, answer=_deaf),
    "stx-status-line": Language(say=scale_lines.stx_status_line, answer=_deaf),
    "and-standard": Language(say=scale_lines.and_standard, answer=scale_lines.and_answer),
    "and-csv": Language(say=scale_lines.and_csv, answer=scale_lines.and_csv_answer),
    "nci": Language(say=scale_frames.nci, answer=scale_frames.nci_answer, end=b"\r"),
    "sma": Language(say=scale_frames.sma, answer=scale_frames.sma_answer, end=b"\r"),
    "mt-sics": Language(say=scale_lines.mt_sics, answer=scale_lines.mt_sics_answer),
    "cas-type6": Language(say=scale_frames.cas_type6, answer=scale_frames.cas_type6_answer, end=b""),
    "ohaus-line": Language(say=scale_lines.ohaus, answer=scale_lines.ohaus_answer),
    "adam-line": Language(say=scale_lines.adam, answer=scale_lines.adam_answer),
    "sartorius-sbi": Language(say=scale_lines.sartorius, answer=scale_lines.sartorius_answer),
    "usb-hid-scale": Language(say=scale_frames.usb_hid, answer=_deaf),
    "dibal-98": Language(say=scale_frames.dibal, answer=scale_frames.dibal_answer),
    "yaohua-xk3190": Language(say=scale_frames.yaohua, answer=_deaf),
    "configurable-line": Language(say=scale_lines.plain, answer=_deaf),
}
"""Without Toledo 8217 and Dialog 06, which have simulators of their own."""


class SpokenScale(ScalePan):
    """A pan that speaks one of the languages."""

    def __init__(self, language: str) -> None:
        """Raises `KeyError` for a language that is none."""
        super().__init__("kg")
        self._language = LANGUAGES[language]
        self._heard = bytearray()

    def say(self) -> bytes:
        """What it sends by itself, once."""
        return b"" if self.silent else self._language.say(self)

    def receive(self, data: bytes) -> bytes:
        """Answers every command that `data` completes."""
        if self.silent:
            return b""
        end, answers = self._language.end, b""
        for byte in data:
            self._heard.append(byte & 0x7F)
            if self._heard.endswith(end):
                command = bytes(self._heard[: len(self._heard) - len(end)])
                self._heard.clear()
                answers += self._language.answer(self, command)
            elif len(self._heard) > COMMAND_BYTES_MAX:
                self._heard.clear()
        return answers
