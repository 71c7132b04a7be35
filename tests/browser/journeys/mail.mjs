// The mail that waits for staff, and objections: every page, in every language.
import assert from 'node:assert/strict';
import { check, newVisitor } from '../support/browser.mjs';
import { waitFor } from '../support/demo.mjs';
import { journey } from '../support/journey.mjs';
import { openForm, send, signIn } from '../support/steps.mjs';

journey('Staff settle mail and look up objections, in every language', async (visitors) => {
  const { demo, person } = visitors;
  const desks = { en: visitors.staff, de: await newVisitor(person.context().browser(), 'de-DE') };
  const someone = demo.samples[2];
  await openForm(visitors, 'unsubscribe', someone);
  await send(visitors);

  for (const [lang, staff] of Object.entries(desks)) {
    await signIn({ demo, staff });
    const look = async (path, status = 200) => {
      const answer = await staff.goto(new URL(path, demo.staff).href);
      await check(staff, status);
      assert.equal(answer.status(), status, path);
      assert.equal(await staff.locator('html').getAttribute('lang'), lang, path);
    };
    const press = async (selector, status) => {
      const arrived = staff.waitForResponse((one) => one.request().isNavigationRequest() && one.status() !== 303);
      await staff.locator(selector).first().click();
      assert.equal((await arrived).status(), status, selector);
      await check(staff, status);
    };
    const all = (selector, name = 'href') =>
      staff.locator(selector).evaluateAll((found, name) => found.map((one) => one.getAttribute(name)), name);

    await waitFor('the mails to be judged', 30_000, async () => {
      await staff.goto(`${demo.staff}/mail`);
      return (await staff.locator('main tbody th a').count()) === 2;
    });
    await look('/admin/mail');
    const mails = await all('main tbody th a');
    for (const view of await all('.views a')) await look(view);
    for (const mail of mails) {
      await look(mail);
      await press(`form[action="${mail}"] button.main`, 422);
    }
    // A tick is no click on the line.
    await look('/admin/mail');
    await staff.locator('main input[name=mail]').first().check();
    await press('#dismissals button', 422);
    assert.equal(await staff.locator('main input[name=mail]:checked').count(), 1, 'the tick stays');

    await look('/admin/objections');
    await look(`/admin/objections?q=${encodeURIComponent(someone)}&reason=`, 422);
    await look('/admin/objections?q=nobody@nowhere.example&reason=A%20call');
    const found = `/admin/objections?q=${encodeURIComponent(someone)}&reason=A%20call`;
    await look(found);
    const forms = await all('main form[method=post]', 'action');
    assert.deepEqual(forms, ['/admin/objections', '/admin/objections/lifting']);
    // Without a reason none is entered and none is lifted.
    for (const form of forms) {
      await look(found);
      await staff.locator(`form[action="${form}"][method=post] input[name=reason]`).fill('');
      await press(`form[action="${form}"][method=post] button`, 422);
    }
  }

  const { en: staff } = desks;
  await staff.goto(`${demo.staff}/mail`);
  for (const box of await staff.locator('main input[name=mail]').all()) await box.check();
  await staff.locator('#why').selectOption('support');
  await staff.locator('#dismissals button').click();
  await check(staff);
  assert.equal(await staff.locator('main tbody th a').count(), 0, 'nothing waits any more');
});
