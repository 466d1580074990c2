// The drawing of one column's graph: boxes in groups that open and close.
const HIDDEN = new Set(["constant", "dims"]);
const KINDS = [
  ["product", /^(mat_mul|conv|gemm|einsum|dot|attention|contract|conv_|lstm|gru|rnn)/],
  ["norm", /norm|softmax|reduce|pool|mean|arg_|top_k|cumulative/],
  ["move", /^(reshape|transpose|broadcast|slice|concat|gather|scatter|pad|split|read_dims|reverse|window|select_|resize|tile)/],
  ["control", /^(if|loop|fail|scan)$/],
];
const kindOf = op => (KINDS.find(([, p]) => p.test(op)) || ["element"])[0];
const FIRST_BOXES = 70, svgNs = "http://www.w3.org/2000/svg";

// Numbers with units, as the command line prints them.
function amount(x, unit) {
  if (!(x > 0)) return "";
  const steps = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]];
  const [size, prefix] = steps.find(([s]) => x >= s) || [1, ""];
  const n = x / size;
  return (n >= 100 || size === 1 ? n.toFixed(0) : n >= 10 ? n.toFixed(1) : n.toFixed(2)) + " " + prefix + unit;
}
const costText = r => [amount(r.flops, "FLOP"), amount(r.bytes, "B")].filter(Boolean).join(", ");

class GraphView {
  constructor(stage, column, onPick) {
    this.stage = stage;
    this.column = column;
    this.onPick = onPick;
    this.byKey = new Map();
    this.leaves = this.read(column);
    this.root = this.groups();
    this.openFirst();
    this.draw();
    this.fit();
  }

  // The nodes of the graph itself, with what they read and what reads them. Constants are counted where they are used.
  read(column) {
    const leaves = [], constants = new Map();
    let owner = null;
    column.rows.forEach((row, r) => {
      if (r === 0) {
        row.defs.forEach(key => this.add(leaves, {kind: "input", op: "input", title: "input", keys: [key], uses: [], path: [], row: r, flops: 0, bytes: 0}));
      } else if (row.depth === 1 && row.left) {
        if (HIDDEN.has(row.op)) { row.defs.forEach(k => constants.set(k, row)); owner = null; return; }
        owner = {kind: kindOf(row.op), op: row.op, title: row.op, keys: row.defs, uses: [...row.uses], path: row.path, row: r, flops: row.flops, bytes: row.bytes};
        this.add(leaves, owner);
      } else if (row.depth === 1 && row.text.startsWith("return")) {
        this.add(leaves, {kind: "output", op: "output", title: "outputs", keys: [], uses: row.uses, path: [], row: r, flops: 0, bytes: 0});
      } else if (owner) {
        owner.uses.push(...row.uses);
      }
    });
    leaves.forEach(n => {
      n.weights = [...new Set(n.uses)].filter(k => constants.has(k)).map(k => constants.get(k));
      n.from = [...new Set(n.uses)].map(k => this.byKey.get(k)).filter(m => m && m !== n);
      n.to = [];
    });
    leaves.forEach(n => n.from.forEach(m => m.to.push(n)));
    return leaves;
  }
  add(leaves, n) {
    n.id = leaves.length;
    n.leaf = true;
    leaves.push(n);
    n.keys.forEach(k => this.byKey.set(k, n));
  }

