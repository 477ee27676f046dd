/* advice.js -- what a person who knows the engine would say after looking at the log: each finding with its figures and the remedy. */

const OTHERS = 8;

function stageName(s) {
  return `Stage ${s.label} (${s.name.length > 60 ? `${s.name.slice(0, 59)}\u2026` : s.name})`;
}

/* Stages that take long enough to be worth a word. */
function isWorth(model, s) {
  return s.elapsed > Math.max(5000, model.duration * 0.02);
}

function slowestOf(model, s) {
  const t = model.tasks;
  return s.tasks.reduce((a, i) => (a < 0 || t.end[i] - t.start[i] > t.end[a] - t.start[a] ? i : a), -1);
}

const RULES = {
  skew(model, s) {
    if (s.time.n < 3 || s.time.max < 3 * s.time.median || s.time.max - s.time.median < 0.25 * s.elapsed) return null;
    const i = slowestOf(model, s), t = model.tasks, even = t.rows_in[i] < 2 * s.rowsIn.median;
    return {
      weight: s.time.max - s.time.median, title: 'Skewed stage',
      text: `Its slowest task (partition ${whole(t.task[i])}, rank ${whole(t.rank[i])}) took ${duration(s.time.max)}, the median ${duration(s.time.median)}: ` +
        `${times(s.skew)}. It read ${count(t.rows_in[i])} rows, the median ${count(s.rowsIn.median)}.`,
      remedy: even ? 'Its rows are no more than others\u2019, so look at what it waited for, or at the host it ran on.'
        : 'One key has most rows: join or group on more columns, filter that key (often null) apart, or aggregate before the join.',
    };
  },
  ranks(model, s) {
    const t = model.tasks, busy = new Map();
    for (const i of s.tasks) busy.set(t.rank[i], (busy.get(t.rank[i]) || 0) + t.end[i] - t.start[i]);
    if (model.workers < 2 || s.time.n < 2 * model.workers || busy.size === 0) return null;
    const most = [...busy].reduce((a, b) => (b[1] > a[1] ? b : a)), mean = s.time.sum / model.workers;
    if (most[1] < 1.8 * mean || most[1] - mean < 0.2 * s.elapsed) return null;
    return {
      weight: (most[1] - mean) / model.threads, title: 'Uneven ranks',
      text: `Rank ${whole(most[0])} worked ${duration(most[1])} in it, ranks ${duration(mean)} on average${busy.size < model.workers ? `; ${whole(model.workers - busy.size)} did nothing` : ''}.`,
      remedy: 'Data that lie on few ranks stay there: brasa_repartition spreads them; a slow host shows the same picture in every stage.',
    };
  },
  spill(model, s) {
    if (!(s.spilled > 0)) return null;
    return {
      weight: s.elapsed * 0.5, title: 'Spilling',
      text: `${bytes(s.spilled)} went to scratch and back; a rank held at most ${bytes(s.memory)}${model.budget > 0 ? ` of ${bytes(model.budget)}` : ''}.`,
      remedy: 'Give ranks more memory (--memory), use more nodes, or select fewer columns before the join, sort or aggregate.',
    };
  },
  fewTasks(model, s) {
    if (s.time.n === 0 || s.time.n >= model.cores || model.cores < 2) return null;
    return {
      weight: s.elapsed * (1 - s.time.n / model.cores), title: 'Too few tasks',
      text: `${plural(s.time.n, 'task')} for ${plural(model.cores, 'core')}: ${percent(model.cores - s.time.n, model.cores)} of them had nothing to do for ${duration(s.elapsed)}.`,
      remedy: 'Files of more chunks, a smaller --partition-size for text, or brasa_repartition give more tasks; a job that is always so needs fewer cores.',
    };
  },
  smallTasks(model, s) {
    if (s.time.n < 8 * model.cores || s.time.median > 2000 || s.rowsIn.median > 5000) return null;
    return {
      weight: s.elapsed * 0.4, title: 'Small partitions',
      text: `${count(s.time.n)} tasks of ${duration(s.time.median)} and ${count(s.rowsIn.median)} rows (median).`,
      remedy: 'Fewer partitions: larger chunks when the table is written, fewer files, or a lower --shuffle-partitions.',
    };
  },
  waits(model, s) {
    const busy = Math.max(s.time.sum, 1);
    const [kind, wait] = [['io', s.wait_io], ['shuffle', s.wait_shuffle], ['barrier', s.wait_barrier]].reduce((a, b) => (b[1] > a[1] ? b : a));
    if (wait < 0.3 * busy) return null;
    const remedy = {
      io: 'Read less (select columns, filter on sorted columns so that chunks are skipped), or use a faster file system or node-local copies.',
      shuffle: 'Move less: filter and aggregate before joins, raise --broadcast-bytes for a small side, or use fewer, larger ranks per node.',
      barrier: 'Threads wait for the slowest of them: see the spread of its tasks below.',
    };
    const text = { io: 'for files', shuffle: 'for the shuffle', barrier: 'at barriers' };
    return {
      weight: wait / model.cores, title: `Long waits ${text[kind]}`,
      text: `${duration(wait)} of ${duration(busy)} of its tasks\u2019 time (${percent(Math.min(wait, busy), busy)}) went into waiting ${text[kind]}.`, remedy: remedy[kind],
    };
  },
  estimates(model, s) {
    const worst = operatorsOf(s).reduce((a, o) => (offBy(o) > offBy(a) ? o : a), {});
    const off = offBy(worst);
    if (off < 10 || Math.max(num(worst.estimate), num(worst.got.rows_out)) < 10000) return null;
    return {
      weight: s.elapsed * 0.2, title: 'Estimate far off',
      text: `${worst.name}: ${count(worst.estimate)} rows expected, ${count(worst.got.rows_out)} came (${times(off)}).`,
      remedy: 'ANALYZE TABLE gives the planner sketches of the columns; a filter that hides in a function cannot be estimated.',
    };
  },
  explosion(model, s) {
    const worst = operatorsOf(s).find((o) => o.got && /join/i.test(o.name) && num(o.got.rows_out) > 1e6 && num(o.got.rows_out) > 10 * num(o.got.rows_in));
    if (!worst) return null;
    return {
      weight: s.elapsed * 0.5, title: 'A join that multiplies rows',
      text: `${worst.name} took ${count(worst.got.rows_in)} rows and gave ${count(worst.got.rows_out)} (${times(num(worst.got.rows_out) / Math.max(1, num(worst.got.rows_in)))}).`,
      remedy: 'Is a column of the key missing from its condition? Distinct the other side, or use a semi join when only existence is asked.',
    };
  },
  memory(model, s) {
    if (!(model.budget > 0) || s.memory < 0.85 * model.budget) return null;
    return {
      weight: s.elapsed * 0.3, title: 'Near the memory budget',
      text: `A rank held ${bytes(s.memory)}, ${percent(s.memory, model.budget)} of its ${bytes(model.budget)}.`,
      remedy: 'More rows will spill or fail: raise --memory, or use more nodes.',
    };
  },
  receivers(model, s) {
    for (const shuffle of s.shuffles) {
      const m = matrixOf(shuffle), to = Array.from({ length: m.n }, (_, j) => sumOf(Array.from({ length: m.n }, (_x, i) => m.at(i, j))));
      const most = Math.max(0, ...to), mean = sumOf(to) / Math.max(1, m.n);
      if (m.n < 2 || most < 1 << 20 || most < Math.min(3, 0.9 * m.n) * mean) continue;
      return {
        weight: s.elapsed * 0.3, title: 'One rank receives most of a shuffle',
        text: `Rank ${whole(m.ranks[to.indexOf(most)])} got ${bytes(most)} of ${bytes(mean * m.n)}, ${times(most / mean)} the average.`,
        remedy: 'The key of the exchange has few values, or one that is very frequent: add a column to it, or aggregate before.',
      };
    }
    return null;
  },
};

