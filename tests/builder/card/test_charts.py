"""The drawing functions: escaped, well formed, the same bytes for the same numbers."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from svta.builder.card.charts import count_bars, element, line, rect, shortened, svg, text

EVIL = '"><script>alert(1)</script>\u202e'


def test_elements() -> None:
    assert rect(1, 2.25, 3, 4, fill="#fff") == '<rect x="1.0" y="2.2" width="3.0" height="4.0" fill="#fff"/>'
    assert line(0, 1, 2, 3.5, stroke_width=2) == '<line x1="0" y1="1" x2="2" y2="3.5" stroke-width="2"/>'
    assert text(0, 1, "a<b", class_="small") == '<text x="0.0" y="1.0" class="small">a&lt;b</text>'
    assert rect(0, 0, 1, 1, title="a & b").endswith("><title>a &amp; b</title></rect>")
    assert element("g", "") == "<g></g>" and element("circle", r=5) == '<circle r="5"/>'


def test_nothing_breaks_out() -> None:
    drawing = svg(10, 10, EVIL, [text(0, 0, EVIL, title=EVIL), rect(0, 0, 1, 1, title=EVIL)], description=EVIL)
    assert "<script" not in drawing and [node.tag for node in ET.fromstring(drawing)] == [
        "title",
        "desc",
        "text",
        "rect",
    ]


def test_bars_are_as_long_as_their_counts() -> None:
    drawing = ET.fromstring(count_bars({"fire": 8, "a name that is much longer than there is room for": 2, "none": 0}))
    assert [float(bar.get("width")) for bar in drawing.iter("rect")] == [520.0, 130.0, 0.0]
    words = [node.text for node in drawing.iter("text")]
    assert words[:2] == ["fire", "8"] and len(words[2]) == 40 and count_bars({}) == "<p>none</p>"
    assert shortened("short", 100) == "short" and shortened("a longer name", 50) == "a lon…"
