// The page of a run changes by itself, under the eyes and hands of whoever has it open.
import assert from 'node:assert/strict';
import { check, newVisitor } from '../support/browser.mjs';
import { waitFor } from '../support/demo.mjs';
import { journey } from '../support/journey.mjs';
import { ask, decide, openDecision, openRequest, signIn } from '../support/steps.mjs';

journey('Staff watch a run without looking again, and nothing is lost of where they are', async (visitors) => {
  const { demo, person, staff } = visitors;
  const browser = person.context().browser();
  const [address] = demo.samples;
  await signIn(visitors);
  await enterCopy(visitors, address);
  const reference = await ask(visitors, 'removal', address);
  const run = `${demo.staff}/requests/${reference}/run`;

  // One with JavaScript, one in German on a phone, one without JavaScript, one who signs out meanwhile.
  const watching = await newVisitor(browser);
  const german = await newVisitor(browser, 'de-DE');
  const leaving = await newVisitor(browser);
  // No card of a demo has details; here each page that comes has some, with other words inside.
  let pages = 0;
  await watching.route(run, async (route) => {
    const response = await route.fetch();
    pages += 1;
    const more = `<details id="more"><summary>More</summary><p>Page ${pages}</p></details>`;
    await route.fulfill({ response, body: (await response.text()).replace('<p class="key">', `${more}<p class="key">`) });
  });
  for (const desk of [watching, german, leaving]) {
    await signIn({ demo, staff: desk });
    await desk.goto(run);
    await desk.locator('#live').waitFor({ state: 'visible' });
    await check(desk);
  }
  const plain = await (await browser.newContext({ javaScriptEnabled: false, storageState: await watching.context().storageState() })).newPage();
  await plain.goto(run);
  assert.equal(await plain.locator('#live').isVisible(), false);
  const asItWas = await plain.locator('main').innerText();

  // Whoever signs out elsewhere hears no more, and keeps what is on the screen.
  const elsewhere = await leaving.context().newPage();
  await elsewhere.goto(demo.staff);
  await elsewhere.locator('form[action$="/sign-out"] button').click();
  await elsewhere.waitForLoadState();
  await leaving.locator('#live').waitFor({ state: 'hidden' });
  assert.equal(await leaving.locator('h1').count(), 1);

  // Where the reader is: on the link of the copy, with details open, scrolled.
  await watching.locator('#more summary').click();
  await german.setViewportSize({ width: 360, height: 740 });
  for (const desk of [watching, german]) {
    await desk.evaluate(() => {
      const state = { said: [], link: document.querySelector('[data-live="copies"] a') };
      window.state = state;
      state.link.focus();
      const line = document.getElementById('said');
      new MutationObserver(() => state.said.push({ at: performance.now(), text: line.textContent })).observe(line, { childList: true });
      window.scrollTo(0, 120);
    });
  }
  const scrolled = await german.evaluate(() => window.scrollY);

  await openRequest(visitors, reference);
  await openDecision(visitors, 'acceptance');
  await decide(visitors, 'acceptance', '.danger');
  for (const desk of [watching, german]) {
    await desk.waitForFunction(() => {
      const stores = document.querySelectorAll('.store');
      return stores.length > 0 && stores.length === document.querySelectorAll('.store header .tag.good').length;
    }, undefined, { timeout: 60_000 });
    assert.equal(await desk.evaluate(() => document.activeElement === window.state.link), true, 'the very link has the focus');
    assert.equal(await desk.locator('.cells .todo, .key + .todo').count(), 0, 'nothing is left to go');
    assert.equal(await desk.locator('#live').isVisible(), true, 'the run waits for the copy');
  }
  assert.equal(await german.evaluate(() => window.scrollY), scrolled);
  assert.equal(await watching.locator('#more').getAttribute('open'), '', 'open details stay open');
  assert.ok(pages > 1);
  assert.match(await watching.locator('#more').innerText(), /Page ([2-9]|\d\d)/, 'and have the new words');
  await check(watching);
  await german.setViewportSize({ width: 1280, height: 900 });
  await check(german);
  const said = await waitFor('something to be announced', 10_000, () => watching.evaluate(() => window.state.said.length && window.state.said));
  assert.match(said.map(({ text }) => text).join('\n'), /: /);
  for (let n = 1; n < said.length; n += 1) assert.ok(said[n].at - said[n - 1].at > 4_500, 'not one word after the other');

  // Nobody looks, nothing is asked; who looks again has the newest.
  await hide(watching, true);
  await watching.locator('#live').waitFor({ state: 'hidden' });
  await hide(watching, false);
  await watching.locator('#live').waitFor({ state: 'visible' });

  // Without JavaScript the page is as it was, until somebody looks again.
  assert.equal(await plain.locator('main').innerText(), asItWas);
  await plain.locator('.page-head .actions a').click();
  assert.notEqual(await plain.locator('main').innerText(), asItWas);

  // The copy is destroyed, and the run ends before their eyes.
  await staff.goto(`${demo.staff}/copies`);
  await staff.locator('main table a').first().click();
  await staff.locator('#attested').fill('Ruth Vexley');
  await staff.locator('form[action$="/end"] button').click();
  await check(staff);
  for (const [desk, title] of [[watching, /records? erased/], [german, /gelöscht/]]) {
    await desk.waitForFunction((title) => new RegExp(title).test(document.querySelector('h1').textContent), title.source, { timeout: 60_000 });
    assert.match(await desk.title(), title);
    await desk.locator('#live').waitFor({ state: 'hidden' });
    assert.equal(await desk.locator('[data-live="copies"] a').count(), 0);
    assert.equal(await desk.evaluate(() => document.activeElement !== document.body), true, 'the focus is not lost with the link');
    await check(desk);
    await waitFor('the end to be announced', 10_000, () => desk.evaluate(() => window.state.said.length > 1));
    await desk.unrouteAll();
    await desk.reload();
    assert.equal(await desk.locator('script').count(), 0, 'what changes no more needs no script');
    await check(desk);
  }
}, 240_000);

/** As when a tab goes out of sight and comes back; a browser without windows shows all of them. */
async function hide(page, hidden) {
  await page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
}

async function enterCopy({ demo, staff }, address) {
  await staff.goto(`${demo.staff}/copies`);
  await staff.locator('#what').fill('Database dump');
  await staff.locator('#whose-one').check();
  await staff.locator('#person').fill(address);
  await staff.locator('#place').fill('Laptop LT-14');
  await staff.locator('#why').fill('A migration that fails');
  await staff.locator('#until_on').fill(new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10));
  await staff.locator('main form button.main').click();
  await check(staff);
}
