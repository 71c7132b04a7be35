import assert from 'node:assert/strict';
import { check } from '../support/browser.mjs';
import { journey } from '../support/journey.mjs';
import { link, newestMail, openForm, send } from '../support/steps.mjs';

journey('A typed address is unsubscribed at once, and the notice can undo it', async (visitors) => {
  const { demo, person } = visitors;
  const address = demo.samples[2];
  await openForm(visitors, 'unsubscribe', address);
  await send(visitors);
  assert.match(await person.locator('h1').innerText(), /unsubscribed/i);

  const notice = await newestMail(visitors, address, /\/u\//);
  await person.goto(link(notice, '/u/'));
  await check(person);
  await person.locator('button[name=action][value=undo]').click();
  await check(person);
});
