// What is kept and for how long: every page about it, in every language, and the effect of other rules.
import assert from 'node:assert/strict';
import { check, newVisitor } from '../support/browser.mjs';
import { journey } from '../support/journey.mjs';
import { signIn } from '../support/steps.mjs';

const pages = ['retention', 'retention/change', 'holds', 'installations', 'statement', 'registers', 'copies', 'access'];

journey('Staff see what falls due, and what other rules would do, in every language', async ({ demo, staff, person }) => {
  const desks = { en: staff, de: await newVisitor(person.context().browser(), 'de-DE') };
  for (const [lang, desk] of Object.entries(desks)) {
    await signIn({ demo, staff: desk });
    for (const path of pages) {
      const answer = await desk.goto(`${demo.staff}/${path}`);
      await check(desk);
      assert.equal(answer.status(), 200, path);
      assert.equal(await desk.locator('html').getAttribute('lang'), lang, path);
    }

    // Rules that can be kept show their effect; others are refused with the sentence, and nothing typed is lost.
    await desk.goto(`${demo.staff}/retention/change`);
    const rules = await desk.locator('#policy').inputValue();
    await desk.locator('#policy').fill(rules.replace('period = "6 months"', 'period = "1 month"'));
    await desk.locator('main form button.main').click();
    await check(desk);
    assert.equal(await desk.locator('#effect').count(), 1);
    const wrong = rules.replace('anchor = "evaluation-start"\n', '');
    await desk.locator('#policy').fill(wrong);
    await desk.locator('main form button.main').click();
    await check(desk, 422);
    assert.match(await desk.locator('#problems + ul').innerText(), /anchor/);
    assert.equal(await desk.locator('#policy').inputValue(), wrong);
  }
});
