// @ts-check
"use strict";
/* Captions by the words they hold: an inverted index made at export, so that typing finds among many at once. */

class WordIndex {
  /** @param {{words: string[], counts: number[], postings: string[]}} data @param {number} count */
  constructor(data, count) {
    this.words = data.words;
    this.counts = data.counts; // clips by word
    this.texts = data.postings;
    /** @type {number[][]} those that were asked for */
    this.postings = [];
    this.count = count;
  }

  /** The clips of a word, each as the difference to the one before. @param {number} place */
  posting(place) { return (this.postings[place] ||= this.texts[place].split(" ").map(Number)); }

  /** A mark for each clip whose caption has every word; the last word may be the beginning of one.
   * @param {string} query @returns {Uint8Array | null} null: nothing to look for */
  find(query) {
    const terms = termsOf(query);
    if (!terms.length) return null;
    /** @type {Uint8Array | null} */
    let found = null;
    for (const [number, term] of terms.entries()) {
      const marks = new Uint8Array(this.count);
      const whole = number < terms.length - 1 || /\s$/.test(query);
      for (const place of this.places(term, whole)) {
        let clip = 0;
        for (const step of this.posting(place)) {
          clip += step;
          if (!found || found[clip]) marks[clip] = 1;
        }
      }
      found = marks;
    }
    return found;
  }

  /** Words that are the term, or begin with it. Writing without spaces is found anywhere in a word.
   * @param {string} term @param {boolean} whole @returns {Iterable<number>} */
  *places(term, whole) {
    if (UNSPACED.test(term)) {
      for (const [place, word] of this.words.entries()) if (word.includes(term)) yield place;
      return;
    }
    let low = 0;
    for (let high = this.words.length; low < high;) {
      const middle = (low + high) >> 1;
      if (this.words[middle] < term) low = middle + 1;
      else high = middle;
    }
    for (let place = low; place < this.words.length && this.words[place].startsWith(term); place++) {
      if (!whole || this.words[place] === term) yield place;
    }
  }

  /** Clips whose captions share rare words with these, the nearest first: sums of squared log(count / clips of a word).
   * @param {string} caption @param {number} self @param {number} most @returns {number[]} */
  nearest(caption, self, most) {
    const scores = new Float32Array(this.count);
    for (const term of new Set(termsOf(caption))) {
      for (const place of this.places(term, true)) {
        if (this.counts[place] > this.count / 5) continue; // in every fifth caption: says nothing
        const worth = Math.log(this.count / this.counts[place]) ** 2;
        let clip = 0;
        for (const step of this.posting(place)) { clip += step; scores[clip] += worth; }
      }
    }
    scores[self] = 0;
    const ranked = [...scores.keys()].filter((i) => scores[i] > 0);
    ranked.sort((a, b) => scores[b] - scores[a] || a - b);
    return ranked.slice(0, most);
  }
}

/** Writing without spaces between words, and Korean, whose words have endings. */
const UNSPACED = /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/** @param {string} text @returns {string[]} */
function termsOf(text) { return foldCase(text).match(/[\p{L}\p{N}\p{M}_]+/gu) || []; }

/** Without case and forms of letters, as the exporter has it. @param {string} text */
function foldCase(text) { return text.normalize("NFKC").toUpperCase().toLowerCase().replaceAll("ς", "σ"); }
