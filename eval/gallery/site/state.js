// @ts-check
"use strict";
/* The state of the page lives in the part of the address after #, so that links, reload and the back button work. */

/**
 * @typedef {{page: string, query: string, sort: string, clip: string, run: number, other: number, q: number,
 *   video: string, t: string, tab: string,
 *   picks: Record<string, string[]>}} State
 */

const PAGES = { browse: "Browse", statistics: "Statistics", runs: "Retrieval", moments: "Moments", review: "Review", audit: "Rating" };
const PLAIN = /** @type {const} */ (["query", "sort", "clip", "tab", "video", "t"]);
/** the page without an address; core.js says which */
let startPage = "browse";

/** @returns {State} */
function emptyState() {
  return { page: startPage, query: "", sort: "", clip: "", run: 0, other: -1, q: -1, video: "", t: "", tab: "", picks: {} };
}

/** @returns {State} */
function readState() {
  const state = emptyState();
  const [path, text = ""] = location.hash.replace(/^#\/?/, "").split("?");
  if (path in PAGES || path === "clip") state.page = path;
  for (const [name, value] of new URLSearchParams(text)) {
    if (PLAIN.includes(/** @type {any} */ (name))) state[/** @type {"query"} */ (name)] = value;
    else if (name === "run" || name === "other" || name === "q") state[name] = Number.parseInt(value, 10) || 0;
    else if (name.startsWith("f.")) (state.picks[name.slice(2)] ||= []).push(value);
  }
  return state;
}

/** The address of a state. @param {Partial<State>} state */
function addressOf(state) {
  const full = { ...emptyState(), ...state };
  const pairs = new URLSearchParams();
  for (const name of PLAIN) if (full[name]) pairs.append(name, full[name]);
  if (full.run > 0) pairs.append("run", String(full.run));
  if (full.other >= 0) pairs.append("other", String(full.other));
  if (full.q >= 0) pairs.append("q", String(full.q));
  for (const [name, values] of Object.entries(full.picks)) for (const value of values) pairs.append(`f.${name}`, value);
  const text = pairs.toString();
  return `#/${full.page}${text ? `?${text}` : ""}`;
}

/** Go to a state. Typing replaces the entry of the history instead of adding one for each letter.
 * @param {Partial<State>} state @param {boolean} [replace] */
function go(state, replace = false) {
  const address = addressOf(state);
  if (address === location.hash) return;
  if (replace) {
    history.replaceState(null, "", address);
    window.dispatchEvent(new HashChangeEvent("hashchange"));
  } else location.hash = address;
}
