/* page.test.js -- the pages of `brasa report` and `brasa history` in a headless Chromium.
 *
 * usage: node page.test.js CHROMIUM DIRECTORY, which holds job.html, other.html (a job of many tasks), hostile.html, cut.html, failed.html and logs/index.html,
 * as browser.py makes them.  Prints one line a check; the exit status is 1 after one that failed.
 */
'use strict';

const path = require('node:path');
const { chromium } = require('playwright-core');

const [executable, directory] = process.argv.slice(2);
const SECONDS = 150; // a machine that does other work may be ten times slower
const said = [];
let browser;

function expect(condition, what, got) {
  if (!condition) throw new Error(`${what}${got === undefined ? '' : `: ${JSON.stringify(got)}`}`);
}

/* A page of its own for each check; whatever it prints or asks from outside fails the check. */
async function open(name, options) {
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 }, ...options });
  context.setDefaultTimeout(SECONDS * 1000);
  const page = await context.newPage();
  page.on('console', (m) => said.push(`${name}: ${m.type()}: ${m.text()}`));
  page.on('pageerror', (e) => said.push(`${name}: ${e.message}`));
  page.on('dialog', (d) => { said.push(`${name}: a dialog`); d.dismiss(); });
  page.on('request', (r) => { if (!/^(file|data):/.test(r.url())) said.push(`${name}: asks for ${r.url()}`); });
  await page.goto(`file://${path.join(directory, name)}`);
  await page.waitForSelector('main section');
  return page;
}

const texts = (page, selector) => page.locator(selector).allTextContents();
const column = (page, section, n) => texts(page, `#${section} > .table tbody td:nth-child(${n})`);

/* The picture of a canvas, to see that it changed. */
const drawn = (page, selector) => page.locator(selector).evaluate((c) => c.toDataURL());

const range = (page) => page.locator('canvas.timeline').evaluate((c) => [Number(c.dataset.from), Number(c.dataset.to)]);

const settled = (page) => page.evaluate(() => new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); }));

