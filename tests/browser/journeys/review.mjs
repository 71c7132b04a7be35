import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { check } from '../support/browser.mjs';
import { journey } from '../support/journey.mjs';
import { ask, code, codeLine, decide, newestMail, openDecision, openRequest, openStatus, signIn } from '../support/steps.mjs';

journey('A person reviews their data and downloads it with a fresh code', async (visitors) => {
  const { demo, person } = visitors;
  const address = demo.samples[1];
  const reference = await ask(visitors, 'review', address);
  await signIn(visitors);
  await openRequest(visitors, reference);
  await openDecision(visitors, 'acceptance');
  await decide(visitors, 'acceptance');

  await openStatus(visitors, address, /ready[^]*\/status\//i);
  await person.locator('form[action$="/code"] button').click();
  await check(person);
  const mail = await newestMail(visitors, address, codeLine);
  await person.locator('form[action$="/bundle"] input[name=code]').fill(code(mail));
  const coming = person.waitForEvent('download');
  await person.locator('form[action$="/bundle"] button').click();
  const download = await coming;
  assert.match(download.suggestedFilename(), /\.zip$/);
  const bytes = await readFile(await download.path());
  assert.equal(bytes.subarray(0, 4).toString('latin1'), 'PK\x03\x04', 'a zip');
});
