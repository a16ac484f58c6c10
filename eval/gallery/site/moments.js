// @ts-check
"use strict";
/* Moments in recordings: queries and their hits, a timeline of each recording, and one recording to play from any time. */

/**
 * @typedef {{name: string, seconds: number, file?: string, poster?: string, synthetic?: boolean, note?: string, violent?: boolean}} Recording
 * @typedef {{text: string, category: string | null, anomaly: boolean | null, truth: [number, number, number][], judged: boolean}} MomentQuery
 * @typedef {[number, number, number, number | null]} MomentRow recording, start, end, score
 * @typedef {{name: string, figures: [string, string][], rows: MomentRow[][]}} System
 * @typedef {{recordings: Recording[], queries: MomentQuery[], systems: System[], curves: boolean}} MomentData
 * @typedef {Record<string, (number | null)[]>} Curve by recording
 */

const RIGHT_IOU = 0.5; // of a prediction that counts as right, as R1@0.5 has it
const LISTED = 40; // queries or recordings before "more"

/** @param {Site} site @param {State} state */
async function momentsPage(site, state) {
  /** @type {MomentData} */
  const data = await load("moments");
  const query = data.queries[state.q];
  const curves = query && data.curves ? /** @type {Curve[]} */ (await load(`curve-${String(state.q).padStart(4, "0")}`)) : [];
  const page = element("section", { class: "page moments" });
  const recording = data.recordings.findIndex((one) => one.name === state.video);
  if (state.video && recording < 0) page.append(element("h2", {}, "No such recording"), element("p", {}, state.video));
  else if (recording >= 0) page.append(...recordingView(data, recording, state, curves));
  else if (query) page.append(...queryMoments(data, state, curves));
  else page.append(...overview(data, state));
  return page;
}

/** @param {MomentData} data @param {State} state @returns {Node[]} */
function overview(data, state) {
  const seconds = data.recordings.reduce((sum, one) => sum + one.seconds, 0);
  const open = data.queries.filter((query) => query.judged && !query.truth.length).length;
  const own = data.queries.filter((query) => !query.judged).length;
  const events = data.queries.reduce((sum, query) => sum + query.truth.length, 0);
  const list = element("div", { class: "found" });
  const filter = element("input", { type: "search", placeholder: "words of a query", "aria-label": "Search queries", value: state.query, oninput: () => { list.replaceChildren(queryTable(data, filter.value)); } });
  list.append(queryTable(data, state.query));
  return [element("h2", {}, "Moments"),
    element("p", { class: "note total" }, `${plural(data.recordings.length, "recording")} of ${clock(seconds)}; ${plural(data.queries.length, "query", "queries")}, ${grouped(open)} without a moment${own ? `, ${grouped(own)} of which it is not known when they are true` : ""}; ${plural(events, "true moment")}.`),
    systemFigures(data), element("h3", {}, "Queries"), element("p", { class: "tools" }, filter), list,
    element("h3", {}, "Recordings"), legend(data, false), ...folded(data.recordings.map((_, i) => i), (i) => recordingRow(data, i, state, []))];
}

/** @param {MomentData} data @returns {Node | string} */
function systemFigures(data) {
  const shown = data.systems.filter((system) => system.figures.length);
  if (!shown.length) return "";
  const names = [...new Set(shown.flatMap((system) => system.figures.map(([name]) => name)))];
  return tableOf("figures", ["evaluation", ...names], shown.map((system) => {
    const values = new Map(system.figures);
    return [system.name, ...names.map((name) => values.get(name) || "–")];
  }));
}

/** @param {MomentData} data @param {string} words */
function queryTable(data, words) {
  const terms = termsOf(words);
  const kept = [...data.queries.keys()].filter((q) => { const own = foldCase(data.queries[q].text); return terms.every((term) => own.includes(term)); });
  const head = ["query", "category", "true moments", ...data.systems.map((system) => element("span", {}, "first hit of ", element("bdi", {}, system.name)))];
  const row = (/** @type {number} */ q) => {
    const query = data.queries[q];
    return [element("a", { href: addressOf({ page: "moments", q }), dir: "auto" }, query.text), query.category || "–", query.judged ? grouped(query.truth.length) : "not known",
      ...data.systems.map((system) => (system.rows[q].length ? firstHit(data, query, system.rows[q][0]) : "–"))];
  };
  const node = element("div", {}, element("p", { class: "count" }, `${grouped(kept.length)} of ${plural(data.queries.length, "query", "queries")}`),
    tableOf("queries", head, kept.slice(0, LISTED).map(row), "queries"));
  if (kept.length > LISTED) node.append(element("details", {}, element("summary", {}, `${grouped(kept.length - LISTED)} more`), tableOf("more queries", head, kept.slice(LISTED, 2000).map(row))));
  return node;
}

