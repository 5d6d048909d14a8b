"""Made-up labels of a shop's own scales."""

from admin_ui.contexts.labels import LabelReading, LabelsPage, LabelTried

# Tables read better with one row per line.
# fmt: off
_CHEESE = LabelTried(
    digits="2212346146856",
    readings=(
        LabelReading(name="general", layout="22IIIIIWW.WWWC", item="2212346", weight="14.685"),
        LabelReading(name="DE", layout="22IIIIVPPP.PPC", item="221234", price="146.85"),
        LabelReading(name="GB", layout="22IIIIIVPP.PPC", item="2212346", sound=False),
    ),
)
EMPTY = LabelsPage(current=("general",))
TRIED = LabelsPage(
    current=("general",), scanned="2212346146856\n123", labels=(_CHEESE, LabelTried(digits="123", readings=())), fitting=("general", "DE"),
)
WRONG = LabelsPage(current=("DE", "21IIIIIWW.WWWC"), layout="21WX", wrong="a layout is digits, then I, W, P, N, V or X, then C")
