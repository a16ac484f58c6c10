// @ts-check
"use strict";
/* A grid of any number of clips: only the rows in view exist, videos play in view only and where motion is welcome. */

const CARD = { width: 220, words: 128, gap: 12 }; // words: the height below the picture, which is 3/5 as high as wide
const RUSH = 250; // ms: views that follow one another faster, each more than half a view further, are not read
const REST = 100; // ms without such a view before its clips are drawn
const stillness = window.matchMedia("(prefers-reduced-motion: reduce)");

class Grid {
  /** @param {Site} site @param {(i: number) => string} addressOfClip */
  constructor(site, addressOfClip) {
    this.site = site;
    this.addressOfClip = addressOfClip;
    /** @type {ArrayLike<number>} */
    this.positions = [];
    /** @type {Map<number, any>} row -> element */
    this.rows = new Map();
    this.outlines = element("div", { class: "outlines", hidden: true });
    this.space = element("div", { class: "space", role: "presentation" }, this.outlines);
    this.node = element("div", { class: "grid", role: "list", "aria-label": "clips" }, this.space);
    this.columns = 1;
    this.step = 1; // from one row to the next, in pixels
    this.frame = 0;
    this.top = 0; // of the grid in the document: measured when its width is, so that scrolling reads no layout
    this.first = 0; // row at the top of the view when it was drawn last
    this.jumped = -Infinity; // when the view last moved by more than half of itself at once
    this.resting = 0;
    /** @type {Map<number, any>} clip -> its caption's element, which is still empty */
    this.empty = new Map();
    this.onScroll = () => { if (!this.frame) this.frame = requestAnimationFrame(() => { this.frame = 0; this.draw(); }); };
    this.onResize = () => { this.measure(); this.draw(); };
    this.watch = new IntersectionObserver((seen) => seen.forEach(playInView), { threshold: 0.6 });
  }

  /** @param {ArrayLike<number>} positions */
  show(positions) {
    this.positions = positions;
    this.jumped = -Infinity; // another list is drawn at once
    this.clear();
    this.measure();
    this.draw();
  }

  /** Call when the grid is in the document. */
  start() {
    window.addEventListener("scroll", this.onScroll, { passive: true });
    window.addEventListener("resize", this.onResize);
    this.onResize();
  }

  stop() {
    window.removeEventListener("scroll", this.onScroll);
    window.removeEventListener("resize", this.onResize);
    cancelAnimationFrame(this.frame);
    clearTimeout(this.resting);
    this.clear();
  }

  clear() {
    for (const row of this.rows.values()) this.remove(row);
    this.rows.clear();
  }

  measure() {
    const width = this.node.clientWidth || 1;
    const columns = Math.max(width < 480 ? 2 : 1, Math.floor((width + CARD.gap) / (CARD.width + CARD.gap)));
    const height = Math.round((0.6 * (width - (columns - 1) * CARD.gap)) / columns) + CARD.words;
    if (columns !== this.columns || height + CARD.gap !== this.step) this.clear();
    this.columns = columns;
    this.step = height + CARD.gap;
    this.node.style.setProperty("--card-height", `${height}px`);
    this.node.style.setProperty("--columns", String(columns));
    this.top = this.node.getBoundingClientRect().top + window.scrollY;
    this.space.style.height = `${Math.ceil(this.positions.length / columns) * this.step}px`;
  }

  draw() {
    const step = this.step;
    const top = this.top - window.scrollY;
    const last = Math.ceil(this.positions.length / this.columns);
    const from = Math.max(0, Math.floor(-top / step) - 2);
    const to = Math.min(last, Math.ceil((window.innerHeight - top) / step) + 2);
    for (const [number, row] of this.rows) if (number < from || number >= to) { this.remove(row); this.rows.delete(number); }
    const rushing = this.rushes(from);
    this.outlines.hidden = !rushing;
    clearTimeout(this.resting);
    if (rushing) { this.resting = setTimeout(() => this.draw(), REST); return; }
    for (let number = from; number < to; number++) if (!this.rows.has(number)) this.rows.set(number, this.row(number, step));
    this.fill();
  }

