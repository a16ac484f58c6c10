// @ts-check
"use strict";
/* A timeline of one recording on a canvas: a score curve and lanes of spans. Only what the view needs is drawn: each pixel
 * column takes the highest score behind it, spans outside are skipped; a recording of ten hours costs what one of a minute does. */

/**
 * @typedef {[number, number, string?]} Span start and end in seconds, and the name of its colour where it has its own
 * @typedef {{name: string, colour: string, spans: Span[]}} Lane
 */

const LANE = { height: 16, gap: 4, curve: 46, axis: 18, gutter: 92, narrow: 62 };

class Timeline {
  /** @param {number} seconds @param {Lane[]} lanes @param {(number | null)[] | null} curve
   * @param {[number, number]} range the lowest and highest score of the axis @param {string} label what it shows, in words
   * @param {(seconds: number) => void} pick called with the time of a click */
  constructor(seconds, lanes, curve, range, label, pick) {
    this.seconds = Math.max(seconds, 0.001);
    this.lanes = lanes.map((lane) => ({ ...lane, spans: [...lane.spans].sort((a, b) => a[0] - b[0]) }));
    this.curve = curve;
    this.pick = pick;
    this.from = 0;
    this.to = this.seconds;
    this.at = -1; // where the needle is; nowhere at first
    this.width = 0;
    this.low = range[0];
    this.high = range[1];
    this.height = (curve ? LANE.curve + LANE.gap : 0) + lanes.length * (LANE.height + LANE.gap) + LANE.axis;
    this.canvas = /** @type {HTMLCanvasElement} */ (element("canvas", { "aria-hidden": "true" }));
    this.needle = element("div", { class: "needle", hidden: true });
    this.node = element("div", { class: "timeline", role: "slider", tabindex: 0, "aria-label": label, "aria-valuemin": 0, "aria-valuemax": Math.round(this.seconds), "aria-valuenow": 0, "aria-valuetext": clock(0) }, this.canvas, this.needle);
    this.node.style.height = `${this.height}px`;
    this.node.addEventListener("click", (/** @type {MouseEvent} */ event) => this.choose(this.timeAt(event.offsetX)));
    this.node.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.press(event));
    new ResizeObserver(() => this.draw()).observe(this.node);
  }

  get gutter() { return this.width < 520 ? LANE.narrow : LANE.gutter; }

  /** @param {number} x */
  timeAt(x) { return Math.min(this.seconds, Math.max(0, this.from + ((x - this.gutter) / Math.max(1, this.width - this.gutter)) * (this.to - this.from))); }

  /** @param {number} seconds */
  xOf(seconds) { return this.gutter + ((seconds - this.from) / (this.to - this.from)) * (this.width - this.gutter); }

  /** @param {number} seconds */
  choose(seconds) { this.move(seconds); this.pick(seconds); }

  /** Where the needle is. @param {number} seconds */
  move(seconds) {
    if (seconds < 0) return;
    this.at = Math.min(this.seconds, Math.max(0, seconds));
    this.needle.hidden = this.at < this.from || this.at > this.to;
    this.needle.style.transform = `translateX(${this.xOf(this.at)}px)`;
    this.node.setAttribute("aria-valuenow", String(Math.round(this.at)));
    this.node.setAttribute("aria-valuetext", clock(this.at));
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const step = Math.max(1, (this.to - this.from) / 100);
    /** @type {Record<string, number>} */
    const to = { ArrowLeft: this.at - step, ArrowRight: this.at + step, PageDown: this.at - 10 * step, PageUp: this.at + 10 * step, Home: 0, End: this.seconds };
    if (!(event.key in to)) return;
    event.preventDefault();
    this.choose(Math.min(this.seconds, Math.max(0, to[event.key])));
  }

  /** Show the part from ... to; its middle stays where it is when `factor` zooms. @param {number} factor @param {number} shift share of the view */
  zoom(factor, shift = 0) {
    const span = Math.min(this.seconds, Math.max(Math.min(2, this.seconds), (this.to - this.from) * factor));
    const middle = (factor < 1 && this.at >= this.from && this.at <= this.to && this.at > 0 ? this.at : (this.from + this.to) / 2) + shift * span;
    this.from = Math.min(Math.max(0, middle - span / 2), this.seconds - span);
    this.to = this.from + span;
    this.draw();
  }

  draw() {
    this.width = this.node.clientWidth;
    if (!this.width || !this.node.isConnected) return;
    const ratio = window.devicePixelRatio || 1, { canvas } = this;
    canvas.width = Math.round(this.width * ratio);
    canvas.height = Math.round(this.height * ratio);
    const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    pen.scale(ratio, ratio);
    pen.font = "11px system-ui, sans-serif";
    pen.textBaseline = "middle";
    const style = getComputedStyle(this.node);
    const colour = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
    let top = 0;
    if (this.curve) { this.drawCurve(pen, this.curve, colour); top = LANE.curve + LANE.gap; }
    for (const lane of this.lanes) { this.drawLane(pen, lane, top, colour); top += LANE.height + LANE.gap; }
    this.drawAxis(pen, top, colour);
    this.move(this.at);
  }

  /** @param {CanvasRenderingContext2D} pen @param {(number | null)[]} curve @param {(name: string) => string} colour */
  drawCurve(pen, curve, colour) {
    this.name(pen, "score", LANE.curve / 2, colour);
    const each = this.seconds / curve.length, range = Math.max(1, this.high - this.low);
    const perPixel = (this.to - this.from) / (this.width - this.gutter);
    pen.fillStyle = colour("bar");
    for (let x = this.gutter; x < this.width; x++) {
      const first = Math.floor((this.from + (x - this.gutter) * perPixel) / each), last = Math.max(first + 1, Math.ceil((this.from + (x + 1 - this.gutter) * perPixel) / each));
      let best = -Infinity;
      for (let i = first; i < Math.min(last, curve.length); i++) { const value = curve[i]; if (value !== null && value > best) best = value; }
      if (best === -Infinity) continue;
      const tall = 2 + ((LANE.curve - 2) * (best - this.low)) / range;
      pen.fillRect(x, LANE.curve - tall, 1, tall);
    }
  }

  /** @param {CanvasRenderingContext2D} pen @param {Lane} lane @param {number} top @param {(name: string) => string} colour */
  drawLane(pen, lane, top, colour) {
    this.name(pen, lane.name, top + LANE.height / 2, colour);
    pen.fillStyle = colour("tint");
    pen.fillRect(this.gutter, top, this.width - this.gutter, LANE.height);
    for (const [start, end, own] of lane.spans) {
      if (start > this.to) break;
      if (end < this.from) continue;
      const x = Math.max(this.gutter, this.xOf(start));
      pen.fillStyle = colour(own || lane.colour);
      pen.fillRect(x, top + 1, Math.max(2, Math.min(this.width, this.xOf(end)) - x), LANE.height - 2);
    }
  }

  /** @param {CanvasRenderingContext2D} pen @param {number} top @param {(name: string) => string} colour */
  drawAxis(pen, top, colour) {
    const room = Math.max(2, Math.floor((this.width - this.gutter) / 74));
    const step = niceStep((this.to - this.from) / room);
    let right = 0; // where the last text ends
    pen.fillStyle = colour("soft");
    for (let time = Math.ceil(this.from / step) * step; time <= this.to; time += step) {
      const x = this.xOf(time), text = clock(time, step < 1);
      pen.fillRect(x, top, 1, 4);
      const long = pen.measureText(text).width, left = Math.min(x + 3, this.width - long);
      if (left < right) continue;
      pen.fillText(text, left, top + 11);
      right = left + long + 4;
    }
  }

  /** The name of a lane, in the gutter. @param {CanvasRenderingContext2D} pen @param {string} name @param {number} y @param {(name: string) => string} colour */
  name(pen, name, y, colour) {
    pen.fillStyle = colour("soft");
    let text = name;
    while (text.length > 2 && pen.measureText(text).width > this.gutter - 8) text = `${text.slice(0, -2)}…`;
    pen.fillText(text, 0, y);
  }
}

/** A step of an axis that people count in. @param {number} least seconds */
function niceStep(least) {
  const steps = [0.1, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400];
  return steps.find((step) => step >= least) || Math.ceil(least / 14400) * 14400;
}

/** Seconds as 0:01:02.5, or without tenths. @param {number} seconds @param {boolean} [tenths] */
function clock(seconds, tenths = true) {
  const all = tenths ? Math.round(seconds * 10) / 10 : Math.round(seconds);
  const hours = Math.floor(all / 3600), minutes = Math.floor((all % 3600) / 60), rest = all - hours * 3600 - minutes * 60;
  return `${hours}:${String(minutes).padStart(2, "0")}:${tenths ? rest.toFixed(1).padStart(4, "0") : String(rest).padStart(2, "0")}`;
}