/** One query over all recordings: its hits, and the recordings where it is true or found. @param {MomentData} data @param {State} state @param {Curve[]} curves @returns {Node[]} */
function queryMoments(data, state, curves) {
  const query = data.queries[state.q];
  const parts = [element("p", {}, element("a", { href: addressOf({ page: "moments" }) }, "← all queries")), element("h2", { dir: "auto" }, query.text),
    element("p", { class: "note" }, `${query.category ? `${query.category}; ` : ""}${query.truth.length ? `true ${plural(query.truth.length, "time")} in ${plural(new Set(query.truth.map((one) => one[0])).size, "recording")}` : query.judged ? "never true in these recordings" : "when it is true is not known"}.`)];
  const hits = data.systems.flatMap((system) => system.rows[state.q].map((row, n) => {
    const said = verdict(query, row);
    return [system.name, String(n + 1), spanLink(data, state, row[0], row[1], row[2]), row[3] === null ? "–" : row[3].toFixed(3), element("span", { class: said.kind }, said.text)];
  }));
  const chosen = [...new Set([...query.truth.map((one) => one[0]), ...data.systems.flatMap((system) => system.rows[state.q].map((row) => row[0]))])];
  if (curves.length) for (const r of Object.keys(curves[0])) if (!chosen.includes(Number(r))) chosen.push(Number(r));
  parts.push(element("h3", {}, "Recordings"), legend(data, true), ...folded(chosen, (r) => recordingRow(data, r, state, curves)));
  if (hits.length) parts.push(element("h3", {}, "Hits"), tableOf("hits", ["found by", "rank", "recording and time", "score", "overlap with the truth"], hits.slice(0, 200), "hits"));
  if (query.truth.length) parts.push(element("h3", {}, "True moments"), tableOf("truth", ["recording and time", "seconds"], query.truth.map(([r, start, end]) => [spanLink(data, state, r, start, end), (end - start).toFixed(1)]), "truth"));
  return parts;
}

