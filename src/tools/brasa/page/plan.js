/* plan.js -- the plan that ran: operators from the result down to the scans, with true rows and times beside the estimates. */

const DEEPEST = 24;

function operatorCells(o, most, off) {
  const g = obj(o.got), share = num(g.ns) / most;
  const cell = (content, more) => el('td', { class: `number ${more || ''}` }, content);
  return [
    cell(typeof o.estimate === 'number' && o.estimate >= 0 ? count(o.estimate) : ''), cell(o.got ? count(g.rows_in) : ''), cell(o.got ? count(g.rows_out) : ''),
    cell(off >= 1.5 ? times(off) : off > 0 ? '\u2248' : '', off >= 10 ? 'alarm' : ''),
    el('td', { class: 'number' }, share > 0 && el('span', { class: 'cell-bar', style: { width: `${(100 * share).toFixed(2)}%` } }), el('span', { class: 'over' }, o.got ? duration(num(g.ns) / 1000) : '')),
    cell(num(g.memory) > 0 ? bytes(g.memory) : ''), cell(num(g.bytes) > 0 ? bytes(g.bytes) : ''), cell(o.got && g.max_rows !== undefined ? `${count(g.min_rows)} \u2013 ${count(g.max_rows)}` : ''),
  ];
}

const PLAN_HEADS = ['Operator', 'Estimate', 'Rows in', 'Rows out', 'Off by', 'Time, all threads', 'Memory', 'Read or given', 'Rows of a rank'];

function planTable(caption, rows) {
  return el('div', { class: 'table-frame', tabindex: '0', role: 'region', 'aria-label': caption }, el('table', { class: 'data plain plan' }, el('caption', { class: 'hidden' }, caption),
    el('thead', {}, el('tr', {}, PLAN_HEADS.map((h, i) => el('th', { scope: 'col', class: i > 0 ? 'number' : null }, h)))), el('tbody', {}, rows)));
}

function operatorRow(o, depth, most) {
  return el('tr', {}, el('th', { scope: 'row', style: { paddingLeft: `${12 + 18 * Math.min(depth, DEEPEST)}px` } }, el('span', { class: 'operator' }, o.name), ' ', el('span', { class: 'detail', title: o.detail }, shorten(o.detail.startsWith(`${o.name} `) || o.detail === o.name ? o.detail.slice(o.name.length).trim() : o.detail, 160))), operatorCells(o, most, offBy(o)));
}

/* The operators of a stage alone, from source to sink. */
function operatorTable(stages) {
  const rows = stages.flatMap((s) => operatorsOf(s)), most = Math.max(1, ...rows.map((o) => num(obj(o.got).ns)));
  return rows.length === 0 ? null : planTable('Operators', rows.map((o) => operatorRow(o, 0, most)));
}

function planRows(stage, depth, by, most, seen, actions) {
  const again = seen.has(stage), rows = [el('tr', { class: 'stage-row' }, el('th', { scope: 'rowgroup', colspan: PLAN_HEADS.length, style: { paddingLeft: `${12 + 18 * Math.min(depth, DEEPEST)}px` } },
    el('button', { type: 'button', class: 'link', on: { click: () => actions.open(stage) } }, `Stage ${stage.label}`), ` ${[by, duration(stage.elapsed), plural(stage.tasks.length, 'task'), again && 'as above'].filter(Boolean).join(' \u00b7 ')}`))];
  if (again) return rows;
  seen.add(stage);
  rows.push(...operatorsOf(stage).reverse().map((o) => operatorRow(o, depth + 1, most)));
  for (const p of stage.producers) rows.push(...planRows(p.stage, depth + 1, p.by, most, seen, actions));
  return rows;
}

function jobPlan(job, actions) {
  const seen = new Set(), most = Math.max(1, ...job.stages.flatMap((s) => operatorsOf(s)).map((o) => num(obj(o.got).ns)));
  const roots = job.stages.filter((s) => s.consumers.length === 0).reverse();
  const rows = [...roots, ...job.stages].flatMap((s) => (seen.has(s) ? [] : planRows(s, 0, s.sink, most, seen, actions)));
  return [job.at && el('p', { class: 'lead' }, `${job.action} at ${job.at}`), job.sql && el('pre', { class: 'sql' }, job.sql), rows.length > 0 ? planTable(`Plan of job ${job.id}`, rows) : empty('This job ran no stage.'),
    job.plan && el('details', {}, el('summary', {}, 'The optimised plan as text'), el('pre', {}, job.plan))];
}

function planView(model, actions) {
  const place = el('div', {});
  actions.onJob.push((job) => replace(place, model.jobs.length > 1 && jobChooser(model, job, actions.openJob), jobPlan(job, actions)));
  return section('plan', 'Plan', 'True rows and times of each operator beside what was expected', place);
}

function decisionsView(model, actions) {
  if (model.decisions.length === 0) return null;
  return section('decisions', 'Adaptive decisions', 'Taken from true sizes while the job ran', dataTable({
    caption: 'Adaptive decisions', rows: model.decisions, sort: 0, ascending: true,
    columns: [{ label: 'After', number: true, value: (d) => num(d.us), text: (d) => duration(d.us) }, { label: 'Job', number: true, value: (d) => num(d.job) }, { label: 'Stage', number: true, value: (d) => num(d.stage) },
      { label: 'Decision', value: (d) => str(d.decision) }, { label: 'Why', value: (d) => str(d.text), title: (d) => str(d.text) }],
  }));
}
