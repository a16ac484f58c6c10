"""`python -m svta` is the console script `svta`. The wheel has this file as svta/__main__.py: imports are absolute."""

from __future__ import annotations

from svta.cli import main

if __name__ == "__main__":
    main()