/** One recording: the video, a timeline that zooms, and its moments. @param {MomentData} data @param {number} r @param {State} state @param {Curve[]} curves @returns {Node[]} */
function recordingView(data, r, state, curves) {
  const one = data.recordings[r], asked = data.queries[state.q];
  const picture = footage(one);
  const video = /** @type {HTMLVideoElement | null} */ (picture.querySelector("video"));
  const play = (/** @type {number} */ seconds) => { if (video) { video.currentTime = seconds; video.play().catch(() => {}); } };
  const line = new Timeline(one.seconds, lanesOf(data, r, state.q), curveOf(curves, r), rangeOf(curves), `${one.name}: ${labelOf(data, r, state.q)}; choose a time to play from`, play);
  if (video) {
    video.addEventListener("timeupdate", () => line.move(video.currentTime));
    if (state.t) video.addEventListener("loadedmetadata", () => { video.currentTime = Number(state.t) || 0; if (!stillness.matches && !picture.classList.contains("blurred")) video.play().catch(() => {}); }, { once: true });
    video.preload = "metadata";
  }
  if (state.t) line.move(Number(state.t) || 0);
  const button = (/** @type {string} */ text, /** @type {string} */ label, /** @type {() => void} */ does) => element("button", { onclick: does, "aria-label": label }, text);
  const zooms = element("p", { class: "tools zoom" }, button("+", "zoom in", () => line.zoom(0.5)), button("−", "zoom out", () => line.zoom(2)), button("◀", "earlier", () => line.zoom(1, -0.5)), button("▶", "later", () => line.zoom(1, 0.5)), button("whole", "the whole recording", () => line.zoom(Infinity)));
  line.node.addEventListener("wheel", (/** @type {WheelEvent} */ event) => { if (event.ctrlKey) { event.preventDefault(); line.zoom(event.deltaY > 0 ? 1.25 : 0.8); } }, { passive: false });
  const spans = data.queries.flatMap((query, q) => (asked && q !== state.q ? [] : query.truth.filter((span) => span[0] === r).map((span) => ({ q, span, query }))));
  spans.sort((a, b) => a.span[1] - b.span[1]);
  const jump = (/** @type {number} */ start, /** @type {number} */ end) => element("button", { class: "span", onclick: () => { line.move(start); play(start); } }, `${clock(start)} to ${clock(end)}`);
  const found = asked ? data.systems.flatMap((system) => system.rows[state.q].filter((row) => row[0] === r).map((row) => [system.name, jump(row[1], row[2]), row[3] === null ? "–" : row[3].toFixed(3), verdict(asked, row).text])) : [];
  return [element("p", {}, element("a", { href: addressOf({ page: "moments", q: state.q }) }, asked ? "← this query in all recordings" : "← all recordings")),
    element("h2", {}, one.name), asked ? element("p", { class: "note", dir: "auto" }, asked.text) : element("p", { class: "note" }, labelOf(data, r, -1)),
    picture, one.note ? element("p", { class: "note" }, one.note) : "", legend(data, Boolean(asked)), line.node, zooms,
    spans.length ? tableOf("true moments", ["time", "query", "category"], spans.slice(0, 500).map(({ q, span, query }) => [jump(span[1], span[2]), element("a", { href: addressOf({ page: "moments", q, video: one.name, t: String(span[1]) }), dir: "auto" }, query.text), query.category || "–"]), "truth") : "",
    found.length ? tableOf("hits", ["found by", "time", "score", "overlap with the truth"], found, "hits") : ""];
}

/** A recording in a list: its name and its timeline; a click opens it at that time. @param {MomentData} data @param {number} r @param {State} state @param {Curve[]} curves */
function recordingRow(data, r, state, curves) {
  const one = data.recordings[r];
  const open = (/** @type {number} */ seconds) => go({ page: "moments", q: state.q, video: one.name, t: seconds.toFixed(1) });
  const line = new Timeline(one.seconds, lanesOf(data, r, state.q), curveOf(curves, r), rangeOf(curves), `${one.name}: ${labelOf(data, r, state.q)}`, () => {});
  line.pick = (seconds) => { if (line.node.matches(":hover")) open(seconds); };
  line.node.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => { if (event.key === "Enter") open(line.at); });
  const row = element("article", { class: "recording" }, element("p", { class: "name" }, element("a", { href: addressOf({ page: "moments", q: state.q, video: one.name }) }, one.name), element("span", { class: "number" }, ` ${clock(one.seconds)}; ${labelOf(data, r, state.q)} `), one.synthetic ? syntheticTag() : null), line.node);
  row.dataset.recording = one.name;
  return row;
}

/** @param {MomentData} data @param {number} r @param {number} q @returns {Lane[]} */
function lanesOf(data, r, q) {
  const query = data.queries[q];
  if (!query) {
    const spans = (/** @type {boolean} */ usual) => data.queries.flatMap((one) => ((one.anomaly === false) === usual ? spansIn(one.truth, r) : []));
    const [events, normal] = [spans(false), spans(true)];
    return [{ name: "anomalies", colour: "mark", spans: events }, ...(normal.length ? [{ name: "ordinary", colour: "good", spans: normal }] : [])];
  }
  return [{ name: "truth", colour: "good", spans: spansIn(query.truth, r) },
    ...data.systems.map((system) => ({ name: system.name, colour: "bar", spans: /** @type {Span[]} */ (system.rows[q].filter((row) => row[0] === r).map((row) => [row[1], row[2], verdict(query, row).iou >= RIGHT_IOU ? "bar" : "mark"])) }))];
}

/** @param {[number, number, number][]} truth @param {number} r @returns {Span[]} */
function spansIn(truth, r) { return truth.filter((one) => one[0] === r).map((one) => [one[1], one[2]]); }

/** The highest of the curves of all indexes. @param {Curve[]} curves @param {number} r */
function curveOf(curves, r) { return curves.map((curve) => curve[r]).find((curve) => curve) || null; }

