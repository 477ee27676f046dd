/* look.js -- a picture of a page, or how long it takes until it is drawn.
 *
 * usage: node look.js CHROMIUM PAGE [FILE.png [dark [SECTION]]]
 */
'use strict';

const { chromium } = require('playwright-core');

async function main() {
  const [executable, file, picture, scheme, section] = process.argv.slice(2);
  const browser = await chromium.launch({ executablePath: executable, args: ['--no-sandbox', '--disable-gpu'] });
  const page = await browser.newPage({ viewport: { width: 1280, height: 1000 }, colorScheme: scheme || 'light' });
  const before = Date.now();
  await page.goto(`file://${file}`);
  await page.waitForSelector('main section');
  await page.evaluate(() => new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); }));
  if (section) {
    await page.evaluate((id) => { document.documentElement.style.scrollBehavior = 'auto'; document.getElementById(id).scrollIntoView(); }, section);
    await page.waitForTimeout(300);
  }
  if (picture) await page.screenshot({ path: picture });
  else console.log(`${Date.now() - before} ms`);
  await browser.close();
}

main();
