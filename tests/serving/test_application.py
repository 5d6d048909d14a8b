"""What a site loads."""

import subprocess
import sys

_SITE = """
import sys
from litestar import get
from admin_ui.serving.application import Application

@get("/", sync_to_thread=False)
def page() -> str:
    return ""

Application([page])
print(sorted({"pydantic", "attrs"} & sys.modules.keys()))
"""


def test_a_site_loads_no_types_of_others() -> None:
    """Whatever else is installed beside it: a tenth of the gateway's memory is not for what nobody uses."""
    loaded = subprocess.run([sys.executable, "-c", _SITE], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"
