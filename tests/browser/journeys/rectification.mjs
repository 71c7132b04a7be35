import assert from 'node:assert/strict';
import { journey } from '../support/journey.mjs';
import { confirm, decide, openDecision, openForm, openRequest, openStatus, send, signIn } from '../support/steps.mjs';

journey('A person has their name corrected', async (visitors) => {
  const { demo, person, staff } = visitors;
  const address = demo.samples[1];
  const name = 'Wilhelmina Corrected-Lund';
  await openForm(visitors, 'rectification', address);
  await person.locator('input[name=name]').fill(name);
  await send(visitors);
  const reference = await confirm(visitors, address);

  await signIn(visitors);
  await openRequest(visitors, reference);
  await openDecision(visitors, 'rectification');
  assert.ok((await staff.locator('main').innerText()).includes(name), 'staff see the new name');
  await decide(visitors, 'rectification');

  await openStatus(visitors, address, /corrected[^]*\/status\//i);
  assert.match(await person.locator('h1').innerText(), /corrected/i);
});
