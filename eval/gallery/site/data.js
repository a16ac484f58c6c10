// @ts-check
"use strict";
/* What the exporter wrote, loaded as scripts: fetch() of file:// is blocked, scripts are not. */

/**
 * @typedef {{name: string, title: string, values: string[], codes: ArrayLike<number | number[]>}} Facet a clip has one value or, in the other kind, any number
 * @typedef {{title: string, count: number, chunk: number, keys: string, facets: Facet[], violent: string[],
 *   definitions: Record<string, string>, words: number[], components: number[], seconds: (number | null)[],
 *   media: {posters: boolean, videos: boolean}, unreadable: Record<string, string>, runs: string[], moments: boolean,
 *   start: string, categories: string[], aliases?: Record<string, string>, fingerprint: string, audit?: Sample}} Core
 * @typedef {Record<string, any> & {caption: string}} Details
 */

/** @type {Map<string, (value: any) => void>} */
const waiting = new Map();
/** @type {Map<string, Promise<any>>} */
const received = new Map();

/** Called by every script below data/; in a site of one file, before anybody waits.
 * @param {string} name @param {any} value */
function receive(name, value) {
  const resolve = waiting.get(name);
  if (resolve) resolve(value);
  else received.set(name, Promise.resolve(value));
}

/** The value of data/<name>.js; each script is loaded once.
 * @param {string} name @returns {Promise<any>} */
function load(name) {
  let promise = received.get(name);
  if (!promise) {
    promise = new Promise((resolve, reject) => {
      waiting.set(name, resolve);
      const script = document.createElement("script");
      script.src = `data/${name}.js`;
      script.onload = () => script.remove();
      script.onerror = () => { received.delete(name); reject(new Error(`data/${name}.js cannot be read`)); };
      document.head.append(script);
    });
    received.set(name, promise);
  }
  return promise;
}

/** All that is known of single clips, a chunk at a time. */
class Site {
  /** @param {Core} core */
  constructor(core) {
    this.core = core;
    this.keys = core.keys ? core.keys.split(" ") : [];
    /** @type {Map<string, number>} */
    this.places = new Map(this.keys.map((key, i) => [key, i]));
    this.facets = new Map(core.facets.map((facet) => [facet.name, typeof facet.codes[0] === "number" ? { ...facet, codes: Uint16Array.from(/** @type {number[]} */ (facet.codes)) } : facet]));
    this.violent = new Set(core.violent);
    /** @type {Map<number, Details[]>} */
    this.chunks = new Map();
  }

  /** Details of clip i, or undefined while its chunk is not there.
   * @param {number} i @returns {Details | undefined} */
  peek(i) {
    const chunk = this.chunks.get(Math.floor(i / this.core.chunk));
    return chunk && chunk[i % this.core.chunk];
  }

  /** @param {number} i @returns {Promise<Details>} */
  async details(i) {
    const number = Math.floor(i / this.core.chunk);
    const chunk = await load(`clips-${String(number).padStart(4, "0")}`);
    this.chunks.set(number, chunk);
    return chunk[i % this.core.chunk];
  }

  /** The names of clip i in a facet.
   * @param {string} name @param {number} i @returns {string[]} */
  values(name, i) {
    const facet = this.facets.get(name);
    if (!facet) return [];
    const code = facet.codes[i];
    return (Array.isArray(code) ? code : [code]).map((c) => facet.values[c]);
  }

  /** Why the picture of clip i is blurred until somebody asks for it, or nothing. @param {number} i */
  contentNote(i) { return [this.isViolent(i) ? "Violence" : "", this.core.audit?.minors.includes(this.keys[i]) ? "Depicts a minor" : ""].filter(Boolean).join(", "); }
  /** @param {number} i */
  isViolent(i) { return this.values("category", i).some((name) => this.violent.has(name)); }
  /** @param {number} i */
  isSynthetic(i) { return this.values("origin", i)[0] === "synthetic"; }
  /** @param {number} i */
  hasPoster(i) { return this.core.media.posters && !(this.keys[i] in this.core.unreadable); }
  /** @param {number} i */
  hasVideo(i) { return this.core.media.videos && !(this.keys[i] in this.core.unreadable); }
}

/** An element with attributes, and children that are elements or text; texts are never markup.
 * @param {string} tag @param {Record<string, any>} [attributes] @param {...(Node | string | null | undefined)} children
 * @returns {any} */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** A table that scrolls sideways; the first column names its rows. @param {string} label @param {(Node | string)[]} heads
 * @param {(Node | string)[][]} rows @param {string} [kind] a class of the table */
function tableOf(label, heads, rows, kind) {
  const cell = (/** @type {Node | string} */ value, /** @type {number} */ n) => (n ? element("td", {}, value) : element("th", { scope: "row" }, value));
  return element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label }, element("table", { class: kind },
    element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head)))), element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map(cell))))));
}

/** @param {number} count @param {string} noun @param {string} [several] */
function plural(count, noun, several = `${noun}s`) { return `${grouped(count)} ${count === 1 ? noun : several}`; }

/** @param {number} count */
function grouped(count) { return numbers.format(count); }
const numbers = new Intl.NumberFormat("en");

/** What is said to readers of the screen. @param {string} text */
function say(text) {
  const place = document.getElementById("status");
  if (place) place.textContent = text;
}