/** The lowest and the highest score of a query over all recordings: their curves share one axis. @param {Curve[]} curves @returns {[number, number]} */
function rangeOf(curves) {
  let low = Infinity, high = -Infinity;
  for (const values of curves.flatMap((curve) => Object.values(curve))) for (const value of values) if (value !== null) { low = Math.min(low, value); high = Math.max(high, value); }
  return [low, high];
}

/** @param {MomentData} data @param {number} r @param {number} q */
function labelOf(data, r, q) {
  const query = data.queries[q];
  const count = (query ? [query] : data.queries).reduce((sum, one) => sum + spansIn(one.truth, r).length, 0);
  const hits = query ? data.systems.reduce((sum, system) => sum + system.rows[q].filter((row) => row[0] === r).length, 0) : -1;
  return plural(count, "true moment") + (hits >= 0 && data.systems.length ? `, ${plural(hits, "hit")}` : "");
}

/** How a prediction overlaps what is true. @param {MomentQuery} query @param {MomentRow} row */
function verdict(query, row) {
  if (!query.judged) return { iou: 0, kind: "", text: "not known" };
  let iou = 0;
  for (const [r, start, end] of query.truth) {
    const shared = Math.min(end, row[2]) - Math.max(start, row[1]);
    if (r === row[0] && shared > 0) iou = Math.max(iou, shared / (Math.max(end, row[2]) - Math.min(start, row[1])));
  }
  return { iou, kind: iou >= RIGHT_IOU ? "right" : iou ? "near" : "wrong", text: iou ? `IoU ${iou.toFixed(2)}${iou >= RIGHT_IOU ? ", right" : ""}` : "none" };
}

/** The first hit: against the truth, or, where none is known, where it is. @param {MomentData} data @param {MomentQuery} query @param {MomentRow} row */
function firstHit(data, query, row) {
  return query.judged ? verdict(query, row).text : `${data.recordings[row[0]].name}, ${clock(row[1])} to ${clock(row[2])}`;
}

/** @param {MomentData} data @param {State} state @param {number} r @param {number} start @param {number} end */
function spanLink(data, state, r, start, end) {
  const name = data.recordings[r].name;
  return element("a", { href: addressOf({ page: "moments", q: state.q, video: name, t: String(start) }) }, name, " ", element("span", { class: "time" }, `${clock(start)} to ${clock(end)}`));
}

/** The colours of the lanes. @param {MomentData} data @param {boolean} asked */
function legend(data, asked) {
  const key = (/** @type {string} */ colour, /** @type {string} */ text) => { const box = element("span", { class: "key" }); box.style.background = `var(--${colour})`; return element("span", {}, box, text); };
  return element("p", { class: "note legend" }, ...(asked ? [key("good", "true"), ...(data.systems.length ? [key("bar", `found, IoU ${RIGHT_IOU} or more`), key("mark", "found, elsewhere")] : [])] : [key("mark", "anomalies, or all moments where that is not stated"), key("good", "ordinary happenings")]));
}

/** The video of a recording. @param {Recording} one */
function footage(one) {
  if (!one.file && !one.poster) return element("div", { class: "picture footage" }, element("p", { class: "missing" }, "no video in this site"));
  const frame = element("div", { class: "picture footage" }, one.file ? element("video", { src: one.file, poster: one.poster, controls: true, playsinline: true, preload: "none", "aria-label": `video ${one.name}` }) : element("img", { src: one.poster, alt: "" }));
  if (one.synthetic) frame.append(element("span", { class: "tag synthetic corner" }, "synthetic"));
  if (one.violent) hidePicture(frame, one.name, "Violence");
  return frame;
}

/** The first of many, and a button that shows more. @param {number[]} items @param {(item: number) => Node} show @returns {Node[]} */
function folded(items, show) {
  const list = element("div", { class: "recordings" }, ...items.slice(0, LISTED).map(show));
  if (items.length <= LISTED) return [list];
  let shown = LISTED;
  const more = element("button", { onclick: () => { list.append(...items.slice(shown, shown + LISTED).map(show)); shown += LISTED; if (shown >= items.length) more.remove(); else more.textContent = `${grouped(items.length - shown)} more`; } }, `${grouped(items.length - shown)} more`);
  return [list, more];
}
