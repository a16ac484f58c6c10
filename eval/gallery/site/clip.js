// @ts-check
"use strict";
/* One clip: its video, its caption, all that is known of it, its repeats and its neighbours. */

const LABELS = {
  source_id: "Row in the source", source_split: "Split in the source", group: "Source video or group", start: "Start (s)", end: "End (s)",
  tag: "Tag", license: "Licence", num_frames: "Frames", fps: "Frames per second", width: "Width", height: "Height",
  seed: "Seed", sha256: "SHA-256 of the video", provenance: "Provenance",
};

/** @param {Site} site @param {string} key @param {WordIndex} index */
async function clipPage(site, key, index) {
  const i = site.places.get(key);
  if (i === undefined) return element("section", { class: "page" }, element("h2", {}, "No such clip"), element("p", {}, key));
  const details = await site.details(i);
  const facts = element("dl", { class: "facts" });
  const add = (/** @type {string} */ name, /** @type {Node | string} */ value) => facts.append(element("dt", {}, name), element("dd", {}, value));
  add("Key", element("code", {}, key));
  for (const facet of site.facets.values()) {
    const values = site.values(facet.name, i);
    if (!values.length) continue;
    const links = values.flatMap((value, n) => [n ? ", " : "", element("a", { href: addressOf({ picks: { [facet.name]: [value] } }) }, value)]);
    add(facet.title, element("span", {}, ...links));
  }
  for (const [name, label] of Object.entries(LABELS)) if (details[name] !== undefined) add(label, fact(name, details[name]));
  const unreadable = site.core.unreadable[key];
  if (unreadable) add("Video", unreadable);
  const [category] = site.values("category", i);
  const same = sameComponent(site, i);
  return element("section", { class: "page clip" },
    element("div", { class: "two" },
      element("div", {}, pictureOf(site, i, true), element("p", { class: "meta" }, ...labels(site, i))),
      element("div", {}, element("h2", { dir: "auto", class: textClass(details.caption) }, details.caption),
        site.core.definitions[category] ? element("p", { class: "note" }, `${category}: ${site.core.definitions[category]}`) : null, facts)),
    await cards(site, "Shares its source video, caption or bytes", same),
    await cards(site, "Nearest captions", index.nearest(details.caption, i, 8).filter((j) => !same.includes(j))));
}

/** @param {string} name @param {any} value */
function fact(name, value) {
  if (name !== "provenance") return String(value);
  try {
    return element("pre", {}, JSON.stringify(JSON.parse(value), null, 1));
  } catch (error) {
    return element("pre", {}, String(value));
  }
}

/** @param {Site} site @param {number} i */
function sameComponent(site, i) {
  const own = site.core.components[i], same = [];
  for (let j = 0; j < site.core.count && same.length < 12; j++) if (j !== i && site.core.components[j] === own) same.push(j);
  return same;
}

/** The class of a caption that is a heading: a long one is set as text. @param {string | undefined} caption */
function textClass(caption) { return caption && caption.length > 200 ? "long" : null; }

/** Some clips as small cards below a heading. @param {Site} site @param {string} heading @param {number[]} positions */
async function cards(site, heading, positions) {
  if (!positions.length) return null;
  const made = await Promise.all(positions.map((i) => smallCard(site, i)));
  return element("section", {}, element("h3", {}, heading), element("div", { class: "cards" }, ...made));
}

/** @param {Site} site @param {number} i @param {string} [note] @param {boolean} [right] */
async function smallCard(site, i, note, right = false) {
  const { caption } = await site.details(i);
  const card = element("article", { class: right ? "card small right" : "card small" }, pictureOf(site, i, false),
    element("a", { class: "cover", href: addressOf({ page: "clip", clip: site.keys[i] }) }, element("p", { class: "caption", dir: "auto" }, caption)),
    element("p", { class: "meta" }, note ? element("strong", {}, note) : null, ...labels(site, i)));
  card.dataset.key = site.keys[i];
  return card;
}
