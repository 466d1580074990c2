// A layered drawing of a directed graph: boxes in ranks, edges from one rank to the next.

// Places boxes {w, h, pin} so that edges [from, to] lead down. pin "top" or "bottom" holds a box in the first or last
// rank. Gives each box x and y (its middle and its top), and the size of all and the points of each edge.
function layered(boxes, edges) {
  const gapX = 18, gapY = 30;
  const out = boxes.map(() => []), into = boxes.map(() => []);
  const isForward = withoutCycles(boxes.length, edges);
  edges.forEach(([a, b], e) => {
    if (a === b) return;
    const [from, to] = isForward[e] ? [a, b] : [b, a];
    out[from].push(to);
    into[to].push(from);
  });
  const rank = ranks(boxes, out, into);
  const cells = boxes.map((b, i) => ({box: b, rank: rank[i], w: b.w, h: b.h, up: [], down: [], weight: 1}));

  // Long edges of one box share their way: a cell in each rank between.
  const ways = new Map();
  const routes = edges.map(([a, b], e) => {
    if (a === b) return [a];
    const [from, to] = isForward[e] ? [a, b] : [b, a];
    const route = [from];
    let last = from;
    for (let r = rank[from] + 1; r < rank[to]; r++) {
      const key = from + ":" + r;
      let cell = ways.get(key);
      if (cell === undefined) {
        cell = cells.length;
        ways.set(key, cell);
        cells.push({rank: r, w: 6, h: 0, up: [], down: [], weight: 6});
        join(last, cell);
      }
      route.push(cell);
      last = cell;
    }
    join(last, to);
    route.push(to);
    return isForward[e] ? route : route.reverse();
  });
  function join(a, b) {
    if (!cells[a].down.includes(b)) { cells[a].down.push(b); cells[b].up.push(a); }
  }

  const rows = [];
  cells.forEach((c, i) => (rows[c.rank] ??= []).push(i));
  for (let r = 0; r < rows.length; r++) rows[r] ??= [];
  order(rows, cells);
  place(rows, cells, gapX);
  let y = 0;
  rows.forEach(row => {
    const h = Math.max(0, ...row.map(i => cells[i].h));
    row.forEach(i => { cells[i].y = y + (h - cells[i].h) / 2; cells[i].top = y; cells[i].bottom = y + h; });
    y += h + gapY + 2 * Math.min(20, Math.sqrt(row.length));
  });
  const least = Math.min(...cells.map(c => c.x - c.w / 2)), most = Math.max(...cells.map(c => c.x + c.w / 2));
  boxes.forEach((b, i) => { b.x = cells[i].x - least; b.y = cells[i].y; });
  return {
    width: most - least,
    height: Math.max(0, ...boxes.map(b => b.y + b.h)),
    routes: routes.map(route => route.slice(1, -1).flatMap(i => [[cells[i].x - least, cells[i].top], [cells[i].x - least, cells[i].bottom]])),
  };
}

// Which edges to follow as they are; the others close a circle and are followed backwards.
function withoutCycles(n, edges) {
  const out = Array.from({length: n}, () => []);
  edges.forEach(([a, b], e) => out[a].push([b, e]));
  const state = new Uint8Array(n), forward = edges.map(() => true);
  for (let s = 0; s < n; s++) {
    if (state[s]) continue;
    const stack = [[s, 0]];
    state[s] = 1;
    while (stack.length) {
      const top = stack[stack.length - 1];
      if (top[1] === out[top[0]].length) { state[top[0]] = 2; stack.pop(); continue; }
      const [to, e] = out[top[0]][top[1]++];
      if (state[to] === 1) forward[e] = false;
      else if (!state[to]) { state[to] = 1; stack.push([to, 0]); }
    }
  }
  return forward;
}

