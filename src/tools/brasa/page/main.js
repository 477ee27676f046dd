/* main.js -- the page: header, navigation, sections in order, theme, paper. */

/* ---- light and dark ---- */

const THEMES = ['auto', 'light', 'dark'];
const theme = { chosen: 'auto', printing: false };

function remembered() {
  try {
    return localStorage.getItem('brasa-theme') || 'auto';
  } catch (_) {
    return 'auto';
  }
}

function applyTheme(changed) {
  const dark = theme.chosen === 'dark' || (theme.chosen === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
  const now = dark && !theme.printing ? 'dark' : 'light';
  if (document.documentElement.dataset.theme === now) return;
  document.documentElement.dataset.theme = now;
  for (const redraw of changed) redraw();
}

function themeButton(changed) {
  const button = el('button', { type: 'button', class: 'theme', on: { click: () => choose(THEMES[(THEMES.indexOf(theme.chosen) + 1) % 3]) } });
  function choose(name) {
    theme.chosen = THEMES.includes(name) ? name : 'auto';
    button.textContent = { auto: '\u25d0 Auto', light: '\u2600 Light', dark: '\u263e Dark' }[theme.chosen];
    button.setAttribute('aria-label', `Theme: ${theme.chosen}`);
    try {
      localStorage.setItem('brasa-theme', theme.chosen);
    } catch (_) { /* a page opened from a file may be given no storage */ }
    applyTheme(changed);
  }
  choose(remembered());
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => applyTheme(changed));
  const paper = (on) => {
    if (theme.printing === on) return;
    theme.printing = on;
    applyTheme(changed);
    setPrinting(on);
  };
  matchMedia('print').addEventListener('change', (e) => paper(e.matches));
  addEventListener('beforeprint', () => paper(true));
  addEventListener('afterprint', () => paper(false));
  return button;
}

/* ---- header and navigation ---- */

function brand() {
  return el('span', { class: 'brand', 'aria-label': 'Brasa' }, svg('svg', { viewBox: '0 0 16 16', width: 22, height: 22, 'aria-hidden': 'true' },
    svg('path', { d: 'M8 1c1 3-3 4-3 8a3 3 0 0 0 6 0c0-1-.4-2-1-2.600 0 1-.6 1.600-1.200 1.600C10 5 9 2.500 8 1z' })), 'Brasa');
}

function navigation(sections) {
  const links = sections.map((s) => el('a', { href: `#${s.id}` }, s.querySelector('h2').firstChild.textContent));
  const seen = new Set();
  const watch = new IntersectionObserver((entries) => {
    for (const e of entries) if (e.isIntersecting) seen.add(e.target); else seen.delete(e.target);
    const current = sections.find((s) => seen.has(s));
    links.forEach((a, i) => {
      if (sections[i] === current) a.setAttribute('aria-current', 'true'); else a.removeAttribute('aria-current');
    });
  }, { rootMargin: '-80px 0px -45% 0px' });
  sections.forEach((s) => watch.observe(s));
  return el('nav', { 'aria-label': 'Sections' }, links);
}

/* ---- the report of one log ---- */

/* A log that says strange things spoils one section, not the page. */
function drawn(part) {
  try {
    return part();
  } catch (error) {
    console.error(error);
    return null;
  }
}

function reportPage(models, chosen, changed) {
  const model = models[chosen], actions = { onStage: [], onJob: [], onTheme: [] };
  actions.openJob = (job) => {
    if (!job) return;
    actions.onJob.forEach((show) => drawn(() => show(job)));
    if (actions.ready) document.getElementById('graph').scrollIntoView();
  };
  actions.open = (stage, stay) => {
    if (!stage) return;
    tip.hide();
    actions.onStage.forEach((show) => drawn(() => show(stage)));
    if (!actions.ready) return;
    if (!stay) document.getElementById('stage').scrollIntoView();
    const select = document.querySelector('#stage select');
    if (select) select.focus({ preventScroll: true });
  };
  const button = themeButton(actions.onTheme);
  const sections = [summaryView, errorsView, adviceView, jobsView, stagesView, graphView, timelineView, stageView, skewView, shuffleView, memoryView, planView, decisionsView,
    settingsView, environmentView].map((view) => drawn(() => view(model, actions))).filter(Boolean);
  actions.openJob(model.jobs.reduce((a, j) => (a && a.end - a.start >= j.end - j.start ? a : j), null));
  actions.open(model.stages.reduce((a, s) => (a && a.elapsed >= s.elapsed ? a : s), null));
  actions.ready = true;
  const logs = models.length > 1 && chooser('Log', models.map((m, i) => [i, `${m.name} \u2013 ${m.file}`]), chosen, (i) => changed(Number(i)));
  document.title = `${model.name} - Brasa`;
  return [el('header', { class: 'top' }, brand(), el('h1', {}, model.name), statusBadge(model.status), el('span', { class: 'file' }, `${duration(model.duration)} \u00b7 ${when(model.log.time)}`), logs, button),
    el('div', { class: 'columns' }, navigation(sections), el('main', { id: 'main' }, sections, el('footer', {}, `Made by brasa from ${model.file}`)))];
}

function start(data) {
  const place = document.getElementById('app');
  theme.chosen = remembered();
  applyTheme([]);
  if (data.kind === 'history') {
    replace(place, historyPage(data));
    return;
  }
  const logs = list(data.logs), models = logs.map(buildModel);
  const show = (i) => {
    printers.clear();
    replace(place, reportPage(models, i, show));
  };
  show(0);
}
