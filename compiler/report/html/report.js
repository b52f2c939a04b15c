// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Selection, search, folding, colours, zoom, the map and sorting. The page holds all data; nothing is loaded.
"use strict";
(() => {
  const find = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const stage = find("#stage"), map = find("#map");
  let scale = 1;

  const picture = () => find(".picture:not([hidden])");
  const graph = () => find("svg", picture());

  // ---- zoom: the picture's size changes, its coordinates do not
  function setScale(next, centreX = stage.clientWidth / 2, centreY = stage.clientHeight / 2) {
    const box = graph().getBoundingClientRect(), frame = stage.getBoundingClientRect();
    const x = (frame.left + centreX - box.left) / scale, y = (frame.top + centreY - box.top) / scale;
    scale = Math.min(3, Math.max(0.08, next));
    for (const svg of all("svg.graph")) {
      svg.setAttribute("width", svg.viewBox.baseVal.width * scale);
      svg.setAttribute("height", svg.viewBox.baseVal.height * scale);
    }
    const moved = graph().getBoundingClientRect();
    stage.scrollLeft += moved.left + x * scale - (frame.left + centreX);
    stage.scrollTop += moved.top + y * scale - (frame.top + centreY);
    drawMap();
  }
  const fitWidth = (least) => setScale(Math.max(least, Math.min(1, stage.clientWidth / graph().viewBox.baseVal.width)));

  function centre(node) {
    const a = node.getBoundingClientRect(), frame = stage.getBoundingClientRect();
    stage.scrollLeft += a.left + a.width / 2 - frame.left - frame.width / 2;
    stage.scrollTop += a.top + a.height / 2 - frame.top - frame.height / 2;
  }

  // ---- the map: the whole picture in a strip, boxes in their colours
  function drawMap() {
    const ratio = window.devicePixelRatio || 1, width = 84, height = map.clientHeight || 600;
    map.width = width * ratio;
    map.height = height * ratio;
    const svg = graph(), view = svg.viewBox.baseVal, pen = map.getContext("2d");
    pen.scale(ratio, ratio);
    pen.clearRect(0, 0, width, height);
    const fx = (width - 12) / Math.max(view.width, 1), fy = Math.min(height / Math.max(view.height, 1), fx * 3);
    for (const box of boxesOf(svg)) {
      const heat = Number(box.node.style.getPropertyValue("--heat")), isHeat = stage.classList.contains("heat");
      pen.globalAlpha = box.node.matches(".searching .node:not(.found)") ? 0.15 : isHeat ? 0.12 + 0.88 * heat : 1;
      pen.fillStyle = box.node.classList.contains("chosen") ? "#2563eb" : isHeat ? "#e5484d" : box.colour;
      pen.fillRect(6 + box.x * fx, box.y * fy, Math.max(3, box.width * fx), Math.max(1.2, box.height * fy));
    }
    pen.globalAlpha = 1;
    pen.strokeStyle = "#2563eb";
    const a = svg.getBoundingClientRect(), frame = stage.getBoundingClientRect();
    pen.strokeRect(2, Math.max(0, (frame.top - a.top) / scale * fy) + 0.5, width - 4,
                   Math.min(height - 1, frame.height / scale * fy));
    map.dataset.fy = fy;
  }
  const known = new Map();
  function boxesOf(svg) {
    if (!known.has(svg)) {
      const frame = svg.getBoundingClientRect();
      known.set(svg, all(".node", svg).map((node) => {
        const a = find(".box", node).getBoundingClientRect();
        return {
          node, x: (a.left - frame.left) / scale, y: (a.top - frame.top) / scale, width: a.width / scale, height: a.height / scale,
          colour: getComputedStyle(node).getPropertyValue("--kind"),
        };
      }));
    }
    return known.get(svg);
  }
  function jump(event) {
    const y = event.offsetY / Number(map.dataset.fy) * scale;
    stage.scrollTop += graph().getBoundingClientRect().top - stage.getBoundingClientRect().top + y - stage.clientHeight / 2;
  }
  map.addEventListener("pointerdown", (event) => { map.setPointerCapture(event.pointerId); jump(event); });
  map.addEventListener("pointermove", (event) => { if (event.buttons) jump(event); });
  stage.addEventListener("scroll", () => requestAnimationFrame(drawMap));
  window.addEventListener("resize", drawMap);

  // ---- selection
  function choose(kernel, moves) {
    for (const old of all(".chosen, .lit")) old.classList.remove("chosen", "lit");
    for (const card of all("#cards > article:not([hidden])")) card.hidden = true;
    const card = find(`#card-${kernel}`);
    find("#hint").hidden = Boolean(card);
    if (!card) return drawMap();
    card.hidden = false;
    find("#side").scrollTop = 0;
    for (const other of all(`.node[data-kernels~="${kernel}"], .spot[data-kernel="${kernel}"], tr[data-kernel="${kernel}"]`))
      other.classList.add("chosen");
    const node = find(`.node[data-kernels~="${kernel}"]`, graph());
    if (node) {
      const number = node.dataset.box;
      for (const edge of all(`.edge[data-from="${number}"], .edge[data-to="${number}"]`, graph())) edge.classList.add("lit");
      if (moves) centre(node);
    }
    drawMap();
  }
  function followHash() {
    const match = /^#k(\d+)$/.exec(location.hash);
    choose(match ? match[1] : "", true);
    if (match) find(".explorer").scrollIntoView({block: "nearest"});
  }
  window.addEventListener("hashchange", followHash);
  document.addEventListener("click", (event) => {
    const target = event.target.closest(".node, .spot");
    if (!target || dragged) return;
    history.replaceState(null, "", `#k${target.dataset.kernel}`);
    choose(target.dataset.kernel, target.matches(".spot"));
    if (target.matches(".spot")) find(".explorer").scrollIntoView({block: "nearest"});
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    history.replaceState(null, "", "#");
    choose("", false);
  });

  // ---- panning with the mouse, zooming with its wheel and Ctrl
  let dragged = false;
  stage.addEventListener("mousedown", (down) => {
    dragged = false;
    const left = stage.scrollLeft, top = stage.scrollTop;
    const move = (event) => {
      const dx = event.clientX - down.clientX, dy = event.clientY - down.clientY;
      if (Math.abs(dx) + Math.abs(dy) < 4) return;
      dragged = true;
      stage.classList.add("drag");
      stage.scrollLeft = left - dx;
      stage.scrollTop = top - dy;
    };
    window.addEventListener("mousemove", move);
    window.addEventListener("mouseup", () => {
      window.removeEventListener("mousemove", move);
      stage.classList.remove("drag");
    }, {once: true});
  });
  stage.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    const frame = stage.getBoundingClientRect();
    setScale(scale * Math.exp(-event.deltaY / 400), event.clientX - frame.left, event.clientY - frame.top);
  }, {passive: false});
  find("#in").onclick = () => setScale(scale * 1.25);
  find("#out").onclick = () => setScale(scale / 1.25);
  find("#fit").onclick = () => fitWidth(0.08);

  // ---- toolbar
  find("#fold").onchange = (event) => {
    for (const other of all(".picture")) other.hidden = other.id !== `picture-${event.target.value}`;
    fitWidth(0.6);
    followHash();
  };
  find("#colour").onchange = (event) => {
    const mode = event.target.value;
    stage.classList.toggle("heat", mode !== "kind");
    if (mode === "kind") return drawMap();
    for (const svg of all("svg.graph")) {
      const nodes = all(".node", svg), value = (node) => Number(node.dataset[mode]);
      const most = Math.max(...nodes.map(value), mode === "gap" ? 2 : 1e-9);
      // A gap of 1 is the best there is; shares spread over decades.
      for (const node of nodes)
        node.style.setProperty("--heat", mode === "gap" ? Math.max(0, (value(node) - 1) / (most - 1)) : Math.sqrt(value(node) / most));
    }
    drawMap();
  };
  find("#search").oninput = (event) => {
    const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
    const hits = new Set();
    for (const card of all("#cards > article")) {
      const own = all("h3, .name, .ops, .nodes", card).map((part) => part.textContent).join(" ").toLowerCase();
      if (words.every((word) => own.includes(word))) hits.add(card.id.slice(5));
    }
    stage.classList.toggle("searching", words.length > 0);
    for (const node of all(".node")) node.classList.toggle("found", node.dataset.kernels.split(" ").some((k) => hits.has(k)));
    for (const row of all("#kernels tbody tr")) row.hidden = !hits.has(row.dataset.kernel);
    const first = find(".node.found", graph());
    if (words.length && first) centre(first);
    drawMap();
  };

  // ---- tables: a click sorts, another one turns it around
  for (const table of all("table.sortable"))
    all("th", table).forEach((head, column) => head.addEventListener("click", () => {
      const key = (row) => row.cells[column].dataset.v ?? row.cells[column].textContent;
      const isNumber = head.classList.contains("num");
      const down = head.ariaSort ? head.ariaSort === "ascending" : isNumber && column > 0;
      for (const other of all("th", table)) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = [...table.tBodies[0].rows];
      rows.sort((a, b) => (isNumber ? key(a) - key(b) : key(a).localeCompare(key(b))) * (down ? -1 : 1));
      table.tBodies[0].append(...rows);
    }));

  fitWidth(0.6);
  stage.scrollLeft = (stage.scrollWidth - stage.clientWidth) / 2;
  followHash();
})();
