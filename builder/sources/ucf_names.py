"""What the name of a UCF-Crime video says; every table that names one shares its group, whichever source it is of."""

from __future__ import annotations

import re
from typing import Final

from .columns import Fields

_ANY: Final = re.compile(r"(?:.*/)?(([A-Za-z]+)[\d_].*?)(?:\.mp4)?")
_PUBLISHED: Final = re.compile(
    r"(?:.*[/\\])?((?:Abuse|Arrest|Arson|Assault|Burglary|Explosion|Fighting|RoadAccidents|Robbery|Shooting|Shoplifting"
    r"|Stealing|Vandalism|Normal_Videos_?)\d+_x264)(?:\.\w+)?"
)


def ucf_video(name: str) -> Fields | None:
    """tag, is_anomaly and group of a UCF-Crime video name, published with folders, .mp4 and CR LF; None for others."""
    match = _ANY.fullmatch(name.strip())
    if match is None:
        return None
    normal = match[2].lower() == "normal"
    return {"tag": "Normal" if normal else match[2], "is_anomaly": not normal, "group": f"ucf-crime:{match[1]}"}


def ucf_group(name: str) -> str | None:
    """The group of a name that only UCF-Crime has; None for all others."""
    match = _PUBLISHED.fullmatch(name)
    return f"ucf-crime:{match[1]}" if match else None
