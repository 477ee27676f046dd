/* table.js -- tables that sort, filter, and stay quick at 100,000 rows: only those in view are elements.
 *
 * columns: {label, value(row) to sort by, text(row), cell(row) an element instead of the text, number, bar(row) share of the row's bar, title(row)}
 */

const ROW_HEIGHT = 33;
const VIRTUAL_FROM = 30;
const PRINTED_ROWS = 60;

function dataTable(options) {
  const { columns, caption, rows, opened } = options;
  let sorted = rows, ascending = options.ascending === true, by = options.sort === undefined ? -1 : options.sort, sought = '', printing = false;
  const body = el('tbody', {}), above = el('tr', { 'aria-hidden': 'true' }), below = el('tr', { 'aria-hidden': 'true' });
  const shown = el('span', { class: 'shown', role: 'status' });
  const search = el('input', { type: 'search', placeholder: 'Filter', 'aria-label': `Filter ${caption}`, spellcheck: 'false' });
  const heads = columns.map((c, i) => el('th', { scope: 'col', class: c.number ? 'number' : null },
    el('button', { type: 'button', on: { click: () => sortBy(i) } }, c.label)));
  const table = el('table', { class: 'data' }, el('caption', { class: 'hidden' }, caption), el('thead', {}, el('tr', {}, heads)), body);
  const frame = el('div', { class: 'table-frame', tabindex: '0', role: 'region', 'aria-label': caption }, table);

  function textOf(c, row) {
    return c.text ? str(c.text(row)) : str(c.value(row));
  }

  function makeRow(row, index) {
    const tr = el('tr', { 'aria-rowindex': index + 2, class: opened ? 'opens' : null }, columns.map((c, i) => {
      const content = c.cell ? c.cell(row) : textOf(c, row);
      const share = c.bar ? Math.max(0, Math.min(1, c.bar(row))) : 0;
      const inner = i === 0 && opened ? el('button', { type: 'button', class: 'open' }, content) : content;
      return el('td', { class: c.number ? 'number' : null, title: c.title ? c.title(row) : null },
        share > 0 && el('span', { class: 'cell-bar', style: { width: `${(share * 100).toFixed(2)}%` } }), c.bar ? el('span', { class: 'over' }, inner) : inner);
    }));
    if (opened) tr.addEventListener('click', () => opened(row));
    return tr;
  }

  function draw() {
    const virtual = sorted.length > VIRTUAL_FROM && !printing;
    let first = 0, last = printing ? Math.min(sorted.length, PRINTED_ROWS) : sorted.length;
    if (virtual) {
      const view = Math.ceil((frame.clientHeight || 600) / ROW_HEIGHT);
      first = Math.max(0, Math.min(Math.floor(frame.scrollTop / ROW_HEIGHT) - 8, sorted.length - view));
      last = Math.min(sorted.length, first + view + 16);
    }
    above.style.height = `${first * ROW_HEIGHT}px`;
    below.style.height = `${(sorted.length - last) * ROW_HEIGHT}px`;
    const made = [];
    for (let i = first; i < last; i++) made.push(makeRow(sorted[i], i));
    replace(body, virtual && above, made, virtual && below);
    frame.classList.toggle('virtual', virtual);
    table.setAttribute('aria-rowcount', sorted.length + 1);
    const left = printing && last < sorted.length ? `, ${whole(last)} of them here` : '';
    shown.textContent = (sorted.length === rows.length ? whole(rows.length) : `${whole(sorted.length)} of ${whole(rows.length)}`) + left;
  }

  function arrange() {
    sorted = rows;
    if (sought) sorted = rows.filter((row) => columns.some((c) => textOf(c, row).toLowerCase().includes(sought)));
    if (by >= 0) {
      const get = columns[by].value, sign = ascending ? 1 : -1;
      sorted = sorted.map((row, i) => [get(row), i, row]).sort((a, b) => {
        const x = a[0], y = b[0];
        const order = typeof x === 'number' && typeof y === 'number' ? x - y : str(x).localeCompare(str(y), undefined, { numeric: true });
        return sign * order || a[1] - b[1];
      }).map((x) => x[2]);
    }
    heads.forEach((head, i) => head.setAttribute('aria-sort', i !== by ? 'none' : ascending ? 'ascending' : 'descending'));
    frame.scrollTop = 0;
    draw();
  }

  function sortBy(i) {
    ascending = by === i ? !ascending : !columns[i].number;
    by = i;
    arrange();
  }

  let waiting = false;
  frame.addEventListener('scroll', () => {
    if (waiting || sorted.length <= VIRTUAL_FROM) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      draw();
    });
  });
  search.addEventListener('input', () => {
    sought = search.value.trim().toLowerCase();
    arrange();
  });
  whenPrinting((on) => {
    printing = on;
    draw();
  });
  arrange();
  const tools = options.filter === false ? null : el('div', { class: 'table-tools' }, search, shown);
  return el('div', { class: 'table' }, tools, frame);
}

/* ---- paper ---- */

const printers = new Set();

function whenPrinting(act) {
  printers.add(act);
}

function setPrinting(on) {
  for (const act of printers) act(on);
}
