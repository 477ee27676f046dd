/* model.js -- the events of one log as jobs, stages, tasks and ranks that point at each other. */

const NOTHING = { n: 0, min: 0, q1: 0, median: 0, q3: 0, max: 0, sum: 0 };

function spread(values) {
  const n = values.length;
  if (n === 0) return NOTHING;
  const v = Float64Array.from(values).sort();
  const at = (q) => {
    const x = q * (n - 1), i = Math.floor(x);
    return i + 1 < n ? v[i] + (v[i + 1] - v[i]) * (x - i) : v[i];
  };
  return { n, min: v[0], q1: at(0.25), median: at(0.5), q3: at(0.75), max: v[n - 1], sum: v.reduce((a, b) => a + b, 0) };
}

function newStage(model, job, id) {
  return {
    key: `${job}:${id}`, job, id, index: model.stages.length, name: '', sink: '', inputs: [], operators: [], measured: [], planned: -1,
    plan: '', start: null, end: null, status: '', rows: 0, bytes: 0, finishing: 0, tasks: [], ranks: [], shuffles: [], decisions: [], errors: [], consumers: [],
  };
}

function stageOf(model, event) {
  const job = num(event.job), id = num(event.stage), key = `${job}:${id}`;
  let stage = model.stageByKey.get(key);
  if (!stage) {
    stage = newStage(model, job, id);
    model.stageByKey.set(key, stage);
    model.stages.push(stage);
    jobOf(model, job).stages.push(stage);
  }
  return stage;
}

function jobOf(model, id) {
  let job = model.jobById.get(id);
  if (!job) {
    job = { id, action: '', at: '', sql: '', plan: '', start: null, end: null, status: '', rows: 0, stages: [], errors: [] };
    model.jobById.set(id, job);
    model.jobs.push(job);
  }
  return job;
}

const TAKE = {
  log: (m, e) => { m.log = e; },
  application: (m, e) => { m.application = e; },
  environment: (m, e) => { m.environment = e; },
  configuration: (m, e) => { m.settings = list(e.settings).map(obj); },
  job_start: (m, e) => {
    Object.assign(jobOf(m, num(e.job)), { action: str(e.action), at: str(e.at), sql: str(e.sql), plan: str(e.plan), start: num(e.us) });
  },
  job_end: (m, e) => { Object.assign(jobOf(m, num(e.job)), { status: str(e.status), rows: num(e.rows), end: num(e.us) }); },
  stage_start: (m, e) => {
    Object.assign(stageOf(m, e), {
      name: str(e.name), sink: str(e.sink), planned: num(e.tasks), plan: str(e.plan), start: num(e.us),
      inputs: list(e.inputs).map(obj), operators: list(e.operators).map(obj),
    });
  },
  stage_end: (m, e) => { Object.assign(stageOf(m, e), { status: str(e.status), rows: num(e.rows), bytes: num(e.bytes), end: num(e.us) }); },
  rank: (m, e) => { stageOf(m, e).ranks.push(e); },
  shuffle: (m, e) => { stageOf(m, e).shuffles.push(e); },
  operators: (m, e) => { stageOf(m, e).measured = list(e.operators).map(obj); },
  adaptive: (m, e) => { m.decisions.push(e); if (e.stage !== undefined) stageOf(m, e).decisions.push(e); },
  error: (m, e) => {
    m.errors.push(e);
    if (m.jobById.has(num(e.job))) jobOf(m, num(e.job)).errors.push(e);
    if (m.stageByKey.has(`${num(e.job)}:${num(e.stage)}`)) stageOf(m, e).errors.push(e);
  },
  application_end: (m, e) => { m.end = e; },
};

/* Rows that stand by column; each() sees the stage of each. */
function takeColumns(model, columns, names, each) {
  const columnOf = (name) => (Array.isArray(obj(columns)[name]) ? columns[name] : []), length = columnOf('job').length, rows = { n: length, stageOf: new Int32Array(length) };
  for (const name of names) rows[name] = new Float64Array(columnOf(name));
  let stage = null;
  for (let i = 0; i < length; i++) {
    if (!stage || stage.job !== rows.job[i] || stage.id !== rows.stage[i]) stage = stageOf(model, { job: rows.job[i], stage: rows.stage[i] });
    rows.stageOf[i] = stage.index;
    if (rows.end[i] < rows.start[i]) rows.end[i] = rows.start[i];
    model.last = Math.max(model.last, rows.end[i]);
    each(stage, i, rows);
  }
  return rows;
}