  // A tree of groups; one that holds a single group is one with it.
  groups() {
    const root = {name: "", children: [], open: true, byName: new Map(), depth: 0};
    for (const n of this.leaves) {
      let g = root;
      for (const part of n.path) {
        if (!g.byName.has(part)) {
          const made = {name: part, children: [], open: false, byName: new Map(), parent: g, depth: g.depth + 1};
          g.byName.set(part, made);
          g.children.push(made);
        }
        g = g.byName.get(part);
      }
      n.parent = g;
      g.children.push(n);
    }
    const sum = g => {
      g.leaf = false;
      g.children.forEach(c => c.leaf || sum(c));
      g.children = g.children.flatMap(c => !c.leaf && c.count === 1 ? this.lifted(c, g) : [c]);
      if (g.parent && g.children.length === 1 && !g.children[0].leaf) {
        const only = g.children[0];
        g.name += "/" + only.name;
        g.children = only.children;
        g.children.forEach(c => c.parent = g);
      }
      g.count = g.children.reduce((s, c) => s + (c.leaf ? 1 : c.count), 0);
      g.flops = g.children.reduce((s, c) => s + (c.flops || 0), 0);
      g.bytes = g.children.reduce((s, c) => s + (c.bytes || 0), 0);
      g.shape = g.children.map(c => c.leaf ? c.op : "(" + c.shape + ")").join(" ");
    };
    sum(root);
    const alike = new Map();
    const walk = g => g.children.forEach(c => { if (!c.leaf) { alike.set(c.shape, (alike.get(c.shape) || 0) + 1); walk(c); } });
    walk(root);
    const mark = g => g.children.forEach(c => { if (!c.leaf) { c.alike = alike.get(c.shape); mark(c); } });
    mark(root);
    this.flops = root.flops;
    this.bytes = root.bytes;
    return root;
  }
  // A group of one node is that node.
  lifted(g, into) { g.children.forEach(c => c.parent = into); return g.children; }

  // Opens groups, the outer ones first, as long as the drawing stays small. Of groups that are alike one is enough.
  openFirst() {
    let shown = this.root.children.length, front = this.root.children.filter(c => !c.leaf);
    const seen = new Set();
    while (front.length) {
      const next = [];
      for (const g of front) {
        if (g.children.length > 1.5 * FIRST_BOXES || shown + g.children.length > FIRST_BOXES || g.alike > 1 && seen.has(g.shape)) continue;
        if (g.alike > 1 && front.length > 1 && this.root.children.length > 1 && g.depth > 2) continue;
        seen.add(g.shape);
        g.open = true;
        shown += g.children.length;
        next.push(...g.children.filter(c => !c.leaf));
      }
      front = next;
    }
  }
  setAll(open) {
    const walk = g => g.children.forEach(c => { if (!c.leaf) { c.open = open; walk(c); } });
    walk(this.root);
    this.draw();
    this.fit();
  }

  // The box that shows a node: itself, or the outermost closed group around it.
  shown(n) {
    let box = n;
    for (let g = n.parent; g; g = g.parent) if (!g.open) box = g;
    return box;
  }
  static inside(n, g) { for (let p = n; p; p = p.parent) if (p === g) return true; return false; }
  static childIn(n, g) { let c = n; while (c.parent !== g) c = c.parent; return c; }

  size(box) {
    if (box.leaf) {
      const label = this.label(box);
      box.w = Math.max(96, Math.min(520, 20 + Math.max(7 * box.title.length, 5.7 * label.length)));
      box.h = label ? 40 : 26;
    } else {
      box.w = Math.max(130, Math.min(300, Math.max(34 + 7 * box.name.length, 20 + 5.6 * this.sizeText(box).length)));
      box.h = 48;
    }
  }
  sizeText(g) {
    return `${g.count} nodes${g.flops ? " · " + amount(g.flops, "FLOP") : ""}${g.alike > 1 ? " · " + g.alike + " alike" : ""}`;
  }
  label(n) {
    if (n.kind === "output") return "";
    const text = this.column.rows[n.row].text;
    if (n.kind === "input") return n.keys.map(k => this.nameOf(k)).join(", ");
    const type = text.match(/ : ([^{}]*)$/);
    return type ? type[1] : "";
  }
  nameOf(key) {
    if (!this.names) this.names = new Map(Object.entries(this.column.names).map(([name, k]) => [k, name]));
    return (this.names.get(key) || String(key)).replace(/^%"?|"$/g, "");
  }

