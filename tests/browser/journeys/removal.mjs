import assert from 'node:assert/strict';
import { filesWith, waitFor } from '../support/demo.mjs';
import { journey } from '../support/journey.mjs';
import { ask, decide, openCertificate, openDecision, openRequest, openStatus, signIn, waitForRun } from '../support/steps.mjs';

journey('A person has everything removed, and no file holds the address any more', async (visitors) => {
  const { demo, person } = visitors;
  const [address] = demo.samples;
  assert.notDeepEqual(await filesWith(demo.data, address), [], 'the address is there before');

  const reference = await ask(visitors, 'removal', address);
  await signIn(visitors);
  await openRequest(visitors, reference);
  await openDecision(visitors, 'acceptance');
  await decide(visitors, 'acceptance', '.danger');
  await waitForRun(visitors, reference);

  await openStatus(visitors, address, /removed[^]*\/status\//i);
  assert.match(await person.locator('h1').innerText(), /removed/i);
  const certificate = await openCertificate(visitors, reference);
  assert.equal(certificate.reference, reference);
  assert.ok(certificate.stores.some(({ found, erased }) => found > 0 && erased === found));
  assert.ok(!JSON.stringify(certificate).includes(address));

  await waitFor(`${address} to be in no file`, 30_000, async () => (await filesWith(demo.data, address)).length === 0);
});