const TASK_COLUMNS = ['job', 'stage', 'task', 'rank', 'thread', 'start', 'end', 'rows_in', 'rows_out', 'bytes_in', 'bytes_out', 'spilled', 'wait_io', 'wait_shuffle', 'wait_barrier'];
const FINISH_COLUMNS = ['job', 'stage', 'operator', 'rank', 'thread', 'start', 'end', 'what'];
const FINISH_KINDS = ['opens', 'hands over what the thread holds', 'merges', 'gives its rows'];

function take(indices, column) {
  const out = new Float64Array(indices.length);
  for (let i = 0; i < out.length; i++) out[i] = column[indices[i]];
  return out;
}

function sumAt(indices, column) {
  let sum = 0;
  for (let k = 0; k < indices.length; k++) sum += column[indices[k]];
  return sum;
}

function sumOf(values, get) {
  let sum = 0;
  for (const v of values) sum += get ? num(get(v)) : v;
  return sum;
}

function matrixOf(shuffle) {
  const ranks = list(shuffle.ranks).map(num), cells = list(shuffle.bytes).map((row) => list(row).map(num));
  const n = Math.max(cells.length, ...cells.map((r) => r.length), 0);
  return { n, ranks: Array.from({ length: n }, (_, i) => (ranks[i] === undefined ? i + 1 : ranks[i])), at: (i, j) => (cells[i] && cells[i][j]) || 0 };
}

/* A member that is made when it is first asked for: most stages' spreads never are. */
function lazy(object, name, make) {
  Object.defineProperty(object, name, { configurable: true, get() {
    const value = make();
    Object.defineProperty(object, name, { value });
    return value;
  } });
}

/* What is told of a stage: from its tasks, from its ranks, else from its end. */
function finishStage(model, s) {
  const t = model.tasks, d = new Float64Array(s.tasks.length);
  let starts = Infinity, ends = -Infinity;
  for (let k = 0; k < d.length; k++) {
    const i = s.tasks[k];
    d[k] = t.end[i] - t.start[i];
    if (t.start[i] < starts) starts = t.start[i];
    if (t.end[i] > ends) ends = t.end[i];
  }
  s.time = spread(d);
  for (const [name, column] of [['rowsIn', t.rows_in], ['rowsOut', t.rows_out], ['bytesIn', t.bytes_in], ['bytesOut', t.bytes_out]]) {
    s[`${name}All`] = sumAt(s.tasks, column);
    lazy(s, name, () => spread(take(s.tasks, column)));
  }
  s.spilled = sumAt(s.tasks, t.spilled);
  for (const kind of ['io', 'shuffle', 'barrier'])
    s[`wait_${kind}`] = Math.max(sumAt(s.tasks, t[`wait_${kind}`]), sumOf(s.ranks, (r) => r[`wait_${kind}`]));
  s.memory = s.ranks.reduce((m, r) => Math.max(m, num(r.memory)), 0);
  s.read = sumOf(s.ranks, (r) => r.bytes_read);
  s.chunksRead = sumOf(s.ranks, (r) => r.chunks_read);
  s.chunksSkipped = sumOf(s.ranks, (r) => r.chunks_skipped);
  s.moved = 0;
  for (const shuffle of s.shuffles) {
    const m = matrixOf(shuffle);
    for (let i = 0; i < m.n; i++) for (let j = 0; j < m.n; j++) s.moved += m.at(i, j);
  }
  if (s.start === null) s.start = Number.isFinite(starts) ? starts : 0;
  s.ended = s.end !== null;
  if (!s.ended) s.end = Number.isFinite(ends) ? Math.max(ends, s.start) : Math.max(s.start, model.last);
  s.elapsed = Math.max(0, s.end - s.start);
  s.skew = s.time.median > 0 ? s.time.max / s.time.median : 0;
  if (!s.status) s.status = s.ended ? 'ok' : 'not ended';
  if (!s.name) s.name = s.operators.map((o) => str(o.name)).join(', ') || 'stage';
  s.label = model.jobs.length > 1 ? `${s.job}.${s.id}` : String(s.id);
}

/* Times when no stage ran, between the first event and the last: the driver's own, or the user's. */
function gapsOf(model) {
  const spans = model.stages.map((s) => [s.start, s.end]).sort((a, b) => a[0] - b[0]), gaps = [];
  let at = 0;
  for (const [from, to] of spans) {
    if (from > at) gaps.push([at, from]);
    at = Math.max(at, to);
  }
  if (model.duration > at) gaps.push([at, model.duration]);
  return gaps;
}

