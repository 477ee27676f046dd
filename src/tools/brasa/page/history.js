/* history.js -- the index of many logs. */

/* A link to a file by its name: no part of a name can become a scheme. */
function fileLink(path) {
  const parts = str(path).split('/').map(encodeURIComponent).join('/');
  return parts.startsWith('/') ? parts : `./${parts}`;
}

function historyPage(data) {
  const logs = list(data.logs).map(obj), read = logs.filter((l) => !l.refused), refused = logs.filter((l) => l.refused);
  const longest = Math.max(1, ...read.map((l) => num(l.us))), size = (label, name) => ({ label, number: true, value: (l) => num(l[name]), text: (l) => (num(l[name]) > 0 ? bytes(l[name]) : '') });
  const table = dataTable({
    caption: 'Jobs', rows: read, sort: 1,
    columns: [{ label: 'Application', value: (l) => str(l.app) || str(l.file), cell: (l) => el('a', { href: fileLink(l.link) }, str(l.app) || str(l.file)), title: (l) => str(l.file) },
      { label: 'Started', value: (l) => str(l.time), text: (l) => when(l.time) }, { label: 'Time', number: true, value: (l) => num(l.us), text: (l) => duration(l.us), bar: (l) => num(l.us) / longest },
      { label: 'Status', value: (l) => str(l.status), cell: (l) => statusBadge(str(l.status)) }, { label: 'Workers', number: true, value: (l) => num(l.workers), text: (l) => `${whole(l.workers)} \u00d7 ${whole(l.threads)}` },
      { label: 'Jobs', number: true, value: (l) => num(l.jobs) }, { label: 'Tasks', number: true, value: (l) => num(l.tasks), text: (l) => count(l.tasks) }, { label: 'Rows', number: true, value: (l) => num(l.rows), text: (l) => count(l.rows) },
      size('Read', 'read'), size('Shuffled', 'moved'), size('Spilled', 'spilled'), { label: 'Errors', number: true, value: (l) => num(l.errors), text: (l) => (num(l.errors) > 0 ? whole(l.errors) : '') }],
  });
  const bad = refused.length === 0 ? null : section('refused', 'Not read', null, el('ul', { class: 'errors' }, refused.map((l) => el('li', { class: 'error' }, el('p', {}, str(l.refused))))));
  return [el('header', { class: 'top' }, brand(), el('h1', {}, 'Jobs'), el('span', { class: 'file' }, str(data.directory)), themeButton([])),
    el('main', { id: 'main', class: 'single' }, section('logs', plural(logs.length, 'log'), 'A name opens its report', read.length > 0 ? table : empty('There is no log here. A job writes one with --event-log DIR.')), bad)];
}
