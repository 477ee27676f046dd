/* stage.js -- one stage looked at closely: its spread, operators, ranks and tasks; and the spread of all stages side by side. */

/* A box plot on a line: least to most thin, the middle half thick, the median a mark. */
function boxPlot(s, most, width) {
  const x = (v) => 2 + (width - 4) * (v / Math.max(most, 1e-9));
  return svg('svg', { class: 'box-plot', width, height: 16, viewBox: `0 0 ${width} 16`, 'aria-hidden': 'true' },
    svg('line', { x1: x(s.min), x2: x(s.max), y1: 8, y2: 8 }), svg('rect', { x: x(s.q1), width: Math.max(1.5, x(s.q3) - x(s.q1)), y: 3, height: 10, rx: 2 }),
    svg('line', { class: 'median', x1: x(s.median), x2: x(s.median), y1: 1, y2: 15 }), svg('circle', { cx: x(s.max), cy: 8, r: 2.5 }));
}

function spreadTable(stage) {
  const rows = [['time', stage.time, duration], ['rows in', stage.rowsIn, count], ['rows out', stage.rowsOut, count], ['bytes in', stage.bytesIn, bytes], ['bytes out', stage.bytesOut, bytes]]
    .filter(([, s]) => s.max > 0);
  if (rows.length === 0) return empty('No task of this stage is in the log.');
  return el('div', { class: 'table-frame' }, el('table', { class: 'data plain' }, el('caption', { class: 'hidden' }, 'Spread over the tasks of the stage'),
    el('thead', {}, el('tr', {}, ['A task\u2019s', 'least', '25%', 'median', '75%', 'most', 'most by median', 'in all', ''].map((h, i) => el('th', { scope: 'col', class: i > 0 && i < 8 ? 'number' : null }, h)))),
    el('tbody', {}, rows.map(([name, s, text]) => el('tr', {}, el('th', { scope: 'row' }, name), [s.min, s.q1, s.median, s.q3, s.max].map((v) => el('td', { class: 'number' }, text(v))),
      el('td', { class: 'number' }, s.median > 0 ? times(s.max / s.median) : ''), el('td', { class: 'number' }, text(s.sum)), el('td', {}, boxPlot(s, s.max, 160)))))));
}

/* Tasks by how long they took: up to 40 even classes. */
function histogram(model, stage) {
  const t = model.tasks, n = Math.min(40, Math.max(8, Math.ceil(Math.sqrt(stage.time.n) * 1.5))), low = stage.time.min, step = (stage.time.max - low) / n || 1;
  if (stage.time.n < 4) return null;
  const classes = new Float64Array(n);
  for (const i of stage.tasks) classes[Math.min(n - 1, Math.floor((t.end[i] - t.start[i] - low) / step))]++;
  const most = Math.max(...classes), width = 560, height = 110, w = width / n;
  return el('figure', { class: 'card half' }, el('figcaption', {}, 'Tasks by time'), svg('svg', { class: 'histogram', viewBox: `0 0 ${width} ${height + 18}`, role: 'img',
    'aria-label': `${stage.time.n} tasks between ${duration(low)} and ${duration(stage.time.max)}` },
  [...classes].map((c, i) => c > 0 && svg('rect', { x: i * w + 0.75, width: w - 1.5, y: height - Math.max(2, (height - 4) * (c / most)), height: Math.max(2, (height - 4) * (c / most)), rx: 1.5 },
    svg('title', {}, `${plural(c, 'task')} of ${duration(low + i * step)} to ${duration(low + (i + 1) * step)}`))),
  svg('line', { x1: 0, x2: width, y1: height, y2: height }), svg('text', { x: 0, y: height + 14 }, duration(low)),
  svg('text', { x: width, y: height + 14, class: 'right' }, duration(stage.time.max))));
}

function rankTable(model, stage) {
  const t = model.tasks, ranks = new Map();
  const of = (rank) => {
    if (!ranks.has(rank)) ranks.set(rank, { rank, tasks: 0, busy: 0, rows: 0, memory: 0, io: 0, shuffle: 0, barrier: 0, read: 0, told: null });
    return ranks.get(rank);
  };
  for (const i of stage.tasks) {
    const r = of(t.rank[i]);
    r.tasks++;
    r.busy += t.end[i] - t.start[i];
    r.rows += t.rows_in[i];
  }
  for (const e of stage.ranks) Object.assign(of(num(e.rank)), { memory: num(e.memory), io: num(e.wait_io), shuffle: num(e.wait_shuffle), barrier: num(e.wait_barrier), read: num(e.bytes_read), out: num(e.rows_out) });
  const rows = [...ranks.values()].sort((a, b) => a.rank - b.rank), most = (get) => Math.max(1, ...rows.map(get));
  if (rows.length < 2) return null;
  const column = (label, get, text) => ({ label, number: true, value: get, text: (r) => text(get(r)), bar: (r) => get(r) / most(get) });
  return el('div', { class: 'card half' }, el('h4', {}, 'Ranks'), dataTable({
    caption: `Ranks of stage ${stage.label}`, rows, sort: 0, ascending: true, filter: rows.length > 20 ? undefined : false,
    columns: [{ label: 'Rank', number: true, value: (r) => r.rank }, { label: 'Tasks', number: true, value: (r) => r.tasks }, column('Busy', (r) => r.busy, duration), column('Rows in', (r) => r.rows, count),
      column('Memory', (r) => r.memory, bytes), column('Waited', (r) => r.io + r.shuffle + r.barrier, duration)],
  }));
}

