/* memory.js -- the most that each rank held, stage by stage, as lines over time. */

const MANY_LINES = 24;

/* Steps of one rank: [time, bytes] where the level changes; stages that overlap count as the larger. */
function stepsOf(spans) {
  const marks = [...new Set(spans.flatMap((s) => [s.from, s.to]))].sort((a, b) => a - b);
  const steps = marks.map((at) => [at, spans.reduce((m, s) => (s.from <= at && at < s.to ? Math.max(m, s.memory) : m), 0)]);
  return steps;
}

/* Axis steps that are round in KiB, MiB, GiB. */
function byteSteps(ceiling) {
  const step = 2 ** Math.ceil(Math.log2(Math.max(1, ceiling / 5)));
  return Array.from({ length: Math.floor(ceiling / step) + 1 }, (_, i) => i * step);
}

function memoryView(model) {
  const ranks = new Map();
  for (const s of model.stages) {
    for (const e of s.ranks) {
      const from = num(e.start) || s.start, to = Math.max(num(e.end) || s.end, from + 1);
      if (!ranks.has(num(e.rank))) ranks.set(num(e.rank), []);
      ranks.get(num(e.rank)).push({ from, to, memory: num(e.memory), stage: s });
    }
  }
  const most = Math.max(0, ...[...ranks.values()].flat().map((s) => s.memory));
  if (most === 0) return section('memory', 'Memory', null, empty('The log tells of no memory held.'));
  const order = [...ranks].sort((a, b) => a[0] - b[0]), drawn = order.length <= MANY_LINES ? order : [...order].sort((a, b) => Math.max(...b[1].map((s) => s.memory)) - Math.max(...a[1].map((s) => s.memory))).slice(0, MANY_LINES);
  const width = 1040, height = 220, left = 70, bottom = 24, ceiling = model.budget > 0 && model.budget < 4 * most ? Math.max(most, model.budget) * 1.05 : most * 1.1;
  const x = (us) => left + (width - left - 8) * (us / model.duration), y = (b) => 8 + (height - bottom - 8) * (1 - b / ceiling);
  const lines = drawn.map(([rank, spans], k) => {
    let d = `M${left},${y(0)}`, level = 0;
    for (const [at, to] of stepsOf(spans)) {
      d += ` L${x(at).toFixed(1)},${y(level).toFixed(1)} L${x(at).toFixed(1)},${y(to).toFixed(1)}`;
      level = to;
    }
    return svg('path', { class: `line palette-${k % PALETTE}`, d: `${d} L${x(model.duration)},${y(level).toFixed(1)}` }, svg('title', {}, `rank ${whole(rank)}`));
  });
  const ticks = byteSteps(ceiling), shown = ranks.size > drawn.length ? `the ${drawn.length} of ${ranks.size} ranks that held most` : plural(ranks.size, 'rank');
  return section('memory', 'Memory', 'The most that a rank held in each stage', el('figure', { class: 'card' }, el('figcaption', {}, `${shown}; at most ${bytes(most)}`),
    el('div', { class: 'wide' }, svg('svg', { class: 'chart', viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `Memory held by ${shown} over time, at most ${bytes(most)}` },
      ticks.map((v) => [svg('line', { class: 'grid', x1: left, x2: width - 8, y1: y(v), y2: y(v) }), svg('text', { x: left - 6, y: y(v) + 4, class: 'right' }, bytes(v))]),
      axisSteps(0, model.duration, 8).map((us) => svg('text', { x: x(us), y: height - 7, class: 'middle' }, duration(us))), lines,
      model.budget > 0 && model.budget <= ceiling && [svg('line', { class: 'limit', x1: left, x2: width - 8, y1: y(model.budget), y2: y(model.budget) }), svg('text', { x: width - 10, y: y(model.budget) - 5, class: 'right limit-text' }, `budget ${bytes(model.budget)}`)])),
    drawn.length <= 12 && el('ul', { class: 'legend' }, drawn.map(([rank, spans], k) => el('li', {}, el('i', { class: `swatch-${k % PALETTE}` }), `rank ${whole(rank)} `, el('b', {}, bytes(Math.max(...spans.map((s) => s.memory)))))))));
}