  // Places what a group shows, from the inside to the outside.
  layout(g) {
    g.children.forEach(c => { if (!c.leaf && c.open) this.layout(c); else this.size(c); });
    const boxes = [...g.children], index = new Map(boxes.map((b, i) => [b, i]));
    const links = new Map();
    const link = (a, b, from, to) => {
      const key = a + ">" + b;
      if (!links.has(key)) links.set(key, {ends: [a, b], pairs: []});
      links.get(key).pairs.push([from, to]);
    };
    g.portsIn = new Map();
    g.portsOut = new Map();
    const port = (ports, n, pin) => {
      if (!ports.has(n)) {
        const p = {w: 8, h: 8, pin, port: n, frame: g};
        ports.set(n, p);
        index.set(p, boxes.length);
        boxes.push(p);
      }
      return index.get(ports.get(n));
    };
    const members = [];
    const gather = x => x.children.forEach(c => c.leaf ? members.push(c) : gather(c));
    gather(g);
    for (const n of members) {
      const own = index.get(GraphView.childIn(n, g));
      for (const m of n.from) {
        if (GraphView.inside(m, g)) {
          const other = index.get(GraphView.childIn(m, g));
          if (other !== own) link(other, own, m, n);
        } else if (g.parent) link(port(g.portsIn, m, "top"), own, m, n);
      }
      if (g.parent && n.to.some(t => !GraphView.inside(t, g))) link(own, port(g.portsOut, n, "bottom"), n, n);
    }
    const edges = [...links.values()], made = layered(boxes, edges.map(e => e.ends));
    g.boxes = boxes;
    g.lines = edges.map((e, i) => ({from: boxes[e.ends[0]], to: boxes[e.ends[1]], pairs: e.pairs, points: made.routes[i]}));
    g.w = made.width + 28;
    g.h = made.height + 44;
    g.innerX = 14;
    g.innerY = 30;
    const title = 44 + 7 * g.name.length + 5.8 * this.sizeText(g).length;
    if (g.parent && title > g.w) { g.innerX += (title - g.w) / 2; g.w = title; }
  }

  draw() {
    this.layout(this.root);
    this.lines = [];
    const parts = {groups: [], lines: [], boxes: []};
    this.root.ax = 0;
    this.root.ay = 0;
    this.emit(this.root, parts);
    this.stage.innerHTML = `<svg xmlns="${svgNs}" tabindex="0"><defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerUnits="userSpaceOnUse" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs><g class="world">${parts.groups.join("")}${parts.lines.join("")}${parts.boxes.join("")}</g></svg>`;
    this.svg = this.stage.firstChild;
    this.world = this.svg.querySelector(".world");
    this.boxElements = new Map([...this.world.querySelectorAll("[data-n],[data-g]")].map(e => [e.dataset.n !== undefined ? this.leaves[+e.dataset.n] : this.groupList[+e.dataset.g], e]));
    this.lineElements = [...this.world.querySelectorAll(".edge")];
    this.listen();
    this.move();
  }
  emit(g, parts) {
    if (g === this.root) this.groupList = [];
    for (const b of g.boxes) {
      b.ax = g.ax + g.innerX + b.x - b.w / 2;
      b.ay = g.ay + g.innerY + b.y;
      if (b.port) continue;
      if (b.leaf) parts.boxes.push(this.boxHtml(b));
      else {
        b.number = this.groupList.length;
        this.groupList.push(b);
        if (b.open) {
          parts.groups.push(this.frameHtml(b));
          parts.boxes.push(this.frameTitle(b));
        } else parts.boxes.push(this.groupHtml(b));
        if (b.open) this.emit(b, parts);
      }
    }
    for (const l of g.lines) {
      const top = this.end(l.from, l.pairs[0][0], "portsOut", true), bottom = this.end(l.to, l.pairs[0][0], "portsIn", false);
      const points = [top, ...l.points.map(([x, y]) => [g.ax + g.innerX + x, g.ay + g.innerY + y]), bottom];
      parts.lines.push(`<path class="edge${l.to.port || !l.to.leaf && l.to.open ? " plain" : ""}" data-l="${this.lines.length}" d="${GraphView.curve(points)}"/>`);
      this.lines.push(l);
    }
  }
  // Where a line meets a box: at the port of its value, where the box is an open group.
  end(box, value, ports, below) {
    if (box.port) return [box.ax + box.w / 2, below ? box.frame.ay : box.frame.ay + box.frame.h];
    const p = !box.leaf && box.open && box[ports].get(value);
    const x = p ? box.ax + box.innerX + p.x : box.ax + box.w / 2;
    return [x, below ? box.ay + box.h : box.ay];
  }
  static curve(points) {
    let d = `M${points[0].map(v => v.toFixed(1)).join(" ")}`;
    for (let i = 1; i < points.length; i++) {
      const [x0, y0] = points[i - 1], [x, y] = points[i], m = (y0 + y) / 2;
      d += Math.abs(x - x0) < 0.5 ? `L${x.toFixed(1)} ${y.toFixed(1)}` : `C${x0.toFixed(1)} ${m.toFixed(1)} ${x.toFixed(1)} ${m.toFixed(1)} ${x.toFixed(1)} ${y.toFixed(1)}`;
    }
    return d;
  }
  static cut(text, width, per) {
    const most = Math.floor(width / per);
    return escaped(text.length <= most ? text : "…" + text.slice(1 - most));
  }
  bar(b) {
    const share = this.flops > 0 ? b.flops / this.flops : 0;
    return share < 0.002 ? "" : `<rect class="bar" x="0" y="${b.h - 3}" width="${Math.max(3, share * b.w).toFixed(1)}" height="3"/>`;
  }
  heat(b) { return this.flops > 0 ? Math.min(1, Math.sqrt(b.flops / this.flops) * 1.6).toFixed(2) : 0; }
  boxHtml(b) {
    const label = this.label(b);
    return `<g class="box ${b.kind}" data-n="${b.id}" style="--heat:${this.heat(b)}" transform="translate(${b.ax.toFixed(1)} ${b.ay.toFixed(1)})"><title>${escaped(this.column.rows[b.row].text)}${b.flops || b.bytes ? "\n" + escaped(costText(b)) : ""}</title>` +
      `<rect class="body" width="${b.w}" height="${b.h}" rx="6"/>${this.bar(b)}<text class="name" x="${b.w / 2}" y="17">${escaped(b.title)}</text>` +
      (label ? `<text class="type" x="${b.w / 2}" y="31">${GraphView.cut(label, b.w - 8, 5.7)}</text>` : "") + `</g>`;
  }
  groupHtml(b) {
    return `<g class="box group" data-g="${b.number}" style="--heat:${this.heat(b)}" transform="translate(${b.ax.toFixed(1)} ${b.ay.toFixed(1)})"><title>${escaped(b.name)}: click to open</title>` +
      `<rect class="card" x="5" y="5" width="${b.w}" height="${b.h}" rx="8"/><rect class="body" width="${b.w}" height="${b.h}" rx="8"/>${this.bar(b)}` +
      `<text class="name" x="${b.w / 2}" y="19">▸ ${GraphView.cut(b.name, b.w - 28, 6.8)}</text>` +
      `<text class="type" x="${b.w / 2}" y="35">${this.sizeText(b)}</text></g>`;
  }
  frameHtml(b) {
    return `<g class="frame" data-g="${b.number}" transform="translate(${b.ax.toFixed(1)} ${b.ay.toFixed(1)})"><rect class="body" width="${b.w.toFixed(1)}" height="${b.h.toFixed(1)}" rx="10"/></g>`;
  }
  frameTitle(b) {
    return `<g class="title" transform="translate(${b.ax.toFixed(1)} ${b.ay.toFixed(1)})"><text class="name" x="12" y="18">▾ ${escaped(b.name)} <tspan class="type">${this.sizeText(b)}</tspan></text></g>`;
  }

