"""What is installed here and what is missing: versions, extras, codecs, GPU, caches. `svta info` prints it.

Reads the metadata of installed packages, asks PyAV and torch, and looks where caches are; writes nothing.
"""

from __future__ import annotations

import os
import platform
import shutil
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

from svta.builder.errors import first_line
from svta.builder.io.parallel import cpu_count
from svta.builder.versions import NOT_INSTALLED, svta_version, version_of

PACKAGES: Final = ("datasets", "huggingface_hub", "av", "pyarrow", "torch", "transformers", "diffusers", "torchcodec")
FOR_DEVELOPERS: Final = ("docs", "test", "bench")  # extras that no command needs
CODECS: Final = {"encode": ("libx264", "libsvtav1"), "decode": ("h264", "hevc", "av1", "vp9")}


@dataclass(frozen=True)
class Installation:
    """Versions by package; what each extra still lacks; codecs of PyAV; the device models run on; where caches are.

    problems: what is there and does not work, each with its remedy. pip: the line that installs what is missing.
    """

    svta: str
    python: str
    packages: dict[str, str]
    extras: dict[str, list[str]]
    codecs: dict[str, dict[str, bool]]
    device: str
    caches: dict[str, str]
    problems: list[str]
    pip: str | None

    def as_dict(self) -> dict[str, object]:
        """Plain JSON."""
        return asdict(self)

    def lines(self) -> list[str]:
        """For a reader."""
        codecs = {way: ", ".join(name for name, there in of.items() if there) for way, of in self.codecs.items()}
        lacking = {name: ", ".join(missing) for name, missing in self.extras.items() if missing}
        return [
            f"svta {self.svta}, Python {self.python}",
            *(f"  {name} {version}" for name, version in self.packages.items()),
            f"extras: {', '.join(name for name, missing in self.extras.items() if not missing) or 'none'}",
            *(f"  [{name}] lacks {missing}" for name, missing in lacking.items()),
            *([f"  {self.pip}"] if self.pip else []),
            *(f"codecs, {way}: {names or 'none'}" for way, names in codecs.items()),
            f"device: {self.device}",
            *(f"cache, {name}: {place}" for name, place in self.caches.items()),
            *(f"problem: {problem}" for problem in self.problems),
        ]


def read_installation() -> Installation:
    """Look at this environment. Imports torch and torchcodec where they are installed, to see whether they work."""
    extras = missing_of_extras()
    wanted = [name for name, missing in extras.items() if missing]
    device, problems = _device()
    if torchcodec := _torchcodec_problem():
        problems.append(torchcodec)
    return Installation(
        svta=svta_version(),
        python=platform.python_version(),
        packages={name: version_of(name) for name in PACKAGES},
        extras=extras,
        codecs=_codecs(),
        device=device,
        caches=_caches(),
        problems=problems,
        pip=f"pip install 'svta[{','.join(wanted)}]'" if wanted else None,
    )


def missing_of_extras() -> dict[str, list[str]]:
    """What each extra still lacks: `torch>=2.6`. Empty if svta is not installed, as in a bare checkout."""
    try:
        about = metadata("svta")
    except PackageNotFoundError:
        return {}
    names = [name for name in about.get_all("Provides-Extra") or [] if name not in FOR_DEVELOPERS]
    needed = [Requirement(line) for line in about.get_all("Requires-Dist") or []]

    def lacking(extra: str) -> list[str]:
        found: list[str] = []
        for need in needed:
            if need.marker is None or not need.marker.evaluate({"extra": extra}):
                continue
            if need.name == "svta":
                found += [name for other in sorted(need.extras) for name in lacking(other)]
            elif (version := version_of(need.name)) == NOT_INSTALLED or version not in need.specifier:
                found.append(f"{need.name}{need.specifier}")
        return sorted(set(found))

    return {name: lacking(name) for name in names}


def _codecs() -> dict[str, dict[str, bool]]:
    from av.codec import Codec
    from av.codec.codec import UnknownCodecError

    def there(name: str, mode: str) -> bool:
        try:
            return bool(Codec(name, "w" if mode == "encode" else "r"))
        except UnknownCodecError:
            return False

    return {mode: {name: there(name, mode) for name in names} for mode, names in CODECS.items()}


def _device() -> tuple[str, list[str]]:
    """The device that models run on, and what keeps torch from working."""
    if version_of("torch") == NOT_INSTALLED:
        return "torch is not installed", []
    try:
        import torch
    except (ImportError, OSError) as error:
        return "torch does not import", [f"torch: {first_line(str(error), 200)}; install it again"]
    if not torch.cuda.is_available():
        return f"CPU, {cpu_count()} cores", []
    cards = [torch.cuda.get_device_properties(i) for i in range(torch.cuda.device_count())]
    return ", ".join(f"{card.name} ({card.total_memory / 2**30:.0f} GiB)" for card in cards), []


def _torchcodec_problem() -> str | None:
    """Why torchcodec fails here. svta does without it; load_dataset of a folder with videos, without svta, does not."""
    if version_of("torchcodec") == NOT_INSTALLED:
        return None
    try:
        import torchcodec.decoders  # noqa: F401
    except (ImportError, OSError, RuntimeError) as error:
        return (
            f"torchcodec is installed and does not import ({first_line(str(error), 120)}): svta does not need it, but "
            "load_dataset without svta fails on videos; pip uninstall torchcodec, or install FFmpeg's libraries"
        )
    return None


def _caches() -> dict[str, str]:
    """Where what was downloaded is kept, and how much room is left there."""
    from huggingface_hub.constants import HF_HOME, HF_HUB_CACHE

    from svta.builder.dataset.shard_cache import FOLDER, VARIABLE

    hub = Path(HF_HUB_CACHE)
    standing = next(path for path in (hub, *hub.absolute().parents) if path.is_dir())
    free = f"{shutil.disk_usage(standing).free / 1e9:,.0f} GB free"
    ceiling = os.environ.get(VARIABLE)
    shards = f"{Path(HF_HOME) / FOLDER}, at most {ceiling} GB" if ceiling else f"as Hub; {VARIABLE}=GB sets a ceiling"
    return {"Hub": f"{hub}, {free}", "shards": shards}
