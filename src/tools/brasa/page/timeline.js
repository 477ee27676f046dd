/* timeline.js -- tasks by rank and thread on a canvas: zoom, pan, a list of what is under the pointer, all of it by keys too.
 *
 * Tasks of a lane are sorted by start, so what is in view is found by halving; tasks that fall on one pixel are drawn once.
 */

const LABEL = 92;
const OVERVIEW = 44;
const AXIS = 22;

/* How many cores work, in `n` equal slices of the job's time. */
function activity(model, n) {
  const level = new Float64Array(n), scale = n / model.duration;
  for (const t of [model.tasks, model.finishes]) {
    for (let i = 0; i < t.n; i++) {
      const a = t.start[i] * scale, b = t.end[i] * scale, first = Math.max(0, Math.floor(a)), last = Math.min(n - 1, Math.floor(b));
      if (first === last) level[first] += b - a;
      else {
        level[first] += first + 1 - a;
        for (let k = first + 1; k < last; k++) level[k] += 1;
        if (last >= 0) level[last] += b - last;
      }
    }
  }
  return level;
}

function timelineView(model, actions) {
  const t = model.tasks, f = model.finishes, view = { from: 0, to: model.duration, by: 'stage', lane: 0, at: -1 };
  const rowHeight = model.lanes.length > 200 ? 6 : model.lanes.length > 48 ? 10 : model.lanes.length > 16 ? 15 : 20;
  const stageLane = 20, top = AXIS + stageLane + 6;
  const help = 'Arrow keys move, plus and minus zoom, 0 shows all; n and p go from task to task, up and down from thread to thread, Enter opens the stage.';
  const overview = el('canvas', { class: 'overview', 'aria-hidden': 'true' });
  const canvas = el('canvas', { class: 'timeline', tabindex: '0', role: 'application', 'aria-label': `Timeline of ${t.n} tasks on ${model.lanes.length} threads. ${help}` });
  const said = el('p', { class: 'said', 'aria-live': 'polite' }, help);
  const holder = el('div', { class: 'timeline-frame' }, canvas), span = el('output', { class: 'span' });
  let width = 900, colours = null, seen = false;

  const plotWidth = () => Math.max(50, width - LABEL - 8);
  const xOf = (us) => LABEL + ((us - view.from) / (view.to - view.from)) * plotWidth();
  const timeOf = (x) => view.from + ((x - LABEL) / plotWidth()) * (view.to - view.from);
  const stageOfTask = (i) => model.stages[t.stageOf[i]];

  function paletteNow() {
    const kinds = Object.fromEntries(['compute', 'io', 'shuffle', 'barrier'].map((k) => [k, colour(`k-${k}`)]));
    colours = { stages: Array.from({ length: PALETTE }, (_, i) => paletteOf(i)), ...kinds, text: colour('muted'), line: colour('line'), band: colour('band'), ink: colour('text'), accent: colour('accent') };
  }

  /* The first of a lane's rows that ends at `us` or later. */
  function firstAt(rows, indices, us) {
    let low = 0, high = indices.length;
    while (low < high) {
      const mid = (low + high) >> 1;
      if (rows.end[indices[mid]] < us) low = mid + 1; else high = mid;
    }
    return low;
  }
  const firstIn = (lane) => firstAt(t, lane.tasks, view.from);

  /* Setting a colour has its text read, so it is set only when it changes. */
  let painted = null;
  function paint(pen, style) {
    if (painted !== style) pen.fillStyle = painted = style;
  }

  /* What operators do besides tasks: as a lower bar, behind them. */
  function drawFinishes(pen, lane, y, h) {
    const right = LABEL + plotWidth(), low = Math.max(2, Math.round(h * 0.4));
    let drawnTo = -1;
    for (let k = firstAt(f, lane.finishes, view.from); k < lane.finishes.length; k++) {
      const i = lane.finishes[k];
      if (f.start[i] > view.to) break;
      const x1 = Math.max(LABEL, xOf(f.start[i])), x2 = Math.min(right, Math.max(xOf(f.end[i]), x1 + 0.8));
      if (x2 <= drawnTo) continue;
      paint(pen, view.by === 'stage' ? colours.stages[f.stageOf[i] % PALETTE] : colours.compute);
      pen.fillRect(x1, y + h - low, Math.max(0.8, x2 - x1), low);
      drawnTo = Math.floor(x2 * 2) / 2;
    }
  }

  function drawTask(pen, i, x1, x2, y, h) {
    const s = stageOfTask(i), length = Math.max(1, t.end[i] - t.start[i]);
    if (view.by === 'stage' || x2 - x1 < 2) {
      paint(pen, view.by === 'stage' ? colours.stages[s.index % PALETTE] : colours.compute);
      pen.fillRect(x1, y, Math.max(x2 - x1 - (x2 - x1 > 3 ? 0.6 : 0), 0.8), h);
      return;
    }
    let x = x1;
    for (const [kind, us] of [['barrier', t.wait_barrier[i]], ['shuffle', t.wait_shuffle[i]], ['io', t.wait_io[i]]]) {
      const w = Math.min(x2 - x, ((x2 - x1) * us) / length);
      if (!(w > 0)) continue;
      paint(pen, colours[kind]);
      pen.fillRect(x, y, w, h);
      x += w;
    }
    paint(pen, colours.compute);
    pen.fillRect(x, y, Math.max(0.4, x2 - x - (x2 - x1 > 3 ? 0.6 : 0)), h);
  }

  function drawLane(pen, lane, index) {
    const y = top + index * rowHeight, h = rowHeight - (rowHeight > 8 ? 3 : 1), right = LABEL + plotWidth();
    let drawnTo = -1;
    painted = null;
    drawFinishes(pen, lane, y, h);
    for (let k = firstIn(lane); k < lane.tasks.length; k++) {
      const i = lane.tasks[k];
      if (t.start[i] > view.to) break;
      const x1 = Math.max(LABEL, xOf(t.start[i])), x2 = Math.min(right, Math.max(xOf(t.end[i]), x1 + 0.8));
      if (x2 <= drawnTo) continue;
      drawTask(pen, i, x1, x2, y, h);
      drawnTo = Math.floor(x2 * 2) / 2;
    }
    if (view.at >= 0 && lane.tasks[view.at] !== undefined && index === view.lane) {
      const i = lane.tasks[view.at], x1 = xOf(t.start[i]);
      pen.strokeStyle = colours.ink;
      pen.lineWidth = 2;
      pen.strokeRect(x1, y - 0.5, Math.max(3, xOf(t.end[i]) - x1), h + 1);
    }
  }

  function drawFrame(pen, height) {
    pen.font = '11px system-ui, sans-serif';
    pen.textBaseline = 'middle';
    for (const us of axisSteps(view.from, view.to, Math.max(2, plotWidth() / 110))) {
      const x = xOf(us);
      pen.strokeStyle = colours.line;
      pen.lineWidth = 1;
      pen.beginPath();
      pen.moveTo(x, AXIS - 4);
      pen.lineTo(x, height);
      pen.stroke();
      pen.fillStyle = colours.text;
      pen.textAlign = 'center';
      pen.fillText(duration(us), Math.max(LABEL + 16, Math.min(x, LABEL + plotWidth() - 20)), 9);
    }
    let rank = null, odd = false;
    pen.textAlign = 'left';
    model.lanes.forEach((lane, i) => {
      const y = top + i * rowHeight, fresh = lane.rank !== rank;
      if (fresh) odd = !odd;
      rank = lane.rank;
      if (odd) {
        pen.fillStyle = colours.band;
        pen.fillRect(0, y - 1.5, width, rowHeight);
      }
      pen.fillStyle = colours.text;
      if (fresh) pen.fillText(`rank ${lane.rank}`, 4, y + Math.max(5, rowHeight / 2 - 1));
      if (rowHeight >= 15) pen.fillText(`t${lane.thread}`, LABEL - 26, y + rowHeight / 2 - 1);
    });
    pen.fillText('stages', 4, AXIS + stageLane / 2);
  }

  function drawStages(pen) {
    const right = LABEL + plotWidth();
    for (const s of model.stages) {
      if (s.end < view.from || s.start > view.to) continue;
      const x1 = Math.max(LABEL, xOf(s.start)), x2 = Math.min(right, Math.max(xOf(s.end), x1 + 1));
      pen.fillStyle = colours.stages[s.index % PALETTE];
      pen.fillRect(x1, AXIS + 2, Math.max(1, x2 - x1 - 1), stageLane - 5);
      if (x2 - x1 > 24) {
        pen.fillStyle = colour('on-fill');
        pen.save();
        pen.beginPath();
        pen.rect(x1, AXIS, x2 - x1 - 3, stageLane);
        pen.clip();
        pen.fillText(`${s.label} ${s.name}`, x1 + 5, AXIS + stageLane / 2);
        pen.restore();
      }
    }
  }

  function drawOverview() {
    const pen = fitCanvas(overview, width, OVERVIEW), w = plotWidth(), n = Math.max(10, Math.floor(w));
    const level = drawOverview.level && drawOverview.level.length === n ? drawOverview.level : (drawOverview.level = activity(model, n));
    const most = Math.max(model.cores, ...level);
    pen.fillStyle = colours.band;
    pen.fillRect(LABEL, 0, w, OVERVIEW);
    pen.fillStyle = colours.accent;
    for (let k = 0; k < n; k++) {
      const h = (OVERVIEW - 6) * (level[k] / most);
      pen.fillRect(LABEL + k * (w / n), OVERVIEW - h, Math.max(1, w / n), h);
    }
    const x1 = LABEL + (view.from / model.duration) * w, x2 = LABEL + (view.to / model.duration) * w;
    pen.fillStyle = colour('veil');
    pen.fillRect(LABEL, 0, x1 - LABEL, OVERVIEW);
    pen.fillRect(x2, 0, LABEL + w - x2, OVERVIEW);
    pen.strokeStyle = colours.ink;
    pen.lineWidth = 1.5;
    pen.strokeRect(x1 + 0.75, 0.75, Math.max(2, x2 - x1 - 1.5), OVERVIEW - 1.5);
    pen.fillStyle = colours.text;
    pen.font = '11px system-ui, sans-serif';
    pen.fillText('cores', 4, 16);
    pen.fillText('at work', 4, 30);
  }

  function draw() {
    seen = true;
    const height = top + model.lanes.length * rowHeight + 4, pen = fitCanvas(canvas, width, height);
    paletteNow();
    drawFrame(pen, height);
    drawStages(pen);
    model.lanes.forEach((lane, i) => drawLane(pen, lane, i));
    drawOverview();
    span.textContent = `${duration(view.from)} \u2013 ${duration(view.to)}`;
    canvas.dataset.from = view.from;
    canvas.dataset.to = view.to;
  }

  let pending = false;
  function later() {
    if (pending) return;
    pending = true;
    requestAnimationFrame(() => {
      pending = false;
      draw();
    });
  }

  function look(from, to) {
    const length = Math.min(model.duration, Math.max(to - from, Math.min(20, model.duration)));
    view.from = Math.max(0, Math.min(from, model.duration - length));
    view.to = view.from + length;
    later();
  }

  function zoom(factor, centre) {
    const at = centre === undefined ? (view.from + view.to) / 2 : centre;
    look(at - (at - view.from) * factor, at + (view.to - at) * factor);
  }

  const move = (share) => look(view.from + share * (view.to - view.from), view.to + share * (view.to - view.from));

  function linesOf(i) {
    const s = stageOfTask(i), lines = [[`Stage ${s.label}, task ${whole(t.task[i])}`], ['', shorten(s.name, 60)], ['rank, thread', `${whole(t.rank[i])}, ${whole(t.thread[i])}`],
      ['time', duration(t.end[i] - t.start[i])], ['from', duration(t.start[i])], ['rows in, out', `${count(t.rows_in[i])}, ${count(t.rows_out[i])}`]];
    if (t.bytes_in[i] + t.bytes_out[i] > 0) lines.push(['bytes in, out', `${bytes(t.bytes_in[i])}, ${bytes(t.bytes_out[i])}`]);
    for (const [name, text] of [['wait_io', 'waited for files'], ['wait_shuffle', 'waited for shuffle'], ['wait_barrier', 'waited at barriers']])
      if (t[name][i] > 0) lines.push([text, duration(t[name][i])]);
    if (t.spilled[i] > 0) lines.push(['spilled', bytes(t.spilled[i])]);
    return lines;
  }

  function finishLines(i) {
    const s = model.stages[f.stageOf[i]];
    return [[`Stage ${s.label}, ${str(obj(s.operators[f.operator[i]]).name) || 'operator'} ${FINISH_KINDS[f.what[i]] || 'works'}`], ['', shorten(s.name, 60)], ['rank, thread', `${whole(f.rank[i])}, ${whole(f.thread[i])}`],
      ['time', duration(f.end[i] - f.start[i])], ['from', duration(f.start[i])]];
  }

  function under(event) {
    const box = canvas.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
    const index = Math.floor((y - top) / rowHeight), us = timeOf(x), slack = ((view.to - view.from) / plotWidth()) * 1.5;
    if (x < LABEL) return {};
    if (y > AXIS && y < top) return { stage: model.stages.find((s) => s.start <= us + slack && s.end >= us - slack) };
    const lane = model.lanes[index];
    if (!lane) return {};
    const low = firstAt(t, lane.tasks, us - slack), i = lane.tasks[low];
    if (i !== undefined && t.start[i] <= us + slack) return { task: i, lane: index, at: low, stage: stageOfTask(i) };
    const j = lane.finishes[firstAt(f, lane.finishes, us - slack)];
    return j !== undefined && f.start[j] <= us + slack ? { finish: j, stage: model.stages[f.stageOf[j]] } : {};
  }

  let drag = null;
  canvas.addEventListener('pointerdown', (e) => {
    drag = { x: e.clientX, from: view.from, to: view.to, moved: false };
    canvas.setPointerCapture(e.pointerId);
  });
  canvas.addEventListener('pointermove', (e) => {
    if (drag && Math.abs(e.clientX - drag.x) > 3) {
      drag.moved = true;
      const shift = ((drag.x - e.clientX) / plotWidth()) * (drag.to - drag.from);
      look(drag.from + shift, drag.to + shift);
      return;
    }
    const found = under(e);
    canvas.style.cursor = found.stage ? 'pointer' : 'grab';
    if (found.task !== undefined) tip.show(e, linesOf(found.task));
    else if (found.finish !== undefined) tip.show(e, finishLines(found.finish));
    else if (found.stage) tip.show(e, [[`Stage ${found.stage.label}`], ['', shorten(found.stage.name, 60)], ['time', duration(found.stage.elapsed)], ['tasks', whole(found.stage.tasks.length)]]);
    else tip.hide();
  });
  canvas.addEventListener('pointerleave', () => tip.hide());
  canvas.addEventListener('pointerup', (e) => {
    const found = under(e), click = drag && !drag.moved;
    drag = null;
    if (!click || !found.stage) return;
    if (found.task !== undefined) Object.assign(view, { lane: found.lane, at: found.at });
    later();
    actions.open(found.stage);
  });
  canvas.addEventListener('dblclick', (e) => zoom(0.4, timeOf(e.clientX - canvas.getBoundingClientRect().left)));
  canvas.addEventListener('wheel', (e) => {
    const sideways = Math.abs(e.deltaX) > Math.abs(e.deltaY);
    if (!sideways && !e.ctrlKey && !e.metaKey && document.activeElement !== canvas) return;
    e.preventDefault();
    if (sideways || e.shiftKey) move((e.deltaX || e.deltaY) / plotWidth());
    else zoom(Math.exp(Math.max(-60, Math.min(60, e.deltaY)) * 0.006), timeOf(e.clientX - canvas.getBoundingClientRect().left));
  }, { passive: false });
  overview.addEventListener('pointerdown', (e) => overview.setPointerCapture(e.pointerId));
  for (const kind of ['pointerdown', 'pointermove']) {
    overview.addEventListener(kind, (e) => {
      if (kind === 'pointermove' && !(e.buttons & 1)) return;
      const us = ((e.clientX - overview.getBoundingClientRect().left - LABEL) / plotWidth()) * model.duration, half = (view.to - view.from) / 2;
      look(us - half, us + half);
    });
  }

  function selectTask(step, lanes) {
    view.lane = Math.max(0, Math.min(model.lanes.length - 1, view.lane + lanes));
    const lane = model.lanes[view.lane];
    if (!lane) return;
    if (view.at < 0 || lanes !== 0) view.at = Math.min(firstIn(lane), lane.tasks.length - 1);
    else view.at = Math.max(0, Math.min(lane.tasks.length - 1, view.at + step));
    const i = lane.tasks[view.at], length = view.to - view.from;
    if (t.start[i] < view.from || t.end[i] > view.to) look(t.start[i] - length * 0.3, t.start[i] + length * 0.7);
    said.textContent = linesOf(i).map((line) => line.filter(Boolean).join(' ')).join('; ');
    later();
  }

  const keys = {
    ArrowLeft: () => move(-0.15), ArrowRight: () => move(0.15), '+': () => zoom(0.6), '=': () => zoom(0.6), '-': () => zoom(1 / 0.6), 0: () => look(0, model.duration),
    Home: () => look(0, view.to - view.from), End: () => look(model.duration - (view.to - view.from), model.duration),
    n: () => selectTask(1, 0), p: () => selectTask(-1, 0), ArrowDown: () => selectTask(0, 1), ArrowUp: () => selectTask(0, -1),
    Enter: () => { const lane = model.lanes[view.lane]; if (lane && view.at >= 0) actions.open(stageOfTask(lane.tasks[view.at])); },
  };
  canvas.addEventListener('keydown', (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || !Object.hasOwn(keys, e.key)) return;
    e.preventDefault();
    keys[e.key]();
  });

  const button = (text, label, act) => el('button', { type: 'button', title: label, 'aria-label': label, on: { click: act } }, text);
  const tools = el('div', { class: 'tools' }, button('\u2212', 'Zoom out', () => zoom(1 / 0.6)), button('+', 'Zoom in', () => zoom(0.6)), button('\u25c0', 'Earlier', () => move(-0.4)),
    button('\u25b6', 'Later', () => move(0.4)), button('All', 'Show all of the job', () => look(0, model.duration)), span,
    chooser('Colour', [['stage', 'by stage'], ['wait', 'by waiting']], 'stage', (by) => {
      view.by = by;
      legend.hidden = by !== 'wait';
      later();
    }));
  const legend = el('ul', { class: 'legend', hidden: true }, TIME_KINDS.slice(0, 4).map(([kind, text]) => el('li', {}, el('i', { class: `fill-${kind}` }), text)));
  new ResizeObserver(() => {
    const now = Math.floor(holder.clientWidth);
    if (now > 0 && now !== width) {
      width = now;
      if (seen) draw();
    }
  }).observe(holder);
  actions.onTheme.push(() => { if (seen) draw(); });
  whenPrinting((on) => {
    width = on ? 980 : Math.floor(holder.clientWidth) || 900;
    draw();
  });
  /* 100,000 tasks take a while to draw, and stand below the first screen. */
  const first = () => {
    if (seen) return;
    seen = true;
    width = Math.floor(holder.clientWidth) || width;
    draw();
  };
  if (t.n === 0) return section('timeline', 'Timeline', null, empty('The log tells of no task that ended.'));
  canvas.dataset.from = view.from;
  canvas.dataset.to = view.to;
  canvas.style.height = `${top + model.lanes.length * rowHeight + 4}px`;
  whenSeen(holder, first);
  return section('timeline', 'Timeline', 'Every task on the thread that ran it. Drag to move; the wheel zooms with Ctrl, or after a click',
    el('div', { class: 'card' }, tools, legend, overview, holder, said));
}
