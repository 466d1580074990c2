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
  const columns = fold(rows, cells);
  boxes.forEach((b, i) => { b.x = cells[i].x; b.y = cells[i].y; });
  return {
    width: Math.max(...columns.map(c => c.right)),
    height: Math.max(0, ...columns.map(c => c.height)),
    routes: routes.map(route => points(route, cells, columns)),
  };
}

// Cuts a drawing that is much higher than it is wide into columns, as text is; a low one is a column.
function fold(rows, cells) {
  const highest = 2400, gutter = 70;
  const left = row => Math.min(...row.map(i => cells[i].x - cells[i].w / 2)), right = row => Math.max(...row.map(i => cells[i].x + cells[i].w / 2));
  const filled = rows.filter(row => row.length);
  if (!filled.length) return [{left: 0, right: 0, height: 0}];
  const width = Math.max(...filled.map(right)) - Math.min(...filled.map(left));
  const top = cells[filled[0][0]].top, height = cells[filled[filled.length - 1][0]].bottom - top;
  const count = height > highest && height > 3 * width ? Math.round(Math.sqrt(height / (width + gutter) / 1.3)) : 1;
  const parts = [[]], bottom = cells[filled[filled.length - 1][0]].bottom;
  let start = top, before = top;
  for (const row of filled) {
    const part = parts[parts.length - 1], cell = cells[row[0]];
    // What is left in equal shares: a row more or less, whichever is nearer.
    const target = start + (bottom - start) / (count - parts.length + 1);
    if (parts.length < count && part.length && cell.bottom > target && cell.bottom - target > target - before) {
      parts.push([row]);
      start = cell.top;
    } else part.push(row);
    before = cell.bottom;
  }
  let x = 0;
  return parts.map((part, c) => {
    const from = Math.min(...part.map(left)), to = Math.max(...part.map(right)), first = cells[part[0][0]].top;
    const column = {left: x, right: x + to - from, height: cells[part[part.length - 1][0]].bottom - first, gutter: x - gutter / 2};
    part.forEach(row => row.forEach(i => {
      const cell = cells[i];
      cell.x += x - from;
      cell.y -= first;
      cell.top -= first;
      cell.bottom -= first;
      cell.column = c;
    }));
    x += to - from + gutter;
    return column;
  });
}

// The points of a line between its ends; from one column to the next it goes through the gutter.
function points(route, cells, columns) {
  const all = [];
  for (let k = 0; k + 1 < route.length; k++) {
    const a = cells[route[k]], b = cells[route[k + 1]];
    if (k > 0) all.push([a.x, a.top], [a.x, a.bottom]);
    if (a.column === b.column) continue;
    const forward = a.column < b.column, x = columns[Math.max(a.column, b.column)].gutter;
    const low = [x, columns[Math.min(a.column, b.column)].height + 12], high = [x, -8];
    all.push(...(forward ? [low, high] : [high, low]));
  }
  return all;
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
    // In the end each box goes below what it is made of, and lines make way.
    const last = s >= sweeps - 3, down = last || s % 2 === 0;
    for (let k = 0; k < rows.length; k++) {
      const row = rows[down ? k : rows.length - 1 - k];
      const wanted = row.map(i => {
        let near = down ? cells[i].up : cells[i].down;
        if (!near.length) return cells[i].x;
        // A chain of boxes stays straight, whatever passes by on its side.
        const boxes = cells[i].box ? near.filter(j => cells[j].box && !cells[j].box.pin) : [];
        if (boxes.length) near = boxes;
        const sorted = near.map(j => cells[j].x).sort((a, b) => a - b);
        return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
      });
      apart(row, wanted, cells, gap, last);
    }
  }
}

// The places nearest to the wanted ones that keep the order and the gaps: pooled neighbours share a mean.
function apart(row, wanted, cells, gap, boxesFirst) {
  const offset = [0];
  for (let k = 1; k < row.length; k++)
    offset.push(offset[k - 1] + (cells[row[k - 1]].w + cells[row[k]].w) / 2 + gap);
  const pools = [];
  for (let k = 0; k < row.length; k++) {
    const w = boxesFirst ? (cells[row[k]].box ? 50 : 1) : cells[row[k]].weight;
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
