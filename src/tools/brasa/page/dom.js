/* dom.js -- elements made of names, attributes and children.  Text only ever goes in as text nodes: nothing of a log is parsed as markup. */

const SVG_NAMESPACE = 'http://www.w3.org/2000/svg';

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'on') for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    else if (name === 'style') Object.assign(element.style, value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children.flat(3)) {
    if (child === undefined || child === null || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

function el(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function svg(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG_NAMESPACE, tag), attributes, children);
}

function replace(parent, ...children) {
  parent.replaceChildren(...children.flat(3).filter((c) => c !== undefined && c !== null && c !== false));
}

/* A list to choose from, with its label. */
function chooser(label, options, value, changed) {
  const select = el('select', { on: { change: () => changed(select.value) } },
    options.map(([key, text]) => el('option', { value: key, selected: String(key) === String(value) }, text)));
  return el('label', { class: 'chooser' }, el('span', {}, label), select);
}

function section(id, title, lead, ...children) {
  return el('section', { id, 'aria-labelledby': `${id}-title` },
    el('div', { class: 'section-head' }, el('h2', { id: `${id}-title` }, title), lead && el('p', { class: 'lead' }, lead)), ...children);
}

function empty(text) {
  return el('p', { class: 'empty' }, text);
}

/* Once, when the element comes near to what is seen, or the browser has nothing else to do. */
function whenSeen(element, act) {
  let done = false;
  const once = () => {
    if (done) return;
    done = true;
    watch.disconnect();
    act();
  };
  const watch = new IntersectionObserver((entries) => { if (entries.some((e) => e.isIntersecting)) once(); }, { rootMargin: '100px' });
  watch.observe(element);
  setTimeout(() => requestIdleCallback(once, { timeout: 2000 }), 500);
}

/* ---- a canvas that is as sharp as the screen ---- */

function fitCanvas(canvas, width, height) {
  const ratio = Math.min(window.devicePixelRatio || 1, 3);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const pen = canvas.getContext('2d');
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  return pen;
}

/* ---- a note beside the pointer ---- */

const tip = {
  box: null,
  show(event, lines) {
    if (!this.box) document.body.append(this.box = el('div', { class: 'tip', role: 'status' }));
    replace(this.box, lines.map(([name, value]) => (value === undefined ? el('strong', {}, name)
      : el('div', {}, el('span', {}, name), el('b', {}, value)))));
    this.box.hidden = false;
    const box = this.box.getBoundingClientRect();
    const x = Math.max(8, Math.min(event.clientX + 14, window.innerWidth - box.width - 8));
    const y = event.clientY + 18 + box.height > window.innerHeight ? event.clientY - box.height - 12 : event.clientY + 18;
    this.box.style.left = `${x}px`;
    this.box.style.top = `${Math.max(4, y)}px`;
  },
  hide() {
    if (this.box) this.box.hidden = true;
  },
};

/* ---- colours, as the theme has them now ---- */

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

const PALETTE = 10;

function paletteOf(index) {
  return colour(`c${index % PALETTE}`);
}
