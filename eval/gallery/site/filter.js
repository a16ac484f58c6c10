// @ts-check
"use strict";
/* Which clips are shown, and how many clips each value of each facet would show. */

/** @typedef {{positions: Uint32Array, counts: Map<string, Uint32Array>}} Filtered */

/** Clips that have one of the picked values in every facet with picks, and that the search found. The counts of a
 * facet leave its own picks out: they say what a click would give.
 * @param {Site} site @param {Record<string, string[]>} picks @param {Uint8Array | null} found @returns {Filtered} */
function filterClips(site, picks, found) {
  const count = site.core.count;
  const facets = [...site.facets.values()];
  const OUT = 255;
  const misses = new Uint8Array(count); // 0: the clip is shown; n: it is not picked in facet n alone, counted from 1
  if (found) for (let i = 0; i < count; i++) if (!found[i]) misses[i] = OUT;
  for (const [number, facet] of facets.entries()) {
    const wanted = wantedCodes(facet, picks[facet.name] || []);
    if (!wanted) continue;
    for (let i = 0; i < count; i++) if (!hasCode(facet.codes[i], wanted)) misses[i] = misses[i] ? OUT : number + 1;
  }
  const positions = new Uint32Array(count);
  let shown = 0;
  for (let i = 0; i < count; i++) if (misses[i] === 0) positions[shown++] = i;
  const counts = new Map(facets.map((facet, number) => [facet.name, countCodes(facet, misses, number + 1)]));
  return { positions: positions.slice(0, shown), counts };
}

/** Clips by value, of those that miss nothing or this facet alone. @param {Facet} facet @param {Uint8Array} misses @param {number} own */
function countCodes(facet, misses, own) {
  const { codes } = facet, sums = new Uint32Array(facet.values.length);
  for (let i = 0; i < misses.length; i++) {
    if (misses[i] !== 0 && misses[i] !== own) continue;
    const code = codes[i];
    if (typeof code === "number") sums[code]++;
    else for (const c of code) sums[c]++;
  }
  return sums;
}

/** @param {Facet} facet @param {string[]} values @returns {Uint8Array | null} */
function wantedCodes(facet, values) {
  if (!values.length) return null;
  const codes = new Uint8Array(facet.values.length);
  for (const value of values) {
    const code = facet.values.indexOf(value);
    if (code >= 0) codes[code] = 1;
  }
  return codes;
}

/** @param {number | number[]} code @param {Uint8Array} codes */
function hasCode(code, codes) {
  return typeof code === "number" ? codes[code] === 1 : code.some((c) => codes[c]);
}

const SORTS = { "": "in order of keys", category: "by category", longest: "longest caption first", shortest: "shortest caption first", seconds: "longest clip first" };

/** Positions in the asked order. @param {Site} site @param {Uint32Array} positions @param {string} sort */
function sortClips(site, positions, sort) {
  const { words, seconds } = site.core;
  const category = site.facets.get("category");
  /** @type {Record<string, (i: number) => number>} */
  const worth = {
    category: (i) => (category ? /** @type {number} */ (category.codes[i]) : 0),
    longest: (i) => -words[i],
    shortest: (i) => words[i],
    seconds: (i) => -(seconds[i] ?? -1),
  };
  const by = worth[sort];
  return by ? positions.slice().sort((a, b) => by(a) - by(b) || a - b) : positions;
}

/** The list of facets, made once; update() sets counts and ticks, so that focus and open groups stay. */
class FacetList {
  /** @param {Site} site @param {(name: string, value: string) => void} pick what a click on a value does */
  constructor(site, pick) {
    /** @type {Map<string, {box: HTMLInputElement, number: HTMLElement, item: HTMLElement}[]>} */
    this.rows = new Map();
    const shownFirst = 12;
    this.node = element("div", { class: "facets" }, ...[...site.facets.values()].map((facet) => {
      const rows = facet.values.map((value) => {
        const box = element("input", { type: "checkbox", onchange: () => pick(facet.name, value) });
        const number = element("span", { class: "number" });
        box.dataset.value = value;
        return { box, number, item: element("li", {}, element("label", {}, box, element("span", { class: "value" }, value), number)) };
      });
      this.rows.set(facet.name, rows);
      const group = element("details", { class: "facet", open: facet.values.length <= shownFirst }, element("summary", {}, facet.title),
        element("ul", {}, ...rows.map((row) => row.item)));
      group.dataset.facet = facet.name;
      return group;
    }));
  }

  /** @param {Record<string, string[]>} picks @param {Map<string, Uint32Array>} counts */
  update(picks, counts) {
    for (const [name, rows] of this.rows) {
      const picked = new Set(picks[name] || []), sums = /** @type {Uint32Array} */ (counts.get(name));
      for (const [code, { box, number, item }] of rows.entries()) {
        box.checked = picked.has(box.dataset.value || "");
        number.textContent = grouped(sums[code]);
        item.className = sums[code] || box.checked ? "" : "none";
      }
      if (picked.size) /** @type {any} */ (rows[0].item.closest("details")).open = true;
    }
  }
}