  // Pan, zoom, and clicks.
  move() {
    if (!this.at) return;
    this.world.setAttribute("transform", `translate(${this.at.x} ${this.at.y}) scale(${this.at.k})`);
    this.svg.classList.toggle("far", this.at.k < 0.38);
    this.svg.classList.toggle("farther", this.at.k < 0.16);
  }
  fit() {
    const r = this.stage.getBoundingClientRect();
    const k = Math.min(1.2, (r.width - 30) / this.root.w, Math.max((r.height - 30) / this.root.h, 0.75));
    const whole = this.root.h * k <= r.height;
    this.at = {k, x: (r.width - this.root.w * k) / 2, y: whole ? (r.height - this.root.h * k) / 2 : 10};
    this.move();
  }
  overview() {
    const r = this.stage.getBoundingClientRect(), k = Math.min(1.2, (r.width - 30) / this.root.w, (r.height - 30) / this.root.h);
    this.at = {k, x: (r.width - this.root.w * k) / 2, y: (r.height - this.root.h * k) / 2};
    this.move();
  }
  zoom(factor, cx, cy) {
    const k = Math.max(0.02, Math.min(4, this.at.k * factor)), f = k / this.at.k;
    this.at = {k, x: cx - (cx - this.at.x) * f, y: cy - (cy - this.at.y) * f};
    this.move();
  }
  center(box) {
    const r = this.stage.getBoundingClientRect(), k = Math.max(this.at.k, 0.7);
    this.at = {k, x: r.width / 2 - (box.ax + box.w / 2) * k, y: r.height / 2 - (box.ay + box.h / 2) * k};
    this.move();
  }
  listen() {
    let drag = null;
    this.svg.addEventListener("wheel", e => {
      e.preventDefault();
      const r = this.stage.getBoundingClientRect();
      if (e.ctrlKey || !e.shiftKey) this.zoom(Math.exp(-e.deltaY * 0.0015), e.clientX - r.left, e.clientY - r.top);
      else { this.at.x -= e.deltaY; this.move(); }
    }, {passive: false});
    this.svg.addEventListener("pointerdown", e => { drag = {x: e.clientX, y: e.clientY, moved: false}; });
    this.svg.addEventListener("pointermove", e => {
      if (!drag) return;
      if (!drag.moved && Math.hypot(e.clientX - drag.x, e.clientY - drag.y) < 4) return;
      if (!drag.moved) this.svg.setPointerCapture(e.pointerId);
      this.at.x += e.clientX - drag.x;
      this.at.y += e.clientY - drag.y;
      drag = {x: e.clientX, y: e.clientY, moved: true};
      this.move();
    });
    this.svg.addEventListener("pointerup", e => {
      const moved = drag && drag.moved;
      drag = null;
      if (moved) return;
      const box = e.target.closest("[data-n],[data-g]");
      if (!box) { this.onPick(null); return; }
      if (box.dataset.n !== undefined) this.onPick(this.leaves[+box.dataset.n]);
      else this.toggle(this.groupList[+box.dataset.g]);
    });
  }
  // Opens or closes a group, whose title stays where it is.
  toggle(g) {
    const x = g.ax, y = g.ay, wide = g.w;
    g.open = !g.open;
    this.draw();
    this.at.x += (x + wide / 2 - g.ax - g.w / 2) * this.at.k;
    this.at.y += (y - g.ay) * this.at.k;
    this.move();
    this.onPick(this.pickedNode || null, true);
  }
  reveal(n) {
    for (let g = n.parent; g; g = g.parent) g.open = true;
    if (!this.boxElements.has(n)) this.draw();
    this.center(n);
  }

