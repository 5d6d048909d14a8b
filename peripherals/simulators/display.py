"""A customer display of 2 × 20, the other end of the wire: written from the command tables, not from our encoder.

It understands both languages by a switch, as real ones do, and shows what a person would read. A column too many in
string mode is dropped, as the makers say; in ESC/POS mode it goes on in the other row.
"""

from typing import Literal

Language = Literal["cd5220", "escpos"]
COLUMNS, ROWS = 20, 2


class DisplaySimulator:
    """Fed bytes; `rows` is what stands on the glass."""

    def __init__(self, language: Language = "cd5220", encoding: str = "gb18030") -> None:
        """Dark."""
        self._language, self._encoding = language, encoding
        self.switch_off()

    def switch_off(self) -> None:
        """Loses power: dark, and every half-heard command is gone."""
        self._cells = [bytearray(b" " * COLUMNS) for _ in range(ROWS)]
        self._column = self._row = 0
        self._command = bytearray()
        self._string: int | None = None

    @property
    def rows(self) -> tuple[str, str]:
        """Both rows as a person reads them."""
        upper, lower = (bytes(cells).decode(self._encoding, "replace").rstrip() for cells in self._cells)
        return upper, lower

    def receive(self, data: bytes) -> bytes:
        """Takes bytes; it answers none."""
        for byte in data:
            self._take(byte)
        return b""

    def _take(self, byte: int) -> None:
        if self._string is not None:
            self._in_string(byte)
        elif self._command:
            self._command.append(byte)
            self._try_command()
        elif byte in (0x1B, 0x1F):
            self._command.append(byte)
        elif byte == 0x0C:
            self._clear()
        elif byte >= 0x20:
            self._write(byte)

    def _in_string(self, byte: int) -> None:
        assert self._string is not None
        if byte == 0x0D:
            self._string = None
        elif byte == 0x0C:
            self._string = None
            self._clear()
        elif byte >= 0x20 and self._column < COLUMNS:
            self._cells[self._string][self._column] = byte
            self._column += 1

    def _try_command(self) -> None:
        command = bytes(self._command)
        if command == b"\x1b@":
            self._clear()
        elif self._language == "cd5220" and command[:2] == b"\x1bQ" and len(command) == 3:
            self._string = {0x41: 0, 0x42: 1}.get(command[2])
            if self._string is not None:
                self._cells[self._string][:] = b" " * COLUMNS
                self._column = 0
        elif self._language == "escpos" and command[:2] == b"\x1f$" and len(command) == 4:
            self._column, self._row = min(command[2], COLUMNS) - 1, min(command[3], ROWS) - 1
        elif command[:2] in (b"\x1bQ", b"\x1f$") or len(command) == 1:
            return
        self._command.clear()

    def _write(self, byte: int) -> None:
        if self._column >= COLUMNS:
            self._column, self._row = 0, (self._row + 1) % ROWS
        self._cells[self._row][self._column] = byte
        self._column += 1

    def _clear(self) -> None:
        for cells in self._cells:
            cells[:] = b" " * COLUMNS
        self._column = self._row = 0
        self._command.clear()
