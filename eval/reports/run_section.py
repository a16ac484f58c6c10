"""The part of the report about one run: where the right clip came out, its categories, its best and worst queries.

Reads a Run with its rank table; gives HTML. Every text from data is escaped.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from html import escape

from svta.eval.metrics.figures import Subset, number
from svta.eval.metrics.retrieval import WAY_NAMES, WAYS
from svta.eval.retrieval.result import EvalResult
from svta.eval.retrieval.results_folder import best_and_worst

from .cautions import cautions
from .charts import MAX_IN_ONE, category_bars, rank_histogram
from .comparison import Run


def run_section(run: Run, *, several: bool) -> str:
    """All of it; `several`: under a heading with the run's name."""
    ranks, level = run.result.ranks, "h3" if several else "h2"
    parts = [f"<h2>{escape(run.name)}</h2>"] if several else []
    parts.append(f"<{level}>Where the right clip came out</{level}>")
    charts = [
        f"<div class=card><h3>{WAY_NAMES[way]}</h3>"
        f"{rank_histogram(column[ranks.queries(way)].tolist(), WAY_NAMES[way])}</div>"
        for way in WAYS
        if (column := ranks.ranks(way)) is not None
    ]
    parts.append(f'<div class="two">{"".join(charts)}</div>')
    if run.metrics.by_category:
        parts.append(f"<{level}>R@1 and R@5 by category, text to video</{level}>")
        parts.append(
            _folded(run.metrics.by_category, f"<div class=card>{category_bars(run.metrics.by_category)}</div>")
        )
        parts.append(
            '<p class="note"><span class=key style="background:var(--bar)"></span>R@1<span class=key '
            'style="background:var(--bar2)"></span>R@5; behind a bar R@1 in percent and how many queries.</p>'
        )
    parts += [_queries(run.result, level), _cautions(run.result)]
    return "\n".join(parts)


def _folded(by_category: Mapping[str, Subset], bars: str) -> str:
    """A long list of categories behind a line that names the worst."""
    if len(by_category) <= MAX_IN_ONE:
        return bars
    measured = [(value, name) for name, one in by_category.items() if (value := one.t2v.get("R@1")) is not None]
    worst = "; ".join(f"{escape(name)} {shown(value)}" for value, name in sorted(measured)[:3])
    return f"<details><summary>{len(by_category):,} categories; lowest R@1: {worst}</summary>{bars}</details>"


def _queries(result: EvalResult, level: str) -> str:
    """The best and the worst queries as frames, with what came first instead."""
    ranks = result.ranks
    if ranks.caption is None or ranks.score is None or ranks.top_key is None:
        return ""
    best, worst = best_and_worst(ranks)
    row_of = {key: i for i, key in enumerate(ranks.key)}
    cards = []
    for title, chosen, tone in (("Found first, with the highest scores", best, "good"), ("Found last", worst, "bad")):
        figures = []
        for i in chosen:
            if not (picture := _picture(result, ranks.key[i])):
                continue
            rank = f'<span class="rank {tone}">rank {ranks.t2v_rank[i]:g}</span>'
            first = ""
            top = row_of.get(ranks.top_key[i])
            if top is not None and ranks.top_key[i] != (ranks.video or ranks.key)[i]:
                shown = f'<p class="got">shown first instead: {escape(ranks.caption[top])}</p>'
                first = shown + _picture(result, ranks.top_key[i])
            caption = escape(ranks.caption[i])
            figures.append(f"<figure>{picture}<figcaption>{rank}{caption}</figcaption>{first}</figure>")
        if figures:
            cards.append(f"<div><h3>{title}</h3>{''.join(figures)}</div>")
    return f'<{level}>Best and worst queries</{level}><div class="two">{"".join(cards)}</div>' if cards else ""


def _picture(result: EvalResult, key: str) -> str:
    if (data := result.strip(key)) is None:
        return ""
    picture = f'<img alt="frames of the clip" src="data:image/jpeg;base64,{_text(data)}">'
    if (clip := result.clip(key)) is None:
        return picture
    video = f'<video controls muted loop playsinline preload="none" src="data:video/mp4;base64,{_text(clip)}"></video>'
    return f"{picture}<details class=play><summary>play</summary>{video}</details>"


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _cautions(result: EvalResult) -> str:
    lines = [escape(line[0].upper() + line[1:]) + "." for line in cautions(result)]
    lines += [f"<code>{escape(item.key)}</code>: {escape(item.reason)}" for item in result.metrics.unreadable[:20]]
    items = "".join(f"<li>{line}</li>" for line in lines)
    return f"<details open><summary>Limits of these figures</summary><ul>{items}</ul></details>"


def shown(value: float | None, digits: int = 1) -> str:
    """A figure as the page has it; a dash where there is none."""
    return "–" if (known := number(value)) is None else f"{known:,.{digits}f}"
