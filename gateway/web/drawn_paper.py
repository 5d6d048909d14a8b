"""Paper as a page's script draws it, from what came out of the simulated printer. Knows no document."""

from peripherals.simulators.paper import PrintedLine, PrintedText


def drawn(line: PrintedLine) -> dict[str, str | bool]:
    """A printed line; codes are shown by what they say, pictures by their size."""
    if isinstance(line, PrintedText):
        return {"text": line.text, "align": line.align, "bold": line.bold, "double": line.double}
    return {"text": f"▐▌▐ {line.data} ▌▐▌", "align": line.align, "bold": False, "double": False}
