"""`python -m gateway` is the `kontor` command."""

import sys

from gateway.cli.__main__ import main

sys.exit(main())
