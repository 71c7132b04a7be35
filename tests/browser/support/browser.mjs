// Chromium, and what every page must fulfil.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const { source: axe } = createRequire(import.meta.url)('axe-core');

const desk = { width: 1280, height: 900 };
const phone = { width: 360, height: 740 };
const complaints = new WeakMap();

export function launch() {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** A page of a visitor who shares no cookies with any other. */
export async function newVisitor(browser) {
  const context = await browser.newContext({ locale: 'en-GB', viewport: desk });
  const page = await context.newPage();
  const said = [];
  page.on('console', (message) => message.type() === 'error' && said.push(message.text()));
  page.on('pageerror', (error) => said.push(error.message));
  complaints.set(page, said);
  return page;
}

/** One h1, a title, a language, no axe violation by day and by night, fits a phone, silent console. */
export async function check(page) {
  await page.waitForLoadState();
  const at = new URL(page.url()).pathname;
  assert.equal(await page.locator('h1').count(), 1, `${at}: one h1`);
  assert.notEqual((await page.title()).trim(), '', `${at}: a title`);
  assert.match((await page.locator('html').getAttribute('lang')) ?? '', /^[a-z]{2}/, `${at}: a language`);

  for (const colorScheme of ['dark', 'light']) {
    await page.emulateMedia({ colorScheme });
    assert.deepEqual(await violations(page), [], `${at}: axe, ${colorScheme}`);
  }

  await page.setViewportSize(phone);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  await page.setViewportSize(desk);
  assert.ok(wider <= 0, `${at}: ${wider} px too wide for a phone`);

  assert.deepEqual(complaints.get(page).splice(0), [], `${at}: console errors`);
}

/** Writes `NAME.png`, `NAME-dark.png` and `NAME-360.png` of the whole page. */
export async function shoot(page, name) {
  await page.screenshot({ path: `${name}.png`, fullPage: true });
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.screenshot({ path: `${name}-dark.png`, fullPage: true });
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(phone);
  await page.screenshot({ path: `${name}-360.png`, fullPage: true });
  await page.setViewportSize(desk);
}

async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run());
  return found.violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.target).join(', ')}`);
}
