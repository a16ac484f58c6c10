// @ts-check
"use strict";
/* The pages and what they share; each change of the address draws the page again. */

class App {
  /** @param {Site} site */
  constructor(site) {
    this.site = site;
    this.decisions = new Decisions(site);
    if (site.core.count) site.facets.set("review", this.decisions.facet);
    startPage = site.core.start;
    const { core } = site;
    this.pages = Object.entries(PAGES).filter(([page]) => (core.audit ? page === "audit" : page === "runs" ? core.runs.length : page === "moments" ? core.moments : page !== "audit" && core.count));
    /** @type {WordIndex | null} */
    this.index = null;
    /** @type {Browse | null} */
    this.browse = null;
    this.turn = 0;
    /** @type {Record<string, string[]>} picks of Browse, which Review keeps to */
    this.picks = {};
    this.query = "";
    document.title = site.core.title;
    /** @type {any} */ (document.getElementById("title")).textContent = site.core.title;
    window.addEventListener("hashchange", () => this.draw());
  }

  async words() {
    this.index ||= new WordIndex(await load("words"), this.site.core.count);
    return this.index;
  }

  async draw() {
    const state = this.site.core.audit ? { ...readState(), page: "audit" } : readState(), turn = ++this.turn, address = location.hash;
    if (!this.site.core.count && ["browse", "clip", "statistics", "review"].includes(state.page)) state.page = startPage;
    const current = state.page === "clip" ? "browse" : state.page;
    const links = this.pages.map(([page, label]) => element("a", { href: addressOf(page === "browse" ? { picks: this.picks, query: this.query } : { page }), "aria-current": page === current ? "page" : null }, label));
    /** @type {any} */ (document.getElementById("pages")).replaceChildren(...links);
    if (state.page === "browse") {
      this.picks = state.picks;
      this.query = state.query;
      if (!this.browse) { this.browse = new Browse(this); this.put(this.browse.node); this.browse.grid.start(); }
      if (await this.browse.show(state)) document.body.dataset.drawn = address;
      return;
    }
    const page = await this.page(state);
    if (turn !== this.turn) return; // another page was asked for meanwhile
    this.browse?.grid.stop();
    this.browse = null;
    this.put(page);
    window.scrollTo(0, 0);
    document.body.dataset.drawn = address; // what is on the page, for code that waits for it
  }

  /** @param {State} state @returns {Promise<HTMLElement>} */
  async page(state) {
    if (state.page === "clip") return clipPage(this.site, state.clip, await this.words());
    if (state.page === "statistics") return statisticsPage(this.site, await this.words());
    if (state.page === "runs") return explorerPage(this.site, state);
    if (state.page === "audit" && this.site.core.audit) return auditPage(this.site, this.site.core.audit);
    if (state.page === "moments" && this.site.core.moments) return momentsPage(this.site, state);
    const found = this.query ? (await this.words()).find(this.query) : null;
    return reviewPage(this.site, this.decisions, filterClips(this.site, this.picks, found).positions);
  }

  /** @param {HTMLElement} page */
  put(page) { /** @type {any} */ (document.getElementById("main")).replaceChildren(page); }
}

/** Facets, search and the grid. They stay in the document while filters change, so that focus is kept. */
class Browse {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.state = readState();
    this.grid = new Grid(app.site, (i) => addressOf({ page: "clip", clip: app.site.keys[i] }));
    this.search = element("input", { type: "search", placeholder: "words of a caption", "aria-label": "Search captions", onfocus: () => app.words(), oninput: () => go({ ...this.state, query: this.search.value }, true) });
    this.sort = select(/** @type {[string, string][]} */ (Object.entries(SORTS)), this.state.sort, (value) => go({ ...this.state, sort: value }));
    this.sort.setAttribute("aria-label", "Order");
    this.count = element("p", { class: "count", role: "status" });
    this.facets = new FacetList(app.site, (name, value) => this.pick(name, value));
    this.side = element("aside", { "aria-label": "Filters" }, this.facets.node);
    this.none = element("p", { class: "nothing", hidden: true }, "No clip fits. ", element("a", { href: addressOf({}) }, "Show all"));
    this.node = element("div", { class: "browse" }, element("h2", { class: "unseen" }, "Browse"),
      element("div", { class: "tools" }, this.search, this.sort, this.count, element("button", { class: "filters", onclick: () => this.node.classList.toggle("filtering") }, "Filters")),
      this.side, element("div", { class: "results" }, this.none, this.grid.node));
  }

  /** @param {State} state @returns {Promise<boolean>} false when another state was asked for meanwhile */
  async show(state) {
    this.state = state;
    const { site } = this.app;
    if (document.activeElement !== this.search) this.search.value = state.query;
    this.sort.value = state.sort in SORTS ? state.sort : "";
    const found = state.query ? (await this.app.words()).find(state.query) : null;
    if (this.state !== state) return false;
    const { positions, counts } = filterClips(site, state.picks, found);
    this.count.textContent = `${grouped(positions.length)} of ${plural(site.core.count, "clip")}`;
    this.none.hidden = positions.length > 0;
    this.facets.update(state.picks, counts);
    this.grid.show(sortClips(site, positions, state.sort));
    return true;
  }

  /** @param {string} name @param {string} value */
  pick(name, value) {
    const old = this.state.picks[name] || [];
    const values = old.includes(value) ? old.filter((one) => one !== value) : [...old, value];
    const picks = { ...this.state.picks, [name]: values };
    if (!values.length) delete picks[name];
    go({ ...this.state, picks });
  }
}

load("core").then((core) => new App(new Site(core)).draw()).catch((error) => {
  /** @type {any} */ (document.getElementById("main")).replaceChildren(element("p", { role: "alert" }, `This site is not whole: ${error.message}`));
});
