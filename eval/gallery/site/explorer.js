// @ts-check
"use strict";
/* Evaluations: figures, queries with their answers, categories, confusions, and two runs side by side. */

/**
 * @typedef {{name: string, columns: string[], figures: {way: string, values: string[]}[], gallery: number, ties: string,
 *   query: number[], keys: string[], captions: string[], category: (string | null)[], video: number[], t2v: (number | null)[], v2t: (number | null)[],
 *   score: (number | null)[], answers: number[][], answer_scores: number[][], video_answers: number[][],
 *   categories: {name: string, queries: number, recall: string[], value: number | null, low: number, high: number}[],
 *   confusions: {asked: string, answered: string, count: number}[]}} Run
 */

const TABS = { queries: "Queries", categories: "Categories", confusions: "Confusions" };
const ORDERS = {
  worst: "worst rank first", surprising: "wrong with the highest score first", best: "best score first", change: "greatest change of rank first",
  gained: "only this run solves", lost: "only the other run solves",
};
const QUERIES_SHOWN = 60;

/** @param {Site} site @param {State} state */
async function explorerPage(site, state) {
  if (!site.core.runs.length) {
    return element("section", { class: "page" }, element("h2", {}, "Retrieval"),
      element("p", {}, "This site has no evaluation: export it with --run RESULTS, the folder that `svta eval --out` wrote."));
  }
  /** @type {Run} */
  const run = await load(`run-${Math.min(state.run, site.core.runs.length - 1)}`);
  /** @type {Run | null} */
  const other = state.other >= 0 && state.other < site.core.runs.length ? await load(`run-${state.other}`) : null;
  const page = element("section", { class: "page" }, element("h2", {}, "Retrieval"), runPickers(site, state), figures(other ? [run, other] : [run]));
  if (state.clip) {
    page.append(await queryView(site, run, other, state));
    return page;
  }
  const tab = state.tab in TABS ? state.tab : "queries";
  page.append(element("nav", { class: "tabs", "aria-label": "Views of the run" }, ...Object.entries(TABS).map(([name, label]) =>
    element("a", { href: addressOf({ ...state, tab: name, sort: "" }), "aria-current": name === tab ? "page" : null }, label))));
  if (tab === "queries") page.append(await queryList(site, run, other, state));
  if (tab === "categories") page.append(categoryTable(run));
  if (tab === "confusions") page.append(confusionTable(run));
  return page;
}

/** @param {Site} site @param {State} state */
function runPickers(site, state) {
  const pick = (/** @type {string} */ label, /** @type {"run" | "other"} */ name, /** @type {[string, string][]} */ choices) =>
    element("label", {}, label, " ", select(choices, String(state[name]), (value) => go({ ...state, [name]: Number(value), clip: "" })));
  const names = /** @type {[string, string][]} */ (site.core.runs.map((name, i) => [String(i), name]));
  return element("p", { class: "tools" }, pick("Run", "run", names),
    names.length > 1 ? pick("beside", "other", [["-1", "no other"], ...names]) : null);
}

/** @param {[string, string][]} choices @param {string} chosen @param {(value: string) => void} change */
function select(choices, chosen, change) {
  const made = element("select", { onchange: () => change(made.value) }, ...choices.map(([value, label]) => element("option", { value, selected: value === chosen }, label)));
  return made;
}

/** @param {Run[]} runs */
function figures(runs) {
  const rows = runs.flatMap((run) => run.figures.map((figure) => element("tr", {},
    element("th", { scope: "row" }, `${run.name}, ${figure.way}`), ...figure.values.map((value) => element("td", {}, value)))));
  return element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "figures" }, element("table", {},
    element("thead", {}, element("tr", {}, element("th", { scope: "col" }, `gallery of ${grouped(runs[0].gallery)}, ties ${runs[0].ties}`), ...runs[0].columns.map((name) => element("th", { scope: "col" }, name)))),
    element("tbody", {}, ...rows)));
}

/** Rows of the run in the asked order. @param {Run} run @param {Run | null} other @param {string} order @returns {number[]} */
function orderedQueries(run, other, order) {
  const rank = (/** @type {number} */ q) => run.t2v[q] ?? Infinity;
  const score = (/** @type {number} */ q) => run.score[q] ?? -Infinity;
  const rows = [...run.keys.keys()];
  const place = other ? new Map(other.keys.map((key, q) => [key, q])) : new Map();
  const theirs = (/** @type {number} */ q) => { const o = place.get(run.keys[q]); return o === undefined || !other ? NaN : other.t2v[o] ?? Infinity; };
  const topScore = (/** @type {number} */ q) => run.answer_scores[q]?.[0] ?? score(q);
  switch (order) {
    case "best": return rows.filter((q) => rank(q) <= 1).sort((a, b) => score(b) - score(a) || a - b);
    case "surprising": return rows.filter((q) => rank(q) > 1).sort((a, b) => topScore(b) - topScore(a) || a - b);
    case "change": return rows.filter((q) => !Number.isNaN(theirs(q))).sort((a, b) => Math.abs(theirs(b) - rank(b)) - Math.abs(theirs(a) - rank(a)) || a - b);
    case "gained": return rows.filter((q) => rank(q) <= 1 && theirs(q) > 1);
    case "lost": return rows.filter((q) => rank(q) > 1 && theirs(q) <= 1);
    default: return rows.sort((a, b) => rank(b) - rank(a) || a - b);
  }
}

