"""Rows with a start and an end -> clips of that part of their video: what the times of a row mean in its file.

The step from records to footage: builder/video/cutting.py does the work, one pass for all rows of one video.

    for item, result in cut_items(items, open("Abuse028_x264.mp4", "rb"), config): ...     # a Cut, or the item's error
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO, Final, NamedTuple

from svta.builder.errors import ClipError
from svta.builder.record import Clip
from svta.builder.sources.cells import timecode_seconds
from svta.builder.sources.records import RowProblem
from svta.builder.video.cutting import cut
from svta.builder.video.frame_buffer import VideoError
from svta.builder.video.marking import mark_for
from svta.builder.video.timeline import Timeline, Window, read_timeline
from svta.builder.video.transcode import Converted, tags_of

from .plan import ImportConfig, Item, check_span

LATE_SECONDS: Final = 0.5  # that a span may end after its video, as rounded durations do, without a flag
_SAME_LENGTH: Final = 0.05  # of two spans, as a share


class Cut(NamedTuple):
    """A row's clip: with its flags and its times as they were applied."""

    clip: Clip
    video: Converted


class _Place(NamedTuple):
    """Where in its file a row's clip is."""

    window: Window
    clip: Clip


def cut_items(items: Sequence[Item], source: BinaryIO, config: ImportConfig) -> Iterator[tuple[Item, Cut | Exception]]:
    """Each row of one video with its clip or what is wrong with it; rows that want the same frames share the work.

    In the order in which clips are finished, which depends on the video and its rows alone. Raises VideoError for a
    file that is not a video at all.
    """
    timeline = read_timeline(source)
    is_whole = _is_cut_already(items, timeline)
    places: dict[int, _Place] = {}
    wanted: dict[tuple[Window, tuple[tuple[str, str], ...]], list[int]] = {}
    for number, item in enumerate(items):
        try:
            places[number] = place = _placed(item, timeline, config, is_whole)
            tags = {**tags_of(timeline.info.metadata), **mark_for(timeline.info.metadata, item.clip.key)}
            wanted.setdefault((place.window, tuple(tags.items())), []).append(number)
        except (VideoError, RowProblem) as error:
            yield item, error
    order = list(wanted)
    tags_in_order: list[Mapping[str, str]] = [dict(tags) for _, tags in order]
    windows = [window for window, _ in order]
    for index, result in cut(source, timeline, windows, config.cutting, tags_in_order):
        for number in wanted[order[index]]:
            yield items[number], result if isinstance(result, VideoError) else Cut(places[number].clip, result)


def _is_cut_already(items: Sequence[Item], timeline: Timeline) -> bool:
    """Whether the rows tell which part of a longer video this file is, as MSR-VTT's do: one span, as long as the file,
    that ends after it."""
    spans = {(item.clip.start, item.clip.end) for item in items}
    start, end = next(iter(spans))
    if len(spans) > 1 or start is None or end is None:
        return False
    length, duration = end - start, timeline.duration
    return end > duration + LATE_SECONDS and abs(length - duration) <= max(LATE_SECONDS, _SAME_LENGTH * duration)


def _placed(item: Item, timeline: Timeline, config: ImportConfig, is_whole: bool) -> _Place:
    """Raises SpanError, VideoError, RowProblem."""
    clip = item.clip
    if is_whole or item.is_cut:
        flags = dict.fromkeys((*clip.flags, "already_cut"))
        return _Place(timeline.window(None, None), clip.replace(flags=list(flags)))
    if item.frames != (None, None):
        clip = clip.replace(**_span_of_frames(item, timeline))
    check_span(clip.start, clip.end or timeline.duration, config.max_seconds)
    window = timeline.window(clip.start, clip.end)
    if clip.end is not None and clip.end > timeline.duration + LATE_SECONDS:
        clip = clip.replace(flags=[*clip.flags, "end_clipped"], end=round(timeline.duration, 3))
    return _Place(window, clip)


def _span_of_frames(item: Item, timeline: Timeline) -> dict[str, float | None]:
    """Start and end of a row that counts frames. Raises SpanError, RowProblem."""
    times: dict[str, float | None] = {"start": item.clip.start, "end": item.clip.end}
    numbers: list[int | None] = []
    for name, frame in zip(times, item.frames):
        try:
            if isinstance(frame, str):
                times[name] = timecode_seconds(frame, float(timeline.rate))
        except ClipError as error:
            raise RowProblem("bad_field", f"{name}: {error}") from None
        numbers.append(frame if isinstance(frame, int) else None)
    if numbers != [None, None]:
        start, end = timeline.span_of_frames(*numbers)
        times = {"start": start if times["start"] is None else times["start"], "end": times["end"] or end}
    return times