function wholeJobAdvice(model) {
  const found = [], { shares, all } = timeShares(model);
  if (shares.driver > 0.25 * all && shares.driver / model.cores > 50000) {
    const gap = model.gaps.reduce((a, g) => (g[1] - g[0] > a[1] - a[0] ? g : a), [0, 0]);
    found.push({
      weight: shares.driver / model.cores, title: 'The workers wait for the driver', anchor: 'timeline',
      text: `${duration(shares.driver / model.cores)} of ${duration(model.duration)} no stage ran; the longest time, ${duration(gap[1] - gap[0])}, began after ${duration(gap[0])}.`,
      remedy: 'Start-up, planning and the program\u2019s own code run there: collect less, work on batches in user functions, put many small queries into one.',
    });
  }
  if (shares.idle > 0.4 * all && model.cores > 1) {
    found.push({
      weight: shares.idle / model.cores, title: 'Idle cores', anchor: 'timeline',
      text: `${percent(shares.idle, all)} of the cores\u2019 time passed idle while stages ran: ${count(model.cores)} cores, ${count(model.tasks.n)} tasks.`,
      remedy: 'Fewer workers or threads would end nearly as soon; or give the stages more partitions.',
    });
  }
  return found;
}

function findAdvice(model) {
  const found = wholeJobAdvice(model);
  for (const [rule, check] of Object.entries(RULES)) {
    const all = model.stages.filter((s) => isWorth(model, s)).map((s) => ({ stage: s, rule, ...check(model, s) })).filter((f) => f.title);
    all.sort((a, b) => b.weight - a.weight);
    if (all.length > 0) found.push({ ...all[0], others: all.slice(1).map((f) => f.stage), weight: sumOf(all, (f) => f.weight) });
  }
  return found.sort((a, b) => b.weight - a.weight);
}

function adviceView(model, actions) {
  const found = findAdvice(model);
  const items = found.map((f) => el('li', { class: `finding ${f.weight > 0.2 * model.duration ? 'high' : f.weight > 0.05 * model.duration ? 'middle' : 'low'}` },
    el('h3', {}, f.title, f.stage && el('button', { type: 'button', class: 'link', on: { click: () => actions.open(f.stage) } }, stageName(f.stage)),
      f.anchor && el('a', { href: `#${f.anchor}` }, 'timeline')),
    el('p', {}, f.text), el('p', { class: 'remedy' }, f.remedy), f.others && f.others.length > 0 && el('p', { class: 'others' }, 'Also ', f.others.slice(0, OTHERS).map((s) =>
      el('button', { type: 'button', class: 'link', 'aria-label': `Stage ${s.label}`, on: { click: () => actions.open(s) } }, s.label)), f.others.length > OTHERS && `and ${plural(f.others.length - OTHERS, 'other stage')}`)));
  return section('advice', 'Advice', found.length > 0 ? 'What cost most first' : null,
    items.length > 0 ? el('ol', { class: 'findings' }, items)
      : empty('Nothing stands out: no skew, no spilling, no long waits, no estimate far off in a stage that took its time.'));
}
