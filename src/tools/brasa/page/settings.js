/* settings.js -- configuration, what was changed first; and the ranks with their hosts. */

function settingsView(model) {
  const rows = model.settings.map((s) => ({ key: str(s.key), value: str(s.value), from: str(s.from) || 'default' }));
  rows.sort((a, b) => (a.from === 'default') - (b.from === 'default') || a.key.localeCompare(b.key));
  if (rows.length === 0) return null;
  const changed = rows.filter((r) => r.from !== 'default').length;
  return section('configuration', 'Configuration', `${changed} of ${plural(rows.length, 'setting')} differ from the default; they come first`, dataTable({
    caption: 'Settings', rows, columns: [{ label: 'Setting', value: (r) => r.key, cell: (r) => el('code', { class: r.from === 'default' ? '' : 'changed' }, r.key) }, { label: 'Value', value: (r) => r.value, cell: (r) => el('code', {}, r.value), title: (r) => r.value },
      { label: 'From', value: (r) => r.from, cell: (r) => (r.from === 'default' ? 'default' : el('span', { class: 'badge unsure' }, r.from)) }],
  }));
}

function environmentView(model) {
  const e = model.environment, a = model.application, slurm = obj(a.slurm), pairs = [];
  const add = (name, value) => { if (value !== undefined && str(value) !== '') pairs.push([name, str(value)]); };
  add('Brasa', model.log.brasa);
  add('Build', a.build);
  add('System', e.system);
  add('MPI', e.mpi);
  add('HDF5', e.hdf5);
  add('Command', list(a.argv).map(str).join(' '));
  add('Directory', a.cwd);
  add('User', a.user);
  add('Ranks', a.ranks);
  for (const [name, value] of Object.entries(slurm)) add(`Slurm ${name}`, value);
  add('Log', model.file);
  const ranks = model.rankInfo.length === 0 ? null : dataTable({
    caption: 'Ranks', rows: model.rankInfo, sort: 0, ascending: true, filter: model.rankInfo.length > 20 ? undefined : false,
    columns: [{ label: 'Rank', number: true, value: (r) => num(r.rank) }, { label: 'Host', value: (r) => str(r.host) }, { label: 'Process', number: true, value: (r) => num(r.pid) }, { label: 'Cores', number: true, value: (r) => num(r.cores) },
      { label: 'Threads', number: true, value: (r) => num(r.threads) }, { label: 'Memory budget', number: true, value: (r) => num(r.memory), text: (r) => bytes(r.memory) }],
  });
  return section('environment', 'Environment', null, el('dl', { class: 'pairs' }, pairs.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value)))), ranks);
}
