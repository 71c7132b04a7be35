import assert from 'node:assert/strict';
import { journey } from '../support/journey.mjs';
import { ask, decide, openDecision, openRequest, openStatus, signIn } from '../support/steps.mjs';

journey('A person has their name corrected', async (visitors) => {
  const { demo, person, staff } = visitors;
  const address = demo.samples[1];
  const name = 'Wilhelmina Corrected-Lund';
  const reference = await ask(visitors, 'rectification', address, { name });

  await signIn(visitors);
  await openRequest(visitors, reference);
  await openDecision(visitors, 'rectification');
  assert.ok((await staff.locator('main').innerText()).includes(name), 'staff see the new name');
  await decide(visitors, 'rectification');

  await openStatus(visitors, address, /corrected[^]*\/status\//i);
  assert.match(await person.locator('h1').innerText(), /corrected/i);
});
