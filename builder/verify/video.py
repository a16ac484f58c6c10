"""Whether a video decodes and is what its record says."""

from __future__ import annotations

from collections.abc import Iterator

from svta.builder.record import Clip

from .finding import Finding


def check_video(clip: Clip, video: bytes, name: str) -> Iterator[Finding]:
    """Decode all of a video: frames, size, rate as recorded; a synthetic clip is BT.709 and says it is synthetic."""
    from svta.builder.video.container import probe
    from svta.builder.video.frame_buffer import VideoError
    from svta.builder.video.marking import marked_source_type

    try:
        info = probe(video)
    except VideoError as error:
        yield Finding("video", name, f"cannot be decoded: {error}", clip.key)
        return
    if "mp4" not in info.container.split(","):
        yield Finding("container", name, f"is {info.container[:40]!a}, not mp4: import it with `svta import`", clip.key)
    if clip.num_frames not in (None, info.num_frames):
        problem = f"{info.num_frames} frames can be decoded, its record says {clip.num_frames}"
        yield Finding("num_frames", name, problem, clip.key)
    shown = (info.height, info.width) if info.rotation % 180 else (info.width, info.height)
    if clip.width and clip.height and (clip.width, clip.height) not in (shown, (info.width, info.height)):
        problem = f"is {info.width}x{info.height}, its record says {clip.width}x{clip.height}"
        yield Finding("size", name, problem, clip.key)
    mean = info.num_frames / info.duration if info.duration else info.fps  # what svta before 0.2.0 recorded of cuts
    if clip.fps and min(abs(info.fps - clip.fps), abs(mean - clip.fps)) > 0.01 * clip.fps:
        yield Finding("fps", name, f"has {info.fps:.3f} frames a second, its record says {clip.fps:.3f}", clip.key)
    if clip.synthetic:
        if (info.colorspace, info.color_range) != (1, 1):
            problem = f"colour tags are {info.colorspace}/{info.color_range}, not BT.709 limited (1/1)"
            yield Finding("colour", name, problem, clip.key)
        # a backend of a user's own may be a trained model or a program that draws; of the storyboard it is known
        terms = (
            ("algorithmicMedia",) if clip.generator == "storyboard" else ("trainedAlgorithmicMedia", "algorithmicMedia")
        )
        if (marked := marked_source_type(info.metadata)) not in terms:
            problem = f"its container is marked {marked or 'nothing'}, not {' or '.join(terms)}"
            yield Finding("mark", name, problem, clip.key)
        elif info.metadata.get("svta_key", clip.key) != clip.key:
            yield Finding("mark", name, "its container names another key", clip.key)
