"""Licences as people write them: their SPDX names, the Hub's tags of them, and what each allows.

    spdx_licence("CC BY 4.0"), terms_of("CC-BY-NC-4.0").commercial      # "CC-BY-4.0", False

rights.py decides with them what may be done with a dataset.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

OPEN_LICENCES: Final = {"MIT": "mit", "Apache-2.0": "apache-2.0"}
UNKNOWN: Final = "unknown"
# SPDX names -> the Hub's tags of the licences that people give captions and videos
HUB_LICENCES: Final = OPEN_LICENCES | {
    **{name: name.lower() for name in ("CC0-1.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "Unlicense")},
    **{
        f"CC-{kind}-4.0": f"cc-{kind}-4.0".lower() for kind in ("BY", "BY-SA", "BY-NC", "BY-NC-SA", "BY-NC-ND", "BY-ND")
    },
    **{f"CC-{kind}-3.0": f"cc-{kind}-3.0".lower() for kind in ("BY", "BY-SA", "BY-NC", "BY-NC-SA", "BY-NC-ND")},
    **{"ODC-By-1.0": "odc-by", "ODbL-1.0": "odbl", "PDDL-1.0": "pddl", "CC-BY-2.0": "cc-by-2.0"},
    "etalab-2.0": "etalab-2.0",
    **{f"CDLA-{kind}": f"cdla-{kind.lower()}" for kind in ("Permissive-1.0", "Permissive-2.0", "Sharing-1.0")},
}
UPLOADER_SAYS: Final = ", as its uploader says"  # behind a licence that counts for nothing by itself
_MAX_LICENCE_CHARS: Final = 80
# what is in a column of licences without a licence, letters only
_NOT_TOLD: Final = frozenset(
    ("", "unknown", "na", "nan", "none", "null", "tbd", "nonestated", "notstated", "notknown", "notspecified",
     "unspecified", "undefined", "undetermined", "noassertion", "unbekannt", "inconnu", "desconocido", "未知")
)  # fmt: skip
_SIGNS: Final = re.compile(
    "[\u00a9\u00ae\u2117\u24b8\u26d4\u274c\u2717\u2718\U0001f12f\U0001f6ab]|\\d"
)  # © ❌ 🚫, a number
_CC_URL: Final = re.compile(
    r"(?:https?://)?(?:www\.)?creativecommons\.org/(?:licenses/([a-z-]+)|publicdomain/(zero))/([0-9.]+)"
    r"(?:/[a-z]{2,3})?(?:/(?:deed|legalcode)(?:\.[\w-]+)?)?/?(?:\?ref=[\w-]+)?",
    re.I,
)
_SPDX_URL: Final = re.compile(r"https?://(?:www\.)?(?:spdx|opensource)\.org/licenses?/([\w.-]+?)(?:\.html|/)?", re.I)
_ETALAB: Final = re.compile(
    r"(?:etalab[ -]|licence ouverte(?: ?/ ?open licence)? )(?:version |v)?2(?:\.0)?(?: \(?etalab\)?)?", re.I
)
_WORDS_AROUND: Final = re.compile(r"\b(licen[cs]ed?|international|unported|the|under)\b", re.I)
_SHORT: Final = {
    "cc0": "CC0-1.0",
    "odc-by": "ODC-By-1.0",
    "odbl": "ODbL-1.0",
    "pddl": "PDDL-1.0",
    "apache-2": "Apache-2.0",
}


class Terms(NamedTuple):
    """What licences of this name allow (fnmatch); the first that fits counts. Their texts are the source."""

    pattern: str
    redistribute_video: bool = True
    commercial: bool = True
    share_alike: bool = False
    outputs_may_train_models: bool = True


_TERMS: Final = (
    *(Terms(name) for name in ("cc0-1.0", "pddl-1.0", "mit", "mit-0", "apache-2.0", "bsd-2-clause", "bsd-3-clause")),
    *(Terms(name) for name in ("isc", "unlicense", "odc-by-1.0", "cdla-permissive-*", "cc-by-[1-4].*", "etalab-2.0")),
    *(Terms(name, share_alike=True) for name in ("cc-by-sa-*", "odbl-1.0", "cdla-sharing-*")),
    Terms("cc-by-nc-sa-*", commercial=False, share_alike=True),
    Terms("cc-by-nc-[1-4].*", commercial=False),
    # no derivatives: captions go out as they are; a clip that was cut or encoded is an adaptation
    Terms("cc-by-nd-*", redistribute_video=False, outputs_may_train_models=False),
    Terms("cc-by-nc-nd-*", redistribute_video=False, commercial=False, outputs_may_train_models=False),
)


def terms_of(licence: str) -> Terms | None:
    """What a licence of this SPDX name allows; None for terms that svta does not know: CC-BY-4.0 for research only."""
    name = (spdx_licence(licence) or " ").casefold()
    return next((terms for terms in _TERMS if " " not in name and fnmatchcase(name, terms.pattern)), None)


def strictest_licence(texts: Iterable[str]) -> str:
    """Of what several columns say about one thing: the licence that forbids whatever one of them forbids.

    Where none of them does, or one cannot be understood, all their words: unknown terms. Those that say nothing do not
    count beside others.

    >>> strictest_licence(["CC BY 4.0", "CC-BY-NC-4.0"]), strictest_licence(["CC BY 4.0", "ask us"])
    ('CC-BY-NC-4.0', 'ask us; CC BY 4.0')
    """
    names: dict[str, str] = {}
    for text in texts:
        names.setdefault(declared_licence(text), text)
    if len(names) > 1:
        names.pop("", None)
    terms = {name: terms_of(name) for name in names}
    for name, text in names.items():
        if all(other == name or _is_stricter(terms[name], terms[other]) for other in names):
            return text
    return "; ".join(sorted(names.values(), key=lambda text: spdx_licence(text) is not None))


def _is_stricter(terms: Terms | None, other: Terms | None) -> bool:
    """Whether terms forbid what the other ones do, and more."""
    if terms is None or other is None:
        return False
    mine, theirs = (
        (one.redistribute_video, one.commercial, not one.share_alike, one.outputs_may_train_models)
        for one in (terms, other)
    )
    return mine != theirs and all(free <= also for free, also in zip(mine, theirs))


def hub_tag(parts: Iterable[tuple[str, bool]]) -> str:
    """The Hub's tag of a whole: open only where every part is; the one licence that is not as open; else `other`.

    parts: licences, and whether somebody declared it for what is his own.
    """
    parts = list(parts)
    names = {licence for licence, _ in parts}
    if names <= OPEN_LICENCES.keys():
        return "apache-2.0" if "Apache-2.0" in names else "mit"
    if names <= {*OPEN_LICENCES, "CC-BY-NC-SA-4.0"}:
        return "cc-by-nc-sa-4.0"
    if all(licence in OPEN_LICENCES or (declared and licence in HUB_LICENCES) for licence, declared in parts):
        others = names - OPEN_LICENCES.keys()
        with_terms = others - {"CC0-1.0", "PDDL-1.0"} or others
        if len(with_terms) == 1:
            return HUB_LICENCES[with_terms.pop()]
    return "other"


def spdx_licence(text: str | None) -> str | None:
    """The SPDX name of a licence as people write it, None if it is not a licence.

    >>> spdx_licence("CC BY 4.0"), spdx_licence("https://creativecommons.org/licenses/by-sa/3.0/")
    ('CC-BY-4.0', 'CC-BY-SA-3.0')
    """
    text = (text or "").strip()
    if (url := _CC_URL.fullmatch(text)) is not None:
        text = f"CC0-{url[3]}" if url[2] else f"CC-{url[1]}-{url[3]}"
    elif (url := _SPDX_URL.fullmatch(text)) is not None:
        text = url[1]
    elif _ETALAB.fullmatch(text) is not None:
        text = "etalab-2.0"
    words = _WORDS_AROUND.sub(" ", text).replace("_", " ").split()
    name = "-".join(words) if not {"AND", "OR", "WITH"} & set(words) else " ".join(words)
    try:
        return canonicalize_license_expression(_SHORT.get(name.casefold(), name))
    except (InvalidLicenseExpression, ValueError):
        return None


def declared_licence(text: str | None) -> str:
    """What a row says about its licence: the SPDX name, else its own words, "" if it says nothing.

    >>> declared_licence("CC BY 4.0"), declared_licence("All rights reserved"), declared_licence("n/a")
    ('CC-BY-4.0', 'All rights reserved', '')
    """
    words = " ".join((text or "").split())
    letters = "".join(filter(str.isalpha, words.casefold()))
    if (letters in _NOT_TOLD and not _SIGNS.search(words)) or words.endswith(UPLOADER_SAYS):
        return ""
    cut = words[:_MAX_LICENCE_CHARS]
    return spdx_licence(words) or (f"{cut}…" if spdx_licence(cut) else cut)  # half a sentence is not a licence