const checks = {
  async 'every section is drawn'() {
    const page = await open('job.html');
    const ids = await page.locator('main section').evaluateAll((all) => all.map((s) => s.id));
    for (const id of ['summary', 'advice', 'jobs', 'stages', 'graph', 'timeline', 'stage', 'skew', 'shuffles', 'memory', 'plan', 'decisions', 'configuration', 'environment']) expect(ids.includes(id), `section ${id} is there`, ids);
    expect(await page.title() === 'tpch - Brasa', 'the title names the job', await page.title());
    expect((await texts(page, '.tile dd')).length === 8, 'eight figures');
    expect((await column(page, 'stages', 1)).length === 5, 'five stages');
    expect(await page.locator('.graph .box').count() === 5 && await page.locator('.graph .edge').count() === 4, 'the graph has five stages and four edges');
    expect((await texts(page, '.edge text')).some((t) => /rows.*B$/.test(t)), 'edges tell rows and bytes');
    expect(await page.locator('table.heat tbody tr').count() === 4, 'the heat map has a row a worker');
    expect(await page.locator('#memory .line').count() === 4, 'memory has a line a rank');
    expect((await texts(page, '#plan .alarm')).length > 0, 'estimates that are far off stand out');
    const findings = (await texts(page, '.finding h3')).join();
    for (const title of ['Skewed stage', 'Spilling', 'Estimate far off']) expect(findings.includes(title), `advice tells: ${title}`, findings);
  },

  async 'tables sort by a click and by keys'() {
    const page = await open('job.html'), names = async () => column(page, 'stages', 2);
    const before = await names();
    await page.click('#stages th:has-text("What") button');
    const up = await names();
    expect(JSON.stringify(up) === JSON.stringify([...before].sort()), 'a click sorts upwards', up);
    expect(await page.getAttribute('#stages th:has-text("What")', 'aria-sort') === 'ascending', 'and says so');
    await page.keyboard.press('Enter');
    expect(JSON.stringify(await names()) === JSON.stringify([...up].reverse()), 'Enter turns the order');
    await page.click('#stages th:has-text("Rows out") button');
    expect((await column(page, 'stages', 1)).map(Number)[0] === 3, 'numbers sort as numbers, the largest first', await column(page, 'stages', 1));
  },

  async 'tables filter'() {
    const page = await open('job.html');
    await page.fill('#stages input', 'AGGREGATE');
    expect((await column(page, 'stages', 2)).every((t) => t.includes('aggregate')) && (await column(page, 'stages', 2)).length === 2, 'two stages aggregate');
    expect((await texts(page, '#stages .shown'))[0] === '2 of 5', 'and the count says so', await texts(page, '#stages .shown'));
    await page.fill('#configuration input', 'environment');
    expect((await column(page, 'configuration', 1)).join() === 'memory', 'settings are found by where they come from');
    await page.fill('#configuration input', '');
    expect((await column(page, 'configuration', 3)).slice(0, 3).every((t) => t !== 'default'), 'changed settings come first');
  },

  async 'a stage opens from lists, graph and advice'() {
    const page = await open('job.html'), chosen = () => page.locator('#stage select').inputValue();
    await page.click('#stages tbody tr:has-text("nation")');
    expect(await chosen() === '1:1', 'a row opens its stage', await chosen());
    await page.locator('.graph .box').nth(2).focus();
    await page.keyboard.press('Enter');
    const label = await page.locator('.graph .box .name').nth(2).textContent();
    expect(`Stage ${(await chosen()).split(':')[1]}` === label, 'a box of the graph opens by Enter', [await chosen(), label]);
    await page.click('.finding:has-text("Skewed") button.link');
    expect(await chosen() === '1:4', 'a finding leads to its stage', await chosen());
    await page.selectOption('#stage select', '1:2');
    expect((await texts(page, '#stage .operator')).join().includes('scan'), 'the operators of the chosen stage');
  },

  async 'the timeline zooms and moves'() {
    const page = await open('job.html'), all = await range(page), canvas = page.locator('canvas.timeline');
    await canvas.scrollIntoViewIfNeeded();
    const picture = await drawn(page, 'canvas.timeline');
    await page.click('#timeline button[aria-label="Zoom in"]');
    await settled(page);
    const near = await range(page);
    expect(near[1] - near[0] < (all[1] - all[0]) * 0.7, 'a button zooms', near);
    expect(await drawn(page, 'canvas.timeline') !== picture, 'and the picture changes');
    await canvas.focus();
    await page.keyboard.press('ArrowRight');
    await settled(page);
    const right = await range(page);
    expect(right[0] > near[0] && Math.abs(right[1] - right[0] - near[1] + near[0]) < 2, 'an arrow moves', right);
    await page.keyboard.press('+');
    await settled(page);
    expect((await range(page))[1] - (await range(page))[0] < right[1] - right[0], 'plus zooms');
    const box = await canvas.boundingBox(), before = await range(page);
    await page.mouse.move(box.x + 500, box.y + 80);
    await page.mouse.down();
    await page.mouse.move(box.x + 300, box.y + 80, { steps: 4 });
    await page.mouse.up();
    await settled(page);
    expect((await range(page))[0] > before[0], 'dragging moves', await range(page));
    await page.mouse.wheel(0, -200);
    await settled(page);
    expect((await range(page))[1] - (await range(page))[0] < before[1] - before[0], 'the wheel zooms where the timeline has the focus');
    await page.keyboard.press('0');
    await settled(page);
    expect(JSON.stringify(await range(page)) === JSON.stringify(all), '0 shows all');
    await page.keyboard.press('n');
    await page.keyboard.press('n');
    expect((await texts(page, '.said'))[0].startsWith('Stage '), 'keys go from task to task and tell of them', await texts(page, '.said'));
    const waits = await drawn(page, 'canvas.timeline');
    await page.keyboard.press('0');
    const told = new Set(); // along the lanes lie tasks, and what operators do after them
    for (let x = 110; x < box.width - 10; x += 9) {
      await page.mouse.move(box.x + x, box.y + 70);
      for (const t of await texts(page, '.tip:not([hidden]) strong')) told.add(t.replace(/[0-9]+/g, 'N'));
    }
    expect([...told].some((t) => /^Stage N, task N$/.test(t)) && [...told].some((t) => /gives its rows$/.test(t)), 'the pointer tells of both', [...told]);
    await page.mouse.move(box.x + 5, box.y + 5);
    await page.selectOption('#timeline select', 'wait');
    await settled(page);
    expect(await drawn(page, 'canvas.timeline') !== waits, 'colours by waiting');
  },

  async 'light and dark'() {
    const dark = await open('job.html', { colorScheme: 'dark' }), paper = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await open('job.html', { colorScheme: 'light' }), night = await paper(dark), day = await paper(light);
    expect(night !== day && /rgb\((\d|[1-4]\d),/.test(night), 'the page follows the system', [night, day]);
    const picture = await drawn(light, 'canvas.timeline');
    await light.click('.theme');
    await light.click('.theme');
    expect(await paper(light) === night, 'the switch goes to dark', await paper(light));
    await settled(light);
    expect(await drawn(light, 'canvas.timeline') !== picture, 'and drawings follow');
    for (const page of [dark, await open('job.html')]) {
      const poor = await page.evaluate(contrastBelow, 4.5);
      expect(poor.length === 0, 'text stands out from what is behind it', poor);
    }
  },

  async 'everything is reached by keys and has a name'() {
    const page = await open('job.html');
    const nameless = await page.locator('button, select, input, a, canvas[role], svg[role], [role=region]').evaluateAll((all) => all.filter((e) => e.getClientRects().length > 0 &&
      !(e.getAttribute('aria-label') || e.textContent.trim() || (e.labels && e.labels.length > 0))).map((e) => e.outerHTML.slice(0, 120)));
    expect(nameless.length === 0, 'controls have names', nameless);
    expect(await page.locator('th:not([scope])').count() === 0 && await page.locator('table:not(:has(caption))').count() === 0, 'tables have captions, heads have scopes');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement.className) === 'skip', 'the first stop skips to the content');
    const levels = await page.locator('h1, h2, h3, h4').evaluateAll((all) => all.map((e) => Number(e.tagName[1])));
    expect(levels.every((l, i) => i === 0 || l <= levels[i - 1] + 2) && levels[0] === 1, 'headings go down in order', levels);
  },

  async 'a narrow window scrolls down only'() {
    const page = await open('job.html', { viewport: { width: 420, height: 800 } });
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing sticks out', await page.evaluate(() => document.documentElement.scrollWidth));
  },

  async 'paper shows tables whole and in light colours'() {
    const page = await open('other.html', { colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    await settled(page);
    expect(await page.evaluate(() => document.documentElement.dataset.theme) === 'light', 'paper is light');
    expect(!(await page.isVisible('nav')) && !(await page.isVisible('.theme')), 'what only a screen needs is gone');
    expect(await page.locator('#stage > div > .table tbody tr').count() === 60, 'long tables are cut at a page or two', await page.locator('#stage > div > .table tbody tr').count());
    expect(/60 of them here/.test((await texts(page, '#stage .shown')).join()), 'and say so', await texts(page, '#stage .shown'));
    const pdf = await page.pdf({ preferCSSPageSize: true });
    expect(pdf.length > 20000 && pdf.subarray(0, 5).toString() === '%PDF-', 'it prints', pdf.length);
    await page.emulateMedia({ media: 'screen', colorScheme: 'dark' });
    await settled(page);
    expect(await page.evaluate(() => document.documentElement.dataset.theme) === 'dark', 'and is as before afterwards');
  },

  async 'long tables hold only the rows in view'() {
    const page = await open('other.html'), rows = page.locator('#stage > div > .table tbody tr[aria-rowindex]'), frame = page.locator('#stage > div > .table .table-frame');
    expect(await rows.count() < 80, 'few rows are elements', await rows.count());
    const last = Number(await page.locator('#stage > div > .table table').getAttribute('aria-rowcount'));
    expect(last > 1000, 'of many', last);
    await frame.evaluate((f) => { f.scrollTop = f.scrollHeight; });
    await settled(page);
    expect(Number(await rows.last().getAttribute('aria-rowindex')) === last, 'the last is reached by scrolling', await rows.last().getAttribute('aria-rowindex'));
    await page.fill('#stage > div > .table input', 'no such task');
    expect(await rows.count() === 0, 'a filter that nothing passes');
  },

  async 'hostile names stay text'() {
    const page = await open('hostile.html');
    expect(await page.evaluate(() => window.owned === undefined), 'nothing of a log runs');
    expect((await page.locator('main img, main script, main iframe, main a[href^="javascript:"]').count()) === 0, 'nothing of a log is markup');
    expect((await texts(page, '#errors p')).join().includes('</script><script>'), 'it is shown as it is');
    expect((await page.evaluate(() => document.documentElement.scrollWidth)) < 3000, 'and does not blow up the page');
  },

  async 'a job that was cut or failed tells so'() {
    const cut = await open('cut.html');
    expect((await texts(cut, '.note')).join().includes('cut in its last line') && (await texts(cut, '.top .badge'))[0] === 'killed', 'a cut log', await texts(cut, '.note'));
    const failed = await open('failed.html');
    expect((await texts(failed, '#errors li')).join().includes('rank 2'), 'an error with its place', await texts(failed, '#errors li'));
  },

  async 'the index leads to the reports'() {
    const page = await open('logs/index.html');
    await page.fill('#logs input', 'second');
    const links = page.locator('#logs tbody a');
    expect(await links.count() === 1, 'jobs are found by name');
    await links.first().click();
    await page.waitForSelector('#summary');
    expect((await texts(page, 'h1'))[0] === 'second <b>', 'a name opens its report', await texts(page, 'h1'));
  },
};

/* Runs in the page: texts whose contrast is below a ratio, over backgrounds that are one colour. */
function contrastBelow(least) {
  const parse = (c) => (c.match(/[\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)).reduce((s, v, i) => s + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (e) => {
    for (let at = e; at; at = at.parentElement) {
      const text = getComputedStyle(at).backgroundColor, c = parse(text);
      if (text.startsWith('color(')) return null;
      if (c.length === 3 || c[3] === 1) return c;
      if (c[3] > 0) return null;
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const e of document.querySelectorAll('body *:not(script):not(style):not(noscript)')) {
    if (e instanceof SVGElement || e.getClientRects().length === 0 || ![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())) continue;
    const back = behind(e);
    if (!back) continue;
    const [a, b] = [light(parse(getComputedStyle(e).color)), light(back)], ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < least) poor.push(`${e.className} ${e.textContent.slice(0, 30)} ${ratio.toFixed(2)}`);
  }
  return [...new Set(poor)].slice(0, 8);
}

async function main() {
  let failed = 0;
  browser = await chromium.launch({ executablePath: executable, args: ['--no-sandbox', '--disable-gpu'], timeout: SECONDS * 1000 });
  for (const [name, check] of Object.entries(checks)) {
    said.length = 0;
    try {
      await check();
      expect(said.length === 0, 'the browser has nothing to say', said);
      console.log(`ok - ${name}`);
    } catch (error) {
      failed++;
      console.log(`not ok - ${name}: ${error.message}`);
    }
    for (const context of browser.contexts()) await context.close();
  }
  await browser.close();
  process.exitCode = failed > 0 ? 1 : 0;
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
