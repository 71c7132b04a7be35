// The registers: a copy outside the stores from entering to its end, and a review of who may do what, in every language.
import assert from 'node:assert/strict';
import { check, newVisitor } from '../support/browser.mjs';
import { journey } from '../support/journey.mjs';
import { signIn } from '../support/steps.mjs';

journey('Staff enter a copy outside the stores, end it, and look through who may do what', async ({ demo, staff, person }) => {
  const desks = { en: staff, de: await newVisitor(person.context().browser(), 'de-DE') };
  const day = (after) => new Date(Date.now() + after * 86_400_000).toISOString().slice(0, 10);
  for (const [lang, desk] of Object.entries(desks)) {
    await signIn({ demo, staff: desk });

    // The top bar leads to the registers, and each to the others.
    await desk.goto(demo.staff);
    await desk.locator('.bar-top nav a[href="/admin/registers"]').click();
    await check(desk);
    const registers = await desk.locator('nav.views a').evaluateAll((links) => links.map((link) => link.getAttribute('href')));
    assert.equal(registers.length, 6);
    for (const href of registers) {
      await desk.locator(`nav.views a[href="${href}"]`).click();
      await check(desk);
      assert.equal(new URL(desk.url()).pathname, href);
      assert.equal(await desk.locator('html').getAttribute('lang'), lang, href);
      assert.equal(await desk.locator('nav.views a[aria-current="page"]').getAttribute('href'), href);
    }

    // What is missing is told at its field, and nothing typed is lost.
    await desk.goto(`${demo.staff}/copies`);
    await desk.locator('#what').fill('Database dump');
    await desk.locator('#whose-one').check();
    await desk.locator('#person').fill('nobody');
    await desk.locator('#place').fill('Laptop LT-14');
    await desk.locator('#why').fill('A migration that fails');
    await desk.locator('#until_on').fill(day(7));
    await desk.locator('main form button.main').click();
    await check(desk, 422);
    assert.equal(await desk.locator('#person').getAttribute('aria-invalid'), 'true');
    assert.equal(await desk.locator('#place').inputValue(), 'Laptop LT-14');
    await desk.locator('#person').fill('ilona.varga@tandem-works.example');
    await desk.locator('main form button.main').click();
    await check(desk);
    await desk.locator('main table a').first().click();
    await check(desk);
    await desk.locator('#until_on').fill(day(14));
    await desk.locator('form[action$="/extension"] button').click();
    await check(desk);
    await desk.locator('main table a').first().click();
    await desk.locator('#attested').fill('Ruth Vexley');
    await desk.locator('form[action$="/end"] button').click();
    await check(desk);
    assert.equal(await desk.getByText('ilona.varga@tandem-works.example').count(), 0, 'whose it was is forgotten');

    await desk.goto(`${demo.staff}/access`);
    await desk.locator('main form button.main').click();
    await check(desk);
    assert.equal(await desk.locator('#reviews ~ *, section[aria-labelledby="reviews"] .tag.good').count() > 0, true);
  }
});
