/* stages.js -- the lists of jobs and of stages. */

function statusBadge(status) {
  const kind = status === 'ok' ? 'good' : status === 'killed' || status === 'not ended' ? 'unsure' : 'bad';
  return el('span', { class: `badge ${kind}` }, status);
}

function jobTitle(j) {
  return (j.sql || j.plan.split('\n')[0] || j.action || 'job').replace(/\s+/g, ' ').slice(0, 200);
}

function jobsView(model, actions) {
  const longest = Math.max(1, ...model.jobs.map((j) => j.end - j.start));
  const table = dataTable({
    caption: 'Jobs', rows: model.jobs, sort: 0, ascending: true, opened: (j) => actions.openJob(j),
    columns: [
      { label: 'Job', number: true, value: (j) => j.id },
      { label: 'Action', value: (j) => j.action },
      { label: 'What', value: jobTitle, title: (j) => j.sql },
      { label: 'At', value: (j) => j.at },
      { label: 'Status', value: (j) => j.status, cell: (j) => statusBadge(j.status) },
      { label: 'Start', number: true, value: (j) => j.start, text: (j) => duration(j.start) },
      { label: 'Time', number: true, value: (j) => j.end - j.start, text: (j) => duration(j.end - j.start), bar: (j) => (j.end - j.start) / longest },
      { label: 'Stages', number: true, value: (j) => j.stages.length },
      { label: 'Rows', number: true, value: (j) => j.rows, text: (j) => count(j.rows), title: (j) => whole(j.rows) },
    ],
  });
  return section('jobs', 'Jobs', 'One for each action; a row opens its graph and plan', table);
}

function stagesView(model, actions) {
  const longest = Math.max(1, ...model.stages.map((s) => s.elapsed));
  const size = (get) => ({ number: true, value: get, text: (s) => (get(s) > 0 ? bytes(get(s)) : ''), title: (s) => whole(get(s)) });
  const table = dataTable({
    caption: 'Stages', rows: model.stages, sort: 5, opened: (s) => actions.open(s),
    columns: [
      { label: 'Stage', number: true, value: (s) => s.job * 1e6 + s.id, text: (s) => s.label },
      { label: 'What', value: (s) => s.name, title: (s) => s.name },
      { label: 'Sink', value: (s) => s.sink },
      { label: 'Status', value: (s) => s.status, cell: (s) => statusBadge(s.status) },
      { label: 'Start', number: true, value: (s) => s.start, text: (s) => duration(s.start) },
      { label: 'Time', number: true, value: (s) => s.elapsed, text: (s) => duration(s.elapsed), bar: (s) => s.elapsed / longest },
      { label: 'Tasks', number: true, value: (s) => s.tasks.length || Math.max(0, s.planned), text: (s) => whole(s.tasks.length || Math.max(0, s.planned)) },
      { label: 'Skew', number: true, value: (s) => s.skew, text: (s) => (s.time.n > 1 ? times(s.skew) : ''), title: () => 'the slowest task by the median' },
      { label: 'Rows in', number: true, value: (s) => s.rowsInAll, text: (s) => count(s.rowsInAll), title: (s) => whole(s.rowsInAll) },
      { label: 'Rows out', number: true, value: (s) => s.rows, text: (s) => count(s.rows), title: (s) => whole(s.rows) },
      { label: 'Read', ...size((s) => s.read) },
      { label: 'Shuffled', ...size((s) => s.moved) },
      { label: 'Spilled', ...size((s) => s.spilled) },
      { label: 'Memory', ...size((s) => s.memory) },
    ],
  });
  return section('stages', 'Stages', 'Cut where rows must move; a row opens its details', table);
}
