// @ts-check
"use strict";
/* What the dataset holds, counted: every bar leads to its clips. */

/** @param {Site} site @param {WordIndex} index */
function statisticsPage(site, index) {
  const { counts } = filterClips(site, {}, null);
  const charts = [...site.facets.values()].map((facet) => {
    const sums = /** @type {Uint32Array} */ (counts.get(facet.name));
    const rows = facet.values.map((value, code) => ({ label: value, count: sums[code], address: addressOf({ picks: { [facet.name]: [value] } }) }));
    if (facet.name === "category") rows.sort((a, b) => b.count - a.count);
    return chart(facet.title, rows, site.core.count);
  });
  const frequent = index.words.map((word, place) => ({ label: word, count: index.counts[place], address: addressOf({ query: `${word} ` }) }));
  frequent.sort((a, b) => b.count - a.count);
  const lengths = [...site.core.words].sort((a, b) => a - b);
  const middle = lengths.length ? lengths[lengths.length >> 1] : 0;
  return element("section", { class: "page" },
    element("h2", {}, "Statistics"),
    element("p", { class: "note" }, `${plural(site.core.count, "clip")}; captions of ${lengths[0] ?? 0} to ${lengths.at(-1) ?? 0} words, median ${middle}; ${plural(index.words.length, "different word")}.`),
    element("div", { class: "charts" }, ...charts, chart("Words by clips", frequent.slice(0, 40), site.core.count)));
}

/** Bars with numbers; a long list folds. @param {string} title
 * @param {{label: string, count: number, address: string}[]} rows @param {number} total */
function chart(title, rows, total) {
  const shownFirst = 15;
  const highest = Math.max(1, ...rows.map((row) => row.count));
  const items = rows.map((row) => {
    const fill = element("span", { class: "fill" });
    fill.style.width = `${(100 * row.count) / highest}%`;
    const name = row.address ? element("a", { href: row.address }, row.label) : row.label;
    const share = total ? ` (${((100 * row.count) / total).toFixed(1)} %)` : "";
    return element("li", {}, element("span", { class: "value" }, name), element("span", { class: "bar" }, fill), element("span", { class: "number" }, grouped(row.count), element("small", {}, share)));
  });
  const more = items.splice(shownFirst);
  return element("section", { class: "chart" }, element("h3", {}, title), element("ul", {}, ...items),
    more.length ? element("details", {}, element("summary", {}, `${more.length} more`), element("ul", {}, ...more)) : null);
}
