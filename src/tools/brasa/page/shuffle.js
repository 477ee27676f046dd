/* shuffle.js -- bytes from worker to worker: a table where it can be read, a canvas of cells where there are many. */

const READABLE = 24;

function heatOf(share) {
  return Math.sqrt(Math.max(0, Math.min(1, share)));
}

function heatTable(m, most) {
  const to = (j) => sumOf(Array.from({ length: m.n }, (_, i) => m.at(i, j))), from = (i) => sumOf(Array.from({ length: m.n }, (_, j) => m.at(i, j)));
  const indices = Array.from({ length: m.n }, (_, i) => i);
  return el('div', { class: 'table-frame heat-frame', tabindex: '0', role: 'region', 'aria-label': 'Bytes from rank to rank' }, el('table', { class: 'heat' }, el('caption', { class: 'hidden' }, 'Bytes from rank (row) to rank (column)'),
    el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, 'from \\ to'), indices.map((j) => el('th', { scope: 'col' }, whole(m.ranks[j]))), el('th', { scope: 'col' }, 'sent'))),
    el('tbody', {}, indices.map((i) => el('tr', {}, el('th', { scope: 'row' }, whole(m.ranks[i])), indices.map((j) => {
      const heat = heatOf(m.at(i, j) / most);
      return el('td', { class: heat > 0.55 ? 'hot' : null, title: `rank ${whole(m.ranks[i])} to rank ${whole(m.ranks[j])}: ${whole(m.at(i, j))} bytes`, 'data-heat': heat.toFixed(3) }, m.at(i, j) > 0 ? bytes(m.at(i, j)) : '\u00b7');
    }), el('td', { class: 'sum' }, bytes(from(i)))))),
    el('tfoot', {}, el('tr', {}, el('th', { scope: 'row' }, 'received'), indices.map((j) => el('td', { class: 'sum' }, bytes(to(j)))), el('td', { class: 'sum' }, '')))));
}

function heatCanvas(m, most, actions) {
  const cell = Math.max(1, Math.min(18, Math.floor(720 / m.n))), size = cell * m.n, canvas = el('canvas', { class: 'heat-canvas', role: 'img', 'aria-label': `Bytes between ${m.n} ranks, ${bytes(most)} at most` });
  const draw = () => {
    const pen = fitCanvas(canvas, size, size);
    pen.fillStyle = colour('band');
    pen.fillRect(0, 0, size, size);
    pen.fillStyle = colour('accent');
    for (let i = 0; i < m.n; i++) {
      for (let j = 0; j < m.n; j++) {
        if (m.at(i, j) === 0) continue;
        pen.globalAlpha = 0.08 + 0.92 * heatOf(m.at(i, j) / most);
        pen.fillRect(j * cell, i * cell, cell - (cell > 4 ? 1 : 0), cell - (cell > 4 ? 1 : 0));
      }
    }
    pen.globalAlpha = 1;
  };
  canvas.addEventListener('pointermove', (e) => {
    const box = canvas.getBoundingClientRect(), i = Math.floor((e.clientY - box.top) / cell), j = Math.floor((e.clientX - box.left) / cell);
    if (i >= 0 && j >= 0 && i < m.n && j < m.n) tip.show(e, [[`rank ${whole(m.ranks[i])} to rank ${whole(m.ranks[j])}`], ['bytes', bytes(m.at(i, j))]]);
    else tip.hide();
  });
  canvas.addEventListener('pointerleave', () => tip.hide());
  actions.onTheme.push(draw);
  draw();
  return el('figure', {}, el('figcaption', {}, 'Rows: from; columns: to'), canvas);
}

function paintHeat(place) {
  for (const td of place.querySelectorAll('[data-heat]')) {
    const heat = Number(td.dataset.heat);
    td.style.backgroundColor = heat > 0 ? `color-mix(in srgb, var(--accent-fill) ${(4 + 96 * heat).toFixed(0)}%, transparent)` : '';
  }
}

function shuffleView(model, actions) {
  const all = model.stages.flatMap((s) => s.shuffles.map((e, k) => ({ key: `${s.key}:${k}`, stage: s, event: e, m: matrixOf(e), kind: str(e.kind) })));
  for (const x of all) x.bytes = sumOf(Array.from({ length: x.m.n }, (_, i) => sumOf(Array.from({ length: x.m.n }, (_y, j) => x.m.at(i, j)))));
  if (all.length === 0) return section('shuffles', 'Shuffles', null, empty('No rows moved between workers.'));
  const place = el('div', {}), largest = all.reduce((a, x) => (x.bytes > a.bytes ? x : a));
  const show = (x) => {
    const { m } = x;
    let most = 1, off = 0;
    for (let i = 0; i < m.n; i++) {
      for (let j = 0; j < m.n; j++) {
        most = Math.max(most, m.at(i, j));
        if (i !== j) off += m.at(i, j);
      }
    }
    replace(place, el('div', { class: 'tools' }, chooser('Shuffle', all.map((y) => [y.key, `stage ${y.stage.label}, ${y.kind}: ${bytes(y.bytes)}`]), x.key, (key) => show(all.find((y) => y.key === key))),
      el('button', { type: 'button', class: 'link', on: { click: () => actions.open(x.stage) } }, `Stage ${x.stage.label}`),
      el('span', {}, `${count(x.event.rows)} rows \u00b7 ${bytes(x.bytes)}, ${percent(off, x.bytes)} of it between different ranks \u00b7 ${plural(num(x.event.partitions), 'partition')} in ${plural(num(x.event.rounds), 'round')}`)),
    m.n <= READABLE ? heatTable(m, most) : heatCanvas(m, most, actions));
    paintHeat(place);
  };
  show(largest);
  return section('shuffles', 'Shuffles', 'Bytes from each worker (row) to each (column)', el('div', { class: 'card' }, place));
}