function lanesOf(model) {
  const found = new Map();
  for (const [rows, name] of [[model.tasks, 'tasks'], [model.finishes, 'finishes']]) {
    for (let i = 0; i < rows.n; i++) {
      const key = rows.rank[i] * 65536 + rows.thread[i];
      let lane = found.get(key);
      if (!lane) found.set(key, lane = { rank: rows.rank[i], thread: rows.thread[i], tasks: [], finishes: [] });
      lane[name].push(i);
    }
  }
  const lanes = [...found.values()].sort((a, b) => a.rank - b.rank || a.thread - b.thread);
  for (const lane of lanes) {
    lane.tasks.sort((a, b) => model.tasks.start[a] - model.tasks.start[b]);
    lane.finishes.sort((a, b) => model.finishes.start[a] - model.finishes.start[b]);
  }
  return lanes;
}

function buildModel(log) {
  const model = {
    file: str(log.file), cut: log.cut === true, bad: num(log.bad), log: {}, application: {}, environment: {}, settings: [], jobs: [], stages: [],
    jobById: new Map(), stageByKey: new Map(), decisions: [], errors: [], end: null, last: 0,
  };
  for (const event of list(log.events)) {
    model.last = Math.max(model.last, num(event.us));
    const taker = Object.hasOwn(TAKE, event.event) ? TAKE[event.event] : null;
    if (taker) taker(model, event);
  }
  model.tasks = takeColumns(model, log.tasks, TASK_COLUMNS, (stage, i) => { stage.tasks.push(i); });
  model.finishes = takeColumns(model, log.finishes, FINISH_COLUMNS, (stage, i, f) => { stage.finishing += f.end[i] - f.start[i]; });
  model.jobs.sort((a, b) => a.id - b.id);
  model.duration = Math.max(model.last, 1);
  model.name = str(model.application.name) || 'job';
  for (const s of model.stages) finishStage(model, s);
  for (const s of model.stages) {
    s.producers = s.inputs.map((i) => ({ by: str(i.by), stage: model.stageByKey.get(`${s.job}:${num(i.stage)}`) })).filter((i) => i.stage && i.stage !== s);
    for (const p of s.producers) p.stage.consumers.push(s);
  }
  for (const j of model.jobs) {
    j.ended = j.end !== null;
    if (j.start === null) j.start = j.stages.reduce((a, s) => Math.min(a, s.start), model.last);
    if (!j.ended) j.end = j.stages.reduce((a, s) => Math.max(a, s.end), j.start);
    if (!j.status) j.status = j.ended ? 'ok' : 'not ended';
  }
  model.lanes = lanesOf(model);
  model.gaps = gapsOf(model);
  model.status = model.end ? str(model.end.status) || 'ok' : 'killed';
  model.rankInfo = list(model.environment.ranks).map(obj);
  const seen = new Set(model.lanes.map((l) => l.rank));
  model.workers = num(model.application.workers) || seen.size || 1;
  model.threads = num(model.application.threads) || model.lanes.reduce((m, l) => Math.max(m, l.thread + 1), 1);
  model.cores = Math.max(1, model.workers * model.threads);
  model.budget = model.rankInfo.reduce((m, r) => Math.max(m, num(r.memory)), 0);
  return model;
}

/* What was planned with what was measured: in one order where both are whole, else by plan node. */
function operatorsOf(stage) {
  const got = stage.measured, same = got.length === stage.operators.length;
  const found = new Set();
  const rows = stage.operators.map((o, i) => {
    const mine = same ? got[i] : got.find((g) => g.node !== undefined && str(g.node) === str(o.node) && !found.has(g));
    if (mine) found.add(mine);
    return { node: o.node, name: str(o.name), detail: str(o.detail), estimate: o.estimate, got: mine };
  });
  for (const g of got) if (!found.has(g)) rows.push({ node: g.node, name: str(g.name) || (g.node === undefined ? 'sink' : `node ${str(g.node)}`), detail: '', got: g });
  return rows;
}

/* How far an estimate is from the truth, as a factor of at least 1; 0: not known. */
function offBy(operator) {
  if (!operator.got || typeof operator.estimate !== 'number' || operator.estimate < 0) return 0;
  const a = Math.max(1, num(operator.estimate)), b = Math.max(1, num(operator.got.rows_out));
  return a > b ? a / b : b / a;
}
