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
  const tied = [...site.keys.keys()].filter((j) => j !== i && site.core.components[j] === site.core.components[i]);
  return element("section", { class: "page clip" },
    element("div", { class: "two" },
      element("div", {}, pictureOf(site, i, true), element("p", { class: "meta" }, ...labels(site, i))),
      element("div", {}, element("h2", { dir: "auto", class: textClass(details.caption) }, details.caption),
        site.core.definitions[category] ? element("p", { class: "note" }, `${category}: ${site.core.definitions[category]}`) : null, facts)),
    await twins(site, i, tied),
    await cards(site, "Nearest captions", index.nearest(details.caption, i, 8).filter((j) => !tied.includes(j))));
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

/** Clips that a chain of shared things ties to clip i, those of its own caption first, then of its bytes, then of its source video; as cards that say what, and
 * in which other split. @param {Site} site @param {number} i @param {number[]} tied */
async function twins(site, i, tied) {
  const own = await site.details(i), [split] = site.values("split", i);
  const rows = await Promise.all(tied.slice(0, TIES_READ).map(async (j) => {
    const other = await site.details(j), [its] = site.values("split", j);
    const same = { caption: foldCase(other.caption) === foldCase(own.caption), bytes: other.sha256 && other.sha256 === own.sha256, "source video": other.group && other.group === own.group };
    const shared = Object.entries(same).filter(([, is]) => is).map(([name]) => name);
    return { j, weight: (same.caption ? 4 : 0) + (same.bytes ? 2 : 0) + (same["source video"] ? 1 : 0), note: [shared.join(", "), its !== split ? `in ${its}` : ""].filter(Boolean).join("; ") };
  }));
  rows.sort((a, b) => b.weight - a.weight || a.j - b.j);
  const heading = "Shares its source video, caption or bytes" + (tied.length > TIES_SHOWN ? ` (${TIES_SHOWN} of ${grouped(tied.length)})` : "");
  return cards(site, heading, rows.slice(0, TIES_SHOWN).map((row) => row.j), rows.map((row) => row.note));
}

const TIES_SHOWN = 12, TIES_READ = 300;

/** The class of a caption that is a heading: a long one is set as text. @param {string | undefined} caption */
function textClass(caption) { return caption && caption.length > 200 ? "long" : null; }

/** Some clips as small cards below a heading. @param {Site} site @param {string} heading @param {number[]} positions @param {string[]} [notes] */
async function cards(site, heading, positions, notes = []) {
  if (!positions.length) return null;
  const made = await Promise.all(positions.map((i, n) => smallCard(site, i, notes[n])));
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
