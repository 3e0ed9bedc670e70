"""``python -m tests.reliability [PART…] [--minutes M] [--anew]``: run the harness and write docs/reliability.md."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = str(Path(__file__).resolve().parent.parent)
if HERE not in sys.path:
    sys.path.insert(0, HERE)

if __name__ == "__main__":
    from reliability.run import main

    sys.exit(main(sys.argv[1:]))
