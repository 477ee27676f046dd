/* format.js -- numbers as people read them. */

const NARROW = '\u202f';

/* Whatever a log says, a finite number comes out. */
function num(value) {
  const n = typeof value === 'number' ? value : 0;
  return Number.isFinite(n) ? Math.max(-9e15, Math.min(9e15, n)) : 0;
}

function str(value) {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function list(value) {
  return Array.isArray(value) ? value.filter((v) => v !== null && v !== undefined) : [];
}

function obj(value) {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}

function scaled(value, step, units) {
  let v = Math.abs(value), k = 0;
  while (v >= step * 0.9995 && k < units.length - 1) {
    v /= step;
    k++;
  }
  const digits = k === 0 || v >= 99.95 ? 0 : v >= 9.995 ? 1 : 2;
  return `${value < 0 ? '\u2212' : ''}${v.toFixed(digits)}${units[k] && NARROW + units[k]}`;
}

function count(n) {
  n = num(n);
  return Math.abs(n) < 100000 ? String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, NARROW) : scaled(n, 1000, ['', 'k', 'M', 'G', 'T', 'P']);
}

function whole(n) {
  return String(Math.round(num(n))).replace(/\B(?=(\d{3})+$)/g, NARROW);
}

function bytes(n) {
  return scaled(num(n), 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']);
}

function duration(us) {
  us = num(us);
  if (us < 0) return `\u2212${duration(-us)}`;
  if (us < 1000) return `${Math.round(us)}${NARROW}\u00b5s`;
  if (us < 1e6) return `${(us / 1e3).toFixed(us < 1e4 ? 2 : us < 1e5 ? 1 : 0)}${NARROW}ms`;
  if (us < 6e7) return `${(us / 1e6).toFixed(us < 1e7 ? 2 : 1)}${NARROW}s`;
  const s = Math.round(us / 1e6);
  if (s < 3600) return `${Math.floor(s / 60)}${NARROW}min ${String(s % 60).padStart(2, '0')}${NARROW}s`;
  if (s < 86400) return `${Math.floor(s / 3600)}${NARROW}h ${String(Math.floor((s % 3600) / 60)).padStart(2, '0')}${NARROW}min`;
  return `${count(Math.floor(s / 86400))}${NARROW}d ${Math.floor((s % 86400) / 3600)}${NARROW}h`;
}

function percent(part, of) {
  if (!(of > 0)) return '0%';
  const p = (100 * part) / of;
  return p > 0 && p < 0.1 ? '<0.1%' : `${p.toFixed(p < 9.95 ? 1 : 0)}%`;
}

function times(factor) {
  return `${factor < 9.95 ? factor.toFixed(1) : count(factor)}\u00d7`;
}

function when(iso) {
  const time = new Date(str(iso));
  return Number.isNaN(time.getTime()) ? str(iso) : time.toISOString().replace('T', ' ').replace(/\.\d+Z/, ' UTC');
}

function plural(n, one, many) {
  return `${count(n)} ${n === 1 ? one : many || `${one}s`}`;
}

/* Even steps for an axis: about `wanted` of them below `top`. */
function axisSteps(low, high, wanted) {
  const span = Math.max(high - low, 1e-9), rough = span / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((k) => k * power).find((k) => k >= rough) || power * 10;
  const steps = [];
  for (let v = Math.ceil(low / step) * step; v <= high && steps.length < 100; v += step) steps.push(v);
  return steps;
}
