"""From finished clips to a published, loadable dataset. The bottom floor: imports nothing of svta but itself."""

from __future__ import annotations
