/* graph.js -- the stages of a job as a graph: layers by the longest way from a source, order within a layer by the mean of the neighbours. */

const BOX = { width: 208, height: 66, gapX: 138, gapY: 22, pad: 16 };

function layersOf(stages) {
  const depth = new Map(), visiting = new Set();
  const depthOf = (s) => {
    if (depth.has(s)) return depth.get(s);
    if (visiting.has(s)) return 0;
    visiting.add(s);
    const d = s.producers.reduce((m, p) => Math.max(m, depthOf(p.stage) + 1), 0);
    depth.set(s, d);
    return d;
  };
  const layers = [];
  for (const s of stages) (layers[depthOf(s)] = layers[depthOf(s)] || []).push(s);
  /* A source stands just before the first that reads it. */
  for (const s of stages) {
    if (s.producers.length > 0 || s.consumers.length === 0) continue;
    const d = Math.max(0, Math.min(...s.consumers.map((c) => depth.get(c) || 0)) - 1);
    if (d === depth.get(s)) continue;
    layers[depth.get(s)] = layers[depth.get(s)].filter((x) => x !== s);
    layers[d].push(s);
    depth.set(s, d);
  }
  return layers;
}

function orderLayers(layers) {
  const place = new Map();
  const settle = (layer) => layer.forEach((s, i) => place.set(s, i - layer.length / 2));
  layers.forEach(settle);
  for (let pass = 0; pass < 6; pass++) {
    const near = pass % 2 === 0 ? (s) => s.producers.map((p) => p.stage) : (s) => s.consumers;
    for (const layer of pass % 2 === 0 ? layers : [...layers].reverse()) {
      const mean = new Map(layer.map((s) => {
        const around = near(s).filter((x) => place.has(x));
        return [s, around.length > 0 ? sumOf(around, (x) => place.get(x)) / around.length : place.get(s)];
      }));
      layer.sort((a, b) => mean.get(a) - mean.get(b));
      settle(layer);
    }
  }
}

function edgeLabel(producer, by) {
  const size = producer.moved || producer.bytes || producer.bytesOutAll;
  return [by, [`${count(producer.rows || producer.rowsOutAll)} rows`, size > 0 && bytes(size)].filter(Boolean).join(' \u00b7 ')];
}

function shorten(text, n) {
  return text.length > n ? `${text.slice(0, n - 1)}\u2026` : text;
}

function drawEdge(from, to, by, most) {
  const x1 = from.x + BOX.width, y1 = from.y + BOX.height / 2, x2 = to.x, y2 = to.y + BOX.height / 2, bend = Math.max(40, (x2 - x1) / 2);
  const label = edgeLabel(from.stage, by), size = from.stage.moved || from.stage.bytes || 0;
  const width = 1.25 + 4.5 * Math.sqrt(size / Math.max(1, most)), mx = (x1 + x2) / 2, my = (y1 + y2) / 2;
  return svg('g', { class: 'edge' },
    svg('path', { d: `M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2 - 7},${y2}`, 'stroke-width': width.toFixed(2), 'marker-end': 'url(#arrow)' }),
    svg('text', { x: mx, y: my - 8, class: 'by' }, label[0]), svg('text', { x: mx, y: my + 16 }, label[1]));
}

function drawBox(node, longest, actions) {
  const s = node.stage, open = () => actions.open(s), lines = [];
  const words = s.name.split(/,\s*/);
  let line = '';
  for (const word of words) {
    if (line && (line + word).length > 29 && lines.length < 1) {
      lines.push(`${line},`);
      line = word;
    } else line = line ? `${line}, ${word}` : word;
  }
  lines.push(shorten(line, 31));
  const said = `stage ${s.label}, ${s.name}, ${s.status}, ${duration(s.elapsed)}, ${s.tasks.length} tasks`;
  return svg('g', {
    class: `box ${s.status === 'ok' ? '' : 'failed'}`, transform: `translate(${node.x},${node.y})`, tabindex: '0', role: 'button', 'aria-label': said,
    on: { click: open, keydown: (e) => { if (e.key === 'Enter' || e.key === ' ') { e.preventDefault(); open(); } } },
  }, svg('title', {}, said), svg('rect', { class: 'frame', width: BOX.width, height: BOX.height, rx: 8 }),
  svg('rect', { class: 'time', x: 0.75, y: BOX.height - 5, width: Math.max(2, (BOX.width - 1.5) * (s.elapsed / longest)), height: 4.25, rx: 2 }),
  svg('text', { x: 11, y: 18, class: 'name' }, `Stage ${s.label}`), svg('text', { x: BOX.width - 11, y: 18, class: 'right' }, duration(s.elapsed)),
  lines.map((text, i) => svg('text', { x: 11, y: 35 + 14 * i, class: 'what' }, shorten(text, 31))),
  lines.length === 1 && svg('text', { x: 11, y: 53, class: 'small' }, `${plural(s.tasks.length || Math.max(0, s.planned), 'task')}${s.spilled > 0 ? ` \u00b7 spilled ${bytes(s.spilled)}` : ''}`));
}

function drawGraph(job, actions) {
  if (job.stages.length === 0) return empty('This job ran no stage.');
  const layers = Array.from(layersOf(job.stages), (l) => l || []).filter((l) => l.length > 0), nodes = new Map();
  orderLayers(layers);
  const tallest = Math.max(...layers.map((l) => l.length)), height = tallest * (BOX.height + BOX.gapY) - BOX.gapY + 2 * BOX.pad;
  layers.forEach((layer, i) => layer.forEach((stage, k) => nodes.set(stage, {
    stage, x: BOX.pad + i * (BOX.width + BOX.gapX), y: height / 2 + (k - layer.length / 2) * (BOX.height + BOX.gapY) + BOX.gapY / 2,
  })));
  const width = layers.length * (BOX.width + BOX.gapX) - BOX.gapX + 2 * BOX.pad;
  const longest = Math.max(1, ...job.stages.map((s) => s.elapsed)), most = Math.max(1, ...job.stages.map((s) => s.moved || s.bytes || 0));
  const edges = job.stages.flatMap((s) => s.producers.map((p) => nodes.has(p.stage) && drawEdge(nodes.get(p.stage), nodes.get(s), p.by, most)));
  return el('div', { class: 'graph', tabindex: '0', role: 'region', 'aria-label': `Stages of job ${job.id}` },
    svg('svg', { width, height, viewBox: `0 0 ${width} ${height}`, style: { minWidth: `${0.8 * width}px` } },
      svg('defs', {}, svg('marker', { id: 'arrow', viewBox: '0 0 8 8', refX: 1, refY: 4, markerWidth: 8, markerHeight: 8, markerUnits: 'userSpaceOnUse', orient: 'auto' },
        svg('path', { d: 'M0,0.5 L8,4 L0,7.500z' }))), edges, [...nodes.values()].map((n) => drawBox(n, longest, actions))));
}

function jobChooser(model, job, changed) {
  return chooser('Job', model.jobs.map((j) => [j.id, `${j.id}: ${shorten(jobTitle(j), 80)}`]), job.id, (id) => changed(model.jobById.get(Number(id))));
}

function graphView(model, actions) {
  const place = el('div', {});
  const show = (job) => replace(place, model.jobs.length > 1 && jobChooser(model, job, actions.openJob), drawGraph(job, actions));
  actions.onJob.push(show);
  return section('graph', 'Stage graph', 'Rows and bytes on the edges; the bar below a stage is its time', place);
}
