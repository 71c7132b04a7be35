// Chromium, and what every page must fulfil.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { env } from 'node:process';
import { chromium } from 'playwright-core';

const { source: axe } = createRequire(import.meta.url)('axe-core');

const desk = { width: 1280, height: 900 };
const phone = { width: 360, height: 740 };
const complaints = new WeakMap();
let shots = 0; // taken of every checked page into the folder $SHOTS, where that is set

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

/** A page of a visitor who shares no cookies with any other, and prefers the language of `locale`. */
export async function newVisitor(browser, locale = 'en-GB') {
  const context = await browser.newContext({ locale, viewport: desk });
  const page = await context.newPage();
  const said = [];
  page.on('console', (message) => message.type() === 'error' && said.push(message.text()));
  page.on('pageerror', (error) => said.push(error.message));
  complaints.set(page, said);
  return page;
}

/**
 * One h1, a title, a language, no axe violation by day and by night, fits a phone, silent console.
 * Chromium says aloud that a page has another `status` than 200; that alone is forgiven.
 */
export async function check(page, status = 200) {
  await page.waitForLoadState();
  const at = new URL(page.url()).pathname;
  assert.equal(await page.locator('h1').count(), 1, `${at}: one h1`);
  assert.notEqual((await page.title()).trim(), '', `${at}: a title`);
  assert.match((await page.locator('html').getAttribute('lang')) ?? '', /^[a-z]{2}/, `${at}: a language`);

  await page.evaluate(axe);
  // Only colours depend on the scheme.
  await page.emulateMedia({ colorScheme: 'dark' });
  assert.deepEqual(await violations(page, ['color-contrast', 'link-in-text-block']), [], `${at}: axe, dark`);
  await page.emulateMedia({ colorScheme: 'light' });
  assert.deepEqual(await violations(page), [], `${at}: axe, light`);

  await page.setViewportSize(phone);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  await page.setViewportSize(desk);
  assert.ok(wider <= 0, `${at}: ${wider} px too wide for a phone`);

  const expected = `Failed to load resource: the server responded with a status of ${status} `;
  const said = complaints.get(page).splice(0).filter((text) => status === 200 || !text.startsWith(expected));
  assert.deepEqual(said, [], `${at}: console errors`);

  if (env.SHOTS) await shoot(page, join(env.SHOTS, `${String((shots += 1)).padStart(3, '0')}${at.replace(/\W+/g, '-')}`));
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

async function violations(page, runOnly) {
  const found = await page.evaluate((options) => window.axe.run(options), { runOnly, resultTypes: ['violations'] });
  return found.violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.target).join(', ')}`);
}