function taskTable(model, tasks, caption, actions) {
  const t = model.tasks, time = (i) => t.end[i] - t.start[i], longest = tasks.reduce((m, i) => Math.max(m, time(i)), 1);
  const number = (label, name, text) => ({ label, number: true, value: (i) => t[name][i], text: (i) => text(t[name][i]) });
  const stage = (i) => model.stages[t.stageOf[i]];
  const maybe = (label, name, text) => (tasks.some((i) => t[name][i] > 0) ? [number(label, name, text)] : []);
  return dataTable({
    caption, rows: tasks, sort: actions ? 5 : 4, opened: actions && ((i) => actions.open(stage(i))),
    columns: [...(actions ? [{ label: 'Stage', number: true, value: (i) => stage(i).index, text: (i) => stage(i).label }] : []), number('Task', 'task', whole), number('Rank', 'rank', whole), number('Thread', 'thread', whole),
      number('Start', 'start', duration), { label: 'Time', number: true, value: time, text: (i) => duration(time(i)), bar: (i) => time(i) / longest }, number('Rows in', 'rows_in', count), number('Rows out', 'rows_out', count),
      ...maybe('Bytes in', 'bytes_in', bytes), ...maybe('Bytes out', 'bytes_out', bytes), ...maybe('Spilled', 'spilled', bytes), ...maybe('Files', 'wait_io', duration), ...maybe('Shuffle', 'wait_shuffle', duration), ...maybe('Barrier', 'wait_barrier', duration)],
  });
}

function stageView(model, actions) {
  const place = el('div', { class: 'stage-body' });
  const slowest = model.stages.reduce((a, s) => (a && a.elapsed >= s.elapsed ? a : s), null);
  const show = (s) => replace(place,
    el('div', { class: 'tools' }, chooser('Stage', model.stages.map((x) => [x.key, `${x.label}: ${shorten(x.name, 70)}`]), s.key, (key) => actions.open(model.stageByKey.get(key), true)),
      statusBadge(s.status), el('span', {}, `${duration(s.elapsed)} \u00b7 ${plural(s.tasks.length, 'task')} \u00b7 ${s.sink}`),
      s.chunksRead + s.chunksSkipped > 0 && el('span', {}, `${count(s.chunksRead)} chunks read, ${count(s.chunksSkipped)} skipped`)),
    operatorTable([s]), spreadTable(s), el('div', { class: 'halves' }, histogram(model, s), rankTable(model, s)),
    s.decisions.length > 0 && el('ul', { class: 'notes' }, s.decisions.map((d) => el('li', {}, el('b', {}, str(d.decision)), ` ${str(d.text)}`))),
    s.tasks.length > 0 && [el('h3', {}, 'Tasks'), taskTable(model, s.tasks, `Tasks of stage ${s.label}`, null)],
    s.plan && el('details', {}, el('summary', {}, 'Plan of the stage as text'), el('pre', {}, s.plan)));
  actions.onStage.push(show);
  return section('stage', 'One stage', 'The slowest first; every table, graph and finding leads here', slowest ? place : empty('No stage ran.'));
}

/* The n that took longest: those below the n-th time are left out before the rest is sorted. */
function slowest(t, n) {
  const times = new Float64Array(t.n);
  for (let i = 0; i < t.n; i++) times[i] = t.end[i] - t.start[i];
  const least = t.n > n ? Float64Array.from(times).sort()[t.n - n] : -1, found = [];
  for (let i = 0; i < t.n; i++) if (times[i] >= least) found.push(i);
  return found.sort((a, b) => times[b] - times[a]).slice(0, n);
}

function skewView(model, actions) {
  const stages = model.stages.filter((s) => s.time.n > 0), most = Math.max(1, ...stages.map((s) => s.time.max)), t = model.tasks;
  if (stages.length === 0) return null;
  const number = (label, get) => ({ label, number: true, value: get, text: (s) => duration(get(s)) });
  const table = dataTable({
    caption: 'Spread of task times by stage', rows: stages, sort: 5, opened: actions.open,
    columns: [{ label: 'Stage', number: true, value: (s) => s.index, text: (s) => s.label }, { label: 'Tasks', number: true, value: (s) => s.time.n, text: (s) => whole(s.time.n) }, number('Least', (s) => s.time.min), number('Median', (s) => s.time.median),
      number('Most', (s) => s.time.max), { label: 'Most by median', number: true, value: (s) => s.skew, text: (s) => times(s.skew) }, { label: 'Spread, on one scale', value: (s) => s.time.max, text: () => '', cell: (s) => boxPlot(s.time, most, 230) },
      { label: 'Slowest at', value: (s) => t.rank[slowestOf(model, s)], text: (s) => `rank ${whole(t.rank[slowestOf(model, s)])}, task ${whole(t.task[slowestOf(model, s)])}` }, { label: 'What', value: (s) => s.name, title: (s) => s.name }],
  });
  const order = slowest(t, 100);
  return section('skew', 'Skew', 'How evenly the tasks of each stage took their time', table, el('h3', {}, 'Slowest tasks'), taskTable(model, order, 'The slowest tasks', actions));
}
