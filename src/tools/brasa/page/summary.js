/* summary.js -- the job at a glance: figures, where the cores' time went, what is wrong with the log itself, errors. */

const TIME_KINDS = [
  ['compute', 'computing'], ['io', 'waiting for files'], ['shuffle', 'waiting for the shuffle'], ['barrier', 'waiting at barriers'],
  ['idle', 'idle while a stage runs'], ['driver', 'no stage runs'],
];

/* The cores' time by what they did; all of it is cores x duration. */
function timeShares(model) {
  const all = model.cores * model.duration, shares = { compute: 0, io: 0, shuffle: 0, barrier: 0, idle: 0, driver: 0 };
  let busy = 0;
  for (const s of model.stages) {
    const own = s.time.n > 0 ? s.time.sum + s.finishing : sumOf(s.ranks, (r) => Math.max(0, num(r.end) - num(r.start))) * model.threads;
    const waits = s.wait_io + s.wait_shuffle + s.wait_barrier, fit = waits > own && waits > 0 ? own / waits : 1;
    for (const kind of ['io', 'shuffle', 'barrier']) shares[kind] += s[`wait_${kind}`] * fit;
    shares.compute += Math.max(0, own - waits * fit);
    busy += own;
  }
  shares.driver = Math.min(Math.max(0, all - busy), model.cores * sumOf(model.gaps, (g) => g[1] - g[0]));
  shares.idle = Math.max(0, all - busy - shares.driver);
  return { shares, all: Math.max(all, busy) };
}

function tile(label, value, note) {
  return el('div', { class: 'tile' }, el('dt', {}, label), el('dd', {}, value, note && el('small', {}, note)));
}

function tiles(model) {
  const rows = sumOf(model.jobs, (j) => j.rows), read = sumOf(model.stages, (s) => s.read), moved = sumOf(model.stages, (s) => s.moved);
  const spilled = sumOf(model.stages, (s) => s.spilled), memory = model.stages.reduce((m, s) => Math.max(m, s.memory), 0);
  const { shares, all } = timeShares(model);
  const failed = model.stages.filter((s) => s.status !== 'ok').length;
  return el('dl', { class: 'tiles' },
    tile('Duration', duration(model.duration), when(model.log.time)),
    tile('Cores computing', percent(shares.compute, all), `${plural(model.workers, 'worker')} \u00d7 ${plural(model.threads, 'thread')}`),
    tile('Jobs', count(model.jobs.length), `${count(rows)} rows of results`),
    tile('Stages', count(model.stages.length), failed > 0 ? `${failed} not ended well` : `${count(model.tasks.n)} tasks`),
    tile('Read', bytes(read), 'from files'),
    tile('Shuffled', bytes(moved), 'between workers'),
    tile('Spilled', bytes(spilled), spilled > 0 ? 'to scratch' : 'nothing left memory'),
    tile('Peak memory', bytes(memory), model.budget > 0 ? `${percent(memory, model.budget)} of a rank\u2019s ${bytes(model.budget)}` : 'of one rank'));
}

function timeBar(model) {
  const { shares, all } = timeShares(model);
  const kinds = TIME_KINDS.filter(([kind]) => shares[kind] > 0);
  const said = kinds.map(([kind, text]) => `${text} ${percent(shares[kind], all)}`).join(', ');
  return el('figure', { class: 'card' }, el('figcaption', {}, 'Where the cores\u2019 time went'),
    el('div', { class: 'stack', role: 'img', 'aria-label': said },
      kinds.map(([kind, text]) => el('span', { class: `fill-${kind}`, title: text, style: { flexGrow: String(Math.max(shares[kind] / all, 0.002)) } }))),
    el('ul', { class: 'legend' }, kinds.map(([kind, text]) => el('li', {}, el('i', { class: `fill-${kind}` }), `${text} `, el('b', {}, percent(shares[kind], all))))));
}

function logNotes(model) {
  const notes = [];
  if (model.status === 'killed') notes.push('The log has no end: the job was killed, or still ran when this page was made. What it wrote until then is here.');
  if (model.cut) notes.push('The log is cut in its last line, which was left out.');
  if (model.bad > 0) notes.push(`${plural(model.bad, 'line')} of the log could not be read and ${model.bad === 1 ? 'was' : 'were'} left out.`);
  return notes.map((text) => el('p', { class: 'note warn', role: 'note' }, text));
}

function errorCard(e) {
  const place = [e.at && `at ${str(e.at)}`, e.job !== undefined && `job ${str(e.job)}`, e.stage !== undefined && `stage ${str(e.stage)}`,
    e.rank !== undefined && `rank ${str(e.rank)}`, e.host && `on ${str(e.host)}`, e.node !== undefined && `plan node ${str(e.node)}`].filter(Boolean);
  return el('li', { class: 'error' }, el('strong', {}, str(e.class) || 'error'), el('p', {}, str(e.message)),
    el('small', {}, [`after ${duration(e.us)}`, ...place].join(' \u00b7 ')));
}

function errorsView(model) {
  if (model.errors.length === 0) return null;
  return section('errors', 'Errors', plural(model.errors.length, 'error'), el('ul', { class: 'errors' }, model.errors.slice(0, 200).map(errorCard)));
}

function summaryView(model) {
  const a = model.application;
  const about = [str(a.user) && `by ${str(a.user)}`, list(a.argv).length > 0 && list(a.argv).map(str).join(' '), str(a.cwd) && `in ${str(a.cwd)}`].filter(Boolean);
  return section('summary', 'Summary', about.join(' \u00b7 '), logNotes(model), tiles(model), timeBar(model));
}
