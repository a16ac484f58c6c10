"""From finished clips to a published dataset that anybody can load. Imports nothing of svta but itself."""

from __future__ import annotations