/** @param {Site} site @param {Run} run @param {Run | null} other @param {State} state */
async function queryList(site, run, other, state) {
  const order = state.sort in ORDERS ? state.sort : "worst";
  const all = orderedQueries(run, other, order);
  const choices = /** @type {[string, string][]} */ (Object.entries(ORDERS).filter(([name]) => other || !["change", "gained", "lost"].includes(name)));
  const theirs = new Map(other ? other.keys.map((key, q) => [key, q]) : []);
  const rows = all.slice(0, QUERIES_SHOWN).map((q) => {
    const o = theirs.get(run.keys[q]);
    return element("tr", {}, element("td", {}, rankText(run.t2v[q])), other ? element("td", {}, o === undefined ? "–" : rankText(other.t2v[o])) : null,
      element("td", { class: "words" }, element("a", { href: addressOf({ ...state, clip: run.keys[q] }), dir: "auto" }, run.captions[q] || run.keys[q])),
      element("td", {}, run.category[q] || "–"));
  });
  return element("div", {}, element("p", { class: "tools" }, element("label", {}, "Order ", select(choices, order, (value) => go({ ...state, sort: value }))),
    element("span", { class: "count" }, `${grouped(Math.min(all.length, QUERIES_SHOWN))} of ${plural(all.length, "query", "queries")}`)),
  element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "queries" }, element("table", { class: "queries" },
    element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "rank"), other ? element("th", { scope: "col" }, element("span", { class: "short" }, `in ${other.name}`)) : null, element("th", { scope: "col" }, "query"), element("th", { scope: "col" }, "category"))),
    element("tbody", {}, ...rows))));
}

/** @param {number | null} rank */
function rankText(rank) { return rank === null ? "–" : String(rank); }

/** One query: the clips that came first, the right one outlined. @param {Site} site @param {Run} run @param {Run | null} other @param {State} state */
async function queryView(site, run, other, state) {
  const view = element("section", { class: "query" }, element("p", {}, element("a", { href: addressOf({ ...state, clip: "" }) }, "← all queries")));
  view.dataset.query = state.clip;
  for (const one of other ? [run, other] : [run]) {
    const q = one.keys.indexOf(state.clip);
    if (q < 0) { view.append(element("p", {}, `${one.name} has no such query.`)); continue; }
    const right = one.video[q], rank = one.t2v[q];
    view.append(element("h3", { dir: "auto", class: textClass(one.captions[q]) }, one.captions[q] || state.clip),
      element("p", { class: "note gold" }, `${one.name}: the right clip is at rank ${rankText(rank)} of ${grouped(one.gallery)}; the clip finds this caption at rank ${rankText(one.v2t[q] ?? null)}.`));
    const answers = one.answers[q] || [];
    const shown = answers.map((i, n) => (i < 0 ? absentCard(`${n + 1}.`, i === right) : smallCard(site, i, `${n + 1}.`, i === right)));
    if (!answers.includes(right)) shown.push(right < 0 ? absentCard(`right, at ${rankText(rank)}`, true) : smallCard(site, right, `right, at ${rankText(rank)}`, true));
    view.append(element("div", { class: "cards" }, ...(await Promise.all(shown))));
    const captions = (one.video_answers || [])[q] || [];
    if (captions.length) {
      view.append(element("h4", {}, "Captions that this clip finds first"), element("ol", {}, ...captions.map((c) => element("li", { class: one.video[c] === right ? "right" : "", dir: "auto" }, one.captions[c]))));
    }
  }
  return view;
}

/** A clip that the evaluation knows and this site does not. @param {string} note @param {boolean} right */
async function absentCard(note, right) { return element("article", { class: right ? "card small right" : "card small" }, element("p", { class: "meta" }, element("strong", {}, note), " not in this site")); }

/** @param {Run} run */
function categoryTable(run) {
  const recalls = run.columns.filter((name) => name.startsWith("R@"));
  const rows = run.categories.map((row) => {
    const fill = element("span", { class: "fill" });
    fill.style.width = `${row.value ?? 0}%`;
    const span = element("span", { class: "interval" });
    span.style.left = `${row.low ?? 0}%`;
    span.style.width = `${(row.high ?? 0) - (row.low ?? 0)}%`;
    return element("tr", {}, element("th", { scope: "row" }, element("a", { href: addressOf({ picks: { category: [row.name] } }) }, row.name)), element("td", {}, grouped(row.queries)),
      element("td", { class: "wide" }, element("span", { class: "bar", title: `95 % interval ${row.low} to ${row.high}` }, fill, span)), ...row.recall.map((value) => element("td", {}, value)));
  });
  return element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "categories" }, element("table", {},
    element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "category, worst first"), element("th", { scope: "col" }, "queries"), element("th", { scope: "col" }, "R@1 with its 95 % interval"), ...recalls.map((name) => element("th", { scope: "col" }, name)))),
    element("tbody", {}, ...rows)));
}

/** @param {Run} run */
function confusionTable(run) {
  if (!run.confusions.length) return element("p", {}, "No query of one category found a clip of another first.");
  return element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "confusions" }, element("table", {},
    element("thead", {}, element("tr", {}, ...["asked", "found first instead", "queries"].map((name) => element("th", { scope: "col" }, name)))),
    element("tbody", {}, ...run.confusions.map((row) => element("tr", {}, element("th", { scope: "row" }, row.asked), element("td", { class: "words" }, row.answered), element("td", {}, grouped(row.count)))))));
}