  /** Whether the grid goes by faster than anybody reads: outlines stand for its clips until it rests, so that no frame
   * waits for them and no script of details is loaded in vain. A single jump is drawn at once. @param {number} from the first row of the view */
  rushes(from) {
    const jumps = Math.abs(from - this.first) * this.step > window.innerHeight / 2, before = this.jumped;
    this.first = from;
    if (jumps) this.jumped = performance.now();
    return jumps && this.jumped - before < RUSH;
  }

  /** Write the captions of what is shown. */
  fill() {
    for (const [i, caption] of this.empty) {
      this.empty.delete(i);
      if (caption.isConnected) this.site.details(i).then((found) => { caption.textContent = found.caption; });
    }
  }

  /** @param {number} number @param {number} step */
  row(number, step) {
    const start = number * this.columns;
    const row = element("div", { class: "row", role: "presentation" });
    row.style.transform = `translateY(${number * step}px)`;
    row.style.gridTemplateColumns = `repeat(${this.columns}, minmax(0, 1fr))`;
    for (let k = start; k < Math.min(start + this.columns, this.positions.length); k++) row.append(this.card(this.positions[k]));
    this.space.append(row);
    return row;
  }

  /** @param {any} row */
  remove(row) {
    for (const video of row.querySelectorAll("video")) { this.watch.unobserve(video); video.removeAttribute("src"); }
    row.remove();
  }

  /** @param {number} i */
  card(i) {
    const caption = element("p", { class: "caption", dir: "auto" });
    const card = element("article", { class: "card", role: "listitem" }, this.picture(i),
      element("a", { class: "cover", href: this.addressOfClip(i) }, caption),
      element("p", { class: "meta" }, ...labels(this.site, i)));
    card.dataset.key = this.site.keys[i];
    const details = this.site.peek(i);
    if (details) caption.textContent = details.caption;
    else this.empty.set(i, caption);
    return card;
  }

  /** @param {number} i */
  picture(i) {
    const shown = pictureOf(this.site, i, false);
    const video = shown.querySelector("video");
    if (video) this.watch.observe(video);
    return shown;
  }
}

/** Category and origin of a clip, as small labels. @param {Site} site @param {number} i */
function labels(site, i) {
  const names = site.values("category", i).map((name) => element("span", { class: "tag" }, name));
  if (site.isSynthetic(i)) names.push(syntheticTag());
  return names;
}

function syntheticTag() { return element("span", { class: "tag synthetic", title: "made by software, not filmed" }, "synthetic"); }

/** The poster or video of a clip; violence is blurred until it is clicked.
 * @param {Site} site @param {number} i @param {boolean} controls */
function pictureOf(site, i, controls) {
  const frame = element("div", { class: "picture" });
  const key = site.keys[i];
  if (!site.hasPoster(i)) {
    frame.append(element("p", { class: "missing" }, site.core.unreadable[key] ? "video not readable" : "no picture in this site"));
    return frame;
  }
  const poster = `media/${key}.jpg`;
  frame.append(site.hasVideo(i)
    ? element("video", { src: `media/${key}.mp4`, poster, muted: true, loop: true, playsinline: true, preload: "none", controls, "aria-label": `video of clip ${key}` })
    : element("img", { src: poster, alt: "", loading: "lazy" }));
  const note = site.contentNote(i);
  if (note) hidePicture(frame, key, note);
  const video = frame.querySelector("video");
  if (video) { video.muted = true; }
  return frame;
}

/** Blur a picture until it is clicked; once seen it stays so. @param {any} frame @param {string} key @param {string} note */
function hidePicture(frame, key, note) {
  if (revealed.has(key)) return;
  frame.classList.add("blurred");
  const show = element("button", { class: "reveal", onclick: () => { revealed.add(key); frame.classList.remove("blurred"); show.remove(); } }, `${note}: show`);
  frame.append(show);
}

/** @type {Set<string>} keys of blurred clips that somebody asked to see */
const revealed = new Set();

/** @param {IntersectionObserverEntry} entry */
function playInView(entry) {
  const video = /** @type {HTMLVideoElement} */ (entry.target);
  const blurred = video.parentElement?.classList.contains("blurred");
  if (entry.isIntersecting && !stillness.matches && !blurred) video.play().catch(() => {});
  else video.pause();
}