// Each box below all that lead to it; what nothing leads to just above what it leads to.
function ranks(boxes, out, into) {
  const n = boxes.length, rank = new Array(n).fill(0), left = into.map(l => l.length), queue = [];
  const first = boxes.some(b => b.pin === "top") ? 1 : 0;
  boxes.forEach((b, i) => { rank[i] = b.pin === "top" ? 0 : first; if (!left[i]) queue.push(i); });
  for (let q = 0; q < queue.length; q++) {
    for (const to of out[queue[q]]) {
      rank[to] = Math.max(rank[to], rank[queue[q]] + 1);
      if (--left[to] === 0) queue.push(to);
    }
  }
  for (let q = queue.length - 1; q >= 0; q--) {
    const i = queue[q];
    if (!into[i].length && out[i].length && boxes[i].pin !== "top")
      rank[i] = Math.max(first, Math.min(...out[i].map(to => rank[to])) - 1);
  }
  const last = Math.max(0, ...rank.filter((_, i) => boxes[i].pin !== "bottom"));
  boxes.forEach((b, i) => { if (b.pin === "bottom") rank[i] = last + 1; });
  return rank;
}

// Orders each rank by where the neighbours stand, from above and from below in turns.
function order(rows, cells) {
  const at = new Array(cells.length);
  const number = row => row.forEach((i, k) => at[i] = (k + 0.5) / row.length);
  rows.forEach(number);
  const sweeps = cells.length > 6000 ? 6 : 16;
  for (let s = 0; s < sweeps; s++) {
    const down = s % 2 === 0;
    for (let k = 0; k < rows.length; k++) {
      const row = rows[down ? k : rows.length - 1 - k];
      const key = new Map();
      row.forEach(i => {
        const near = down ? cells[i].up : cells[i].down;
        key.set(i, near.length ? near.reduce((sum, j) => sum + at[j], 0) / near.length : at[i]);
      });
      row.sort((a, b) => key.get(a) - key.get(b) || at[a] - at[b]);
      number(row);
    }
  }
}

// Puts each cell near the middle of its neighbours, as far as the others of its rank leave room.
function place(rows, cells, gap) {
  rows.forEach(row => {
    let x = 0;
    row.forEach(i => { cells[i].x = x + cells[i].w / 2; x += cells[i].w + gap; });
    row.forEach(i => cells[i].x -= x / 2);
  });
  const sweeps = cells.length > 6000 ? 8 : 24;
  for (let s = 0; s < sweeps; s++) {
    const down = s % 2 === 0, both = s >= sweeps - 4;
    for (let k = 0; k < rows.length; k++) {
      const row = rows[down ? k : rows.length - 1 - k];
      const wanted = row.map(i => {
        const near = both ? cells[i].up.concat(cells[i].down) : down ? cells[i].up : cells[i].down;
        if (!near.length) return cells[i].x;
        const sorted = near.map(j => cells[j].x).sort((a, b) => a - b);
        return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
      });
      apart(row, wanted, cells, gap);
    }
  }
}

// The places nearest to the wanted ones that keep the order and the gaps: pooled neighbours share a mean.
function apart(row, wanted, cells, gap) {
  const offset = [0];
  for (let k = 1; k < row.length; k++)
    offset.push(offset[k - 1] + (cells[row[k - 1]].w + cells[row[k]].w) / 2 + gap);
  const pools = [];
  for (let k = 0; k < row.length; k++) {
    const w = cells[row[k]].weight;
    let pool = {sum: (wanted[k] - offset[k]) * w, weight: w, count: 1};
    while (pools.length && pools[pools.length - 1].sum / pools[pools.length - 1].weight > pool.sum / pool.weight) {
      const p = pools.pop();
      pool = {sum: p.sum + pool.sum, weight: p.weight + pool.weight, count: p.count + pool.count};
    }
    pools.push(pool);
  }
  let k = 0;
  for (const p of pools) for (let c = 0; c < p.count; c++, k++) cells[row[k]].x = p.sum / p.weight + offset[k];
}
