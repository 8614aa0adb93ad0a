// The blueprint's behaviour. Everything that it shows is in the page already: the graph's nodes are links, the declarations are articles.
(() => {
  "use strict";
  const $ = (selector, within = document) => within.querySelector(selector);
  const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };

  const frame = $(".frame"), stage = $("#stage"), main = $("#main"), panel = $("#panel"), canvas = $("#canvas"), svg = $("svg", canvas);
  const { uses, shown } = JSON.parse($("#data").textContent);
  const isShown = new Set(shown);

  // Declarations by number, which is their order in the library.
  const articles = [];
  for (const article of $$("article.d")) articles[article.dataset.i] = article;
  const nodes = new Map($$(".n", svg).map((node) => [Number(node.dataset.i), node]));
  const edges = $$(".e", svg).map((path) => ({ path, from: Number(path.dataset.f), to: Number(path.dataset.t) }));
  const short = (i) => articles[i].id.replace(/^Lmx\./, "");

  const usedBy = articles.map(() => []);
  uses.forEach(([stated, proved], i) => { for (const u of [...stated, ...proved]) usedBy[u].push(i); });
  const down = new Map(), up = new Map();
  for (const { from, to } of edges) {
    if (!up.has(to)) up.set(to, []);
    if (!down.has(from)) down.set(from, []);
    up.get(to).push(from);
    down.get(from).push(to);
  }
  const reach = (start, next) => {
    const found = new Set([start]), open = [start];
    while (open.length) for (const j of next.get(open.pop()) ?? []) if (!found.has(j)) { found.add(j); open.push(j); }
    return found;
  };

  // What the graph folds into a node: what it reaches without passing another node.
  const foldedInto = (i) => {
    const found = new Set(), open = [i];
    while (open.length) {
      const [stated, proved] = uses[open.pop()];
      for (const u of [...stated, ...proved]) if (!isShown.has(u) && !found.has(u)) { found.add(u); open.push(u); }
    }
    return [...found].sort((a, b) => a - b);
  };

  // The panel
  const status = (i) => ["unsound", "proved", "defined"].find((s) => articles[i].classList.contains(s));
  const isType = (i) => ["structure", "class", "inductive type"].includes(articles[i].dataset.kind);
  const linkList = (numbers) => make("ul", { class: "links" }, ...numbers.map((i) => {
    const item = make("li", { class: `${status(i)}${isType(i) ? " type" : ""}${isShown.has(i) ? "" : " aside"}` });
    item.append(make("a", { href: `#${articles[i].id}` }, short(i)));
    return item;
  }));
  const part = (title, note, numbers) => numbers.length === 0 ? []
    : [make("h4", {}, title, " ", make("small", {}, note)), linkList(numbers)];
  const closedPart = (title, note, numbers) => {
    if (numbers.length === 0) return [];
    const details = make("details", {}, make("summary", {}, title, " ", make("small", {}, note)));
    // Long lists are made when they are opened.
    details.addEventListener("toggle", () => { if (details.open && !$("ul", details)) details.append(linkList(numbers)); });
    return [details];
  };

  let opened = null, openedFrom = null;
  const open = (i) => {
    const article = articles[i].cloneNode(true);
    article.removeAttribute("id");
    const [stated, proved] = uses[i];
    const close = make("button", { type: "button", "aria-label": "Close" }, "Close");
    close.addEventListener("click", () => { location.hash = ""; });
    const tools = make("div", { class: "tools" });
    if (nodes.has(i)) {
      const find = make("button", { type: "button" }, "Show in graph");
      find.addEventListener("click", () => { view("graph"); reveal(i); nodes.get(i).focus(); });
      tools.append(find);
    }
    tools.append(close);
    const by = usedBy[i];
    const many = 24;
    panel.replaceChildren(tools, article,
      ...part("Statement uses", stated.length, stated),
      ...(proved.length > many ? closedPart : part)(articles[i].dataset.kind === "theorem" ? "Proof uses" : "Value uses", proved.length, proved),
      ...(by.length > many ? closedPart : part)("Used by", by.length, by),
      ...(isShown.has(i) ? closedPart("Folded into this node", foldedInto(i).length, foldedInto(i)) : []));
    if (opened === null) openedFrom = document.activeElement;
    opened = i;
    panel.hidden = false;
    panel.scrollTop = 0;
    panel.setAttribute("aria-label", short(i));
    frame.classList.add("open");
    document.title = `${short(i)} · lmx blueprint`;
    fit();
    mark(i);
    panel.focus({ preventScroll: true });
    if (nodes.has(i)) reveal(i);
  };
  const close = () => {
    if (opened === null) return;
    const from = nodes.get(opened) ?? openedFrom;
    opened = null;
    panel.hidden = true;
    panel.replaceChildren();
    frame.classList.remove("open");
    document.title = "lmx blueprint";
    fit();
    mark(null);
    (from?.isConnected && stage.dataset.shows === "graph" ? from : main).focus({ preventScroll: true });
  };

  // Marks a node, what it rests on and what rests on it.
  const mark = (i) => {
    svg.classList.toggle("chosen", i !== null && nodes.has(i));
    const above = i === null ? new Set() : reach(i, up), below = i === null ? new Set() : reach(i, down);
    const direct = new Set([...(up.get(i) ?? []), ...(down.get(i) ?? [])]);
    for (const [j, node] of nodes) {
      node.classList.toggle("chosen", j === i);
      node.classList.toggle("near", above.has(j) || below.has(j));
      node.classList.toggle("direct", direct.has(j));
    }
    for (const { path, from, to } of edges) {
      path.classList.toggle("direct", i !== null && (from === i || to === i));
      path.classList.toggle("near", (above.has(from) && above.has(to)) || (below.has(from) && below.has(to)));
    }
  };
  const point = (i) => { for (const { path, from, to } of edges) path.classList.toggle("pointed", i !== null && (from === i || to === i)); };
  for (const [i, node] of nodes) {
    node.addEventListener("pointerenter", () => point(i));
    node.addEventListener("pointerleave", () => point(null));
    node.addEventListener("focus", () => { point(i); reveal(i); });
    node.addEventListener("blur", () => point(null));
  }

  // Links: the address names what is open.
  const numberOf = (hash) => {
    let name = hash.replace(/^#/, "");
    try { name = decodeURIComponent(name); } catch { /* not encoded */ }
    const article = name && document.getElementById(name);
    return article?.matches?.("article.d") ? Number(article.dataset.i) : null;
  };
  const follow = () => {
    const i = numberOf(location.hash);
    i === null ? close() : open(i);
  };
  addEventListener("hashchange", follow);
  $("#home").addEventListener("click", () => { close(); main.scrollTop = 0; });
  for (const link of $$("[data-chapter]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const id = link.dataset.chapter;
      const target = stage.dataset.shows === "graph" ? document.getElementById(`chapter-${id}`) ?? document.getElementById(`list-${id}`)
        : document.getElementById(`list-${id}`);
      if (target.closest(".list")) view("list");
      target.scrollIntoView({ block: "start", inline: "start" });
    });
  }

  // Graph or list
  const view = (which) => {
    stage.dataset.shows = which;
    for (const button of $$("[data-view]")) button.setAttribute("aria-pressed", String(button.dataset.view === which));
    fit();
  };
  for (const button of $$("[data-view]")) button.addEventListener("click", () => { view(button.dataset.view); main.scrollTo(0, 0); });
  $("#folded").addEventListener("change", (event) => $("#list").classList.toggle("all", event.target.checked));

  // Zoom and pan
  const size = { width: svg.viewBox.baseVal.width, height: svg.viewBox.baseVal.height };
  let scale = 1, fitted = true;
  const zoom = (to, at) => {
    fitted = false;
    to = Math.min(2.5, Math.max(0.2, to));
    const box = main.getBoundingClientRect();
    const x = at?.x ?? box.left + box.width / 2, y = at?.y ?? box.top + box.height / 2;
    const before = svg.getBoundingClientRect();
    const u = (x - before.left) / scale, v = (y - before.top) / scale;
    scale = to;
    svg.setAttribute("width", size.width * scale);
    svg.setAttribute("height", size.height * scale);
    const after = svg.getBoundingClientRect();
    main.scrollBy({ left: after.left + u * scale - x, top: after.top + v * scale - y, behavior: "instant" });
  };
  const fitting = () => (main.clientWidth - 44) / size.width;
  // Until someone zooms, the graph follows the room that it has, as long as its text can be read.
  const fit = () => {
    if (!fitted || stage.dataset.shows !== "graph" || main.clientWidth === 0) return;
    zoom(Math.min(1, Math.max(0.6, fitting())));
    fitted = true;
  };
  addEventListener("resize", fit);
  for (const button of $$("[data-zoom]")) {
    button.addEventListener("click", () => {
      zoom({ in: scale * 1.25, out: scale / 1.25, fit: fitting() }[button.dataset.zoom]);
    });
  }
  main.addEventListener("wheel", (event) => {
    if (!event.ctrlKey || stage.dataset.shows !== "graph") return;
    event.preventDefault();
    zoom(scale * Math.exp(-event.deltaY / 300), { x: event.clientX, y: event.clientY });
  }, { passive: false });
  const reveal = (i) => {
    if (stage.dataset.shows !== "graph") return;
    const box = nodes.get(i).getBoundingClientRect(), seen = main.getBoundingClientRect();
    const inside = box.left >= seen.left + 8 && box.right <= seen.right - 8 && box.top >= seen.top + 8 && box.bottom <= seen.bottom - 8;
    if (inside) return;
    main.scrollBy({
      left: box.left + box.width / 2 - seen.left - seen.width / 2,
      top: box.top + box.height / 2 - seen.top - seen.height / 2,
      behavior: "instant",
    });
  };
  let drag = null;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" || event.button !== 0 || event.target.closest(".n")) return;
    drag = { x: event.clientX, y: event.clientY, left: main.scrollLeft, top: main.scrollTop };
    canvas.setPointerCapture(event.pointerId);
    canvas.classList.add("dragging");
  });
  canvas.addEventListener("pointermove", (event) => {
    if (drag) main.scrollTo(drag.left + drag.x - event.clientX, drag.top + drag.y - event.clientY);
  });
  for (const name of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(name, () => { drag = null; canvas.classList.remove("dragging"); });
  }

  // Search
  const input = $("#search"), results = $("#results");
  let index = null, found = [], current = 0;
  const build = () => articles.map((article) => ({
    name: article.id.toLowerCase(),
    doc: ($(".doc", article)?.textContent ?? "").toLowerCase(),
    text: $("pre", article).textContent.toLowerCase(),
  }));
  const score = (entry, i, words, whole) => {
    let total = isShown.has(i) ? 3 : 0;
    const last = entry.name.slice(entry.name.lastIndexOf(".") + 1);
    if (entry.name === whole || last === whole || entry.name.endsWith(`.${whole}`)) total += 100;
    for (const word of words) {
      if (last.startsWith(word)) total += 24;
      else if (entry.name.includes(word)) total += 16;
      else if (entry.doc.includes(word)) total += 6;
      else if (entry.text.includes(word)) total += 2;
      else return 0;
    }
    return total;
  };
  const search = () => {
    const whole = input.value.trim().toLowerCase();
    if (!whole) return hide();
    index ??= build();
    const words = whole.split(/\s+/);
    found = index.map((entry, i) => [score(entry, i, words, whole), i])
      .filter(([s]) => s > 0).sort((a, b) => b[0] - a[0] || a[1] - b[1]).slice(0, 30).map(([, i]) => i);
    current = 0;
    results.replaceChildren(...(found.length ? found.map((i, k) => {
      const item = make("li", { role: "option", id: `result-${k}`, "aria-selected": "false" }, make("b", {}, short(i)),
        make("small", {}, $(".doc", articles[i])?.textContent || articles[i].dataset.kind));
      item.addEventListener("pointerdown", (event) => { event.preventDefault(); go(i); });
      return item;
    }) : [make("li", { class: "none" }, "Nothing found")]));
    results.hidden = false;
    input.setAttribute("aria-expanded", "true");
    select(0);
  };
  const select = (k) => {
    current = k;
    $$("[role=option]", results).forEach((item, j) => item.setAttribute("aria-selected", String(j === k)));
    const item = document.getElementById(`result-${k}`);
    item?.scrollIntoView({ block: "nearest" });
    item ? input.setAttribute("aria-activedescendant", item.id) : input.removeAttribute("aria-activedescendant");
  };
  const hide = () => {
    results.hidden = true;
    found = [];
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const go = (i) => {
    hide();
    input.value = "";
    const hash = `#${articles[i].id}`;
    location.hash === hash || decodeURIComponent(location.hash) === hash ? open(i) : (location.hash = articles[i].id);
  };
  input.addEventListener("input", search);
  input.addEventListener("focus", search);
  input.addEventListener("blur", hide);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" && found.length) select((current + 1) % found.length);
    else if (event.key === "ArrowUp" && found.length) select((current + found.length - 1) % found.length);
    else if (event.key === "Enter" && found.length) go(found[current]);
    else if (event.key === "Escape") {
      if (input.value) { input.value = ""; hide(); } else { input.blur(); main.focus(); }
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });

  // Keys
  const step = (node, key) => {
    const a = node.getBoundingClientRect();
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    let best = null, least = Infinity;
    for (const other of nodes.values()) {
      const b = other.getBoundingClientRect();
      const x = b.left - a.left, y = b.top - a.top;
      const along = x * dx + y * dy, across = Math.abs(x * dy) + Math.abs(y * dx);
      if (along <= 1 || (dx && across > a.height)) continue;
      const cost = along + 2 * across;
      if (cost < least) { least = cost; best = other; }
    }
    best?.focus({ preventScroll: true });
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input")) return;
    const node = event.target.closest?.(".n");
    if (event.key === "/") input.focus();
    else if (event.key === "Escape" && opened !== null) location.hash = "";
    else if (node && event.key.startsWith("Arrow")) step(node, event.key);
    else if (event.key === "+" || event.key === "=") zoom(scale * 1.25);
    else if (event.key === "-") zoom(scale / 1.25);
    else if (event.key === "0") zoom(fitting());
    else return;
    event.preventDefault();
  });

  const narrow = matchMedia("(max-width: 760px)").matches;
  view(narrow ? "list" : "graph");
  fit();
  main.scrollTo(0, 0);
  follow();
})();