  // Marks a node, with all that it is made of and all that is made of it.
  mark(n) {
    this.pickedNode = n;
    const reach = (start, next) => {
      const seen = new Set([start]), open = [start];
      while (open.length) for (const m of next(open.pop())) if (!seen.has(m)) { seen.add(m); open.push(m); }
      return seen;
    };
    const before = n ? reach(n, x => x.from) : new Set(), after = n ? reach(n, x => x.to) : new Set();
    const near = n ? new Set([...n.from, ...n.to]) : new Set();
    this.svg.classList.toggle("marked", !!n);
    const boxes = s => new Set([...s].map(x => this.shown(x)));
    const beforeBoxes = boxes(before), afterBoxes = boxes(after), nearBoxes = boxes(near), own = n && this.shown(n);
    this.boxElements.forEach((e, b) => {
      e.classList.toggle("picked", b === own);
      e.classList.toggle("near", nearBoxes.has(b) && b !== own);
      e.classList.toggle("before", beforeBoxes.has(b));
      e.classList.toggle("after", afterBoxes.has(b));
    });
    this.lineElements.forEach(e => {
      const pairs = this.lines[+e.dataset.l].pairs;
      e.classList.toggle("before", pairs.some(([a, b]) => before.has(b) && before.has(a) && (a !== b || a !== n)));
      e.classList.toggle("after", pairs.some(([a, b]) => after.has(a) && after.has(b)));
      e.classList.toggle("near", pairs.some(([a, b]) => a === n || b === n));
    });
  }
  find(query) {
    return this.leaves.filter(n => {
      const row = this.column.rows[n.row];
      return n.kind === "input" ? n.keys.some(k => this.nameOf(k).toLowerCase().includes(query))
        : n.kind !== "output" && (row.text.toLowerCase().includes(query) || row.at.toLowerCase().includes(query));
    });
  }
  highlight(found) {
    const boxes = new Set(found.map(n => this.shown(n)));
    this.boxElements.forEach((e, b) => e.classList.toggle("found", boxes.has(b)));
  }
}
