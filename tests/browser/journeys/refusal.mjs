import assert from 'node:assert/strict';
import { filesWith } from '../support/demo.mjs';
import { journey } from '../support/journey.mjs';
import { ask, choose, decide, openDecision, openRequest, openStatus, signIn } from '../support/steps.mjs';

journey('A refusal says why, and names the authority and the court', async (visitors) => {
  const { demo, person, staff } = visitors;
  const address = demo.samples[2];
  const reference = await ask(visitors, 'removal', address);
  await signIn(visitors);
  await openRequest(visitors, reference);
  await openDecision(visitors, 'refusal');
  await choose(visitors, 'reason', 'We could not establish who is asking.');
  const details = staff.locator('textarea[name=details]');
  if ((await details.count()) > 0) await details.fill('We could not establish who is asking.');
  await decide(visitors, 'refusal', '[type=submit]');

  const mail = await openStatus(visitors, address, /complain[^]*\/status\/|\/status\/[^]*complain/i);
  for (const text of [mail, await person.locator('main').innerText()]) {
    assert.match(text, /complain/i);
    assert.match(text, /court/i);
  }
  assert.notDeepEqual(await filesWith(demo.data, address), [], 'nothing was erased');
});
