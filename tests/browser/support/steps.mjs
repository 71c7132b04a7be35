// What people do, step by step. Each step looks at every page it meets.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { check } from './browser.mjs';
import { waitFor } from './demo.mjs';

const reference = /\b[0-9A-Z]{4}-[0-9A-Z]{4}\b/;

// --- the person -------------------------------------------------------------

/** From the home page to the form of `kind`, with the address filled in; nothing is sent yet. */
export async function openForm({ demo, person }, kind, address) {
  await person.goto(`${demo.portal}/`);
  await check(person);
  await person.locator(`main a[href$="/requests/new/${kind}"]`).click();
  await check(person);
  await person.locator('input[name=email]').fill(address);
}

export async function send({ person }) {
  await person.locator('main form[method=post] button.main').click();
  await check(person);
}

/** Follows the mail's link, types its code where one is asked, confirms; returns the reference. */
export async function confirm({ demo, person, mailbox }, address) {
  const mail = await newestMail({ demo, mailbox }, address, /\/confirm\//);
  await person.goto(link(mail, '/confirm/'));
  await check(person);
  const field = person.locator('input[name=code]');
  if ((await field.count()) > 0) await field.fill(code(mail));
  await person.locator('main form button.main').click();
  await check(person);
  const [found] = (await person.locator('main').innerText()).match(reference) ?? [];
  assert.ok(found, 'the page after confirming shows a reference');
  return found;
}

/** Asks for `kind`, with `fields` filled in, and confirms it; returns the reference. */
export async function ask(visitors, kind, address, fields = {}) {
  await openForm(visitors, kind, address);
  for (const [name, value] of Object.entries(fields)) await visitors.person.locator(`[name=${name}]`).fill(value);
  await send(visitors);
  return confirm(visitors, address);
}

/** Opens the status page by the link of a mail that matches `pattern`; returns the mail. */
export async function openStatus({ demo, person, mailbox }, address, pattern) {
  const mail = await newestMail({ demo, mailbox }, address, pattern);
  await person.goto(link(mail, '/status/'));
  await check(person);
  await person.locator('main form[method=post] button').first().click();
  await check(person);
  return mail;
}

/** From the page of a closed request to its certificate; returns the JSON that is downloaded there. */
export async function openCertificate({ person }, found) {
  const open = person.locator(`main a[href*="/requests/${found}/certificate"]`);
  // It is signed within a minute; until then the page says so.
  await waitFor('the certificate to be signed', 60_000, async () => {
    await person.reload();
    return (await open.count()) > 0;
  });
  await open.click();
  await check(person);
  const [file] = await Promise.all([
    person.waitForEvent('download'),
    person.locator('main a.button[href*="/certificate.json"]').click(),
  ]);
  assert.equal(file.suggestedFilename(), 'certificate.json');
  return JSON.parse(await readFile(await file.path(), 'utf8'));
}

// --- mails ------------------------------------------------------------------

/** The text of the newest mail to `address` that matches `pattern`; waits for it to be sent. */
export async function newestMail({ demo, mailbox }, address, pattern) {
  return waitFor(`a mail to ${address} like ${pattern}`, 30_000, async () => {
    await mailbox.goto(demo.outbox);
    const mails = await mailbox.locator('main article').evaluateAll((articles) => articles.map((article) => {
      const texts = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
      let text = '';
      while (texts.nextNode()) text += `${texts.currentNode.data}\n`;
      return text;
    }));
    return mails.find((text) => text.includes(address) && pattern.test(text));
  });
}

/** The first address in a mail that leads to a page below `path`. */
export function link(mail, path) {
  const [found] = mail.match(new RegExp(`https?://[^\\s"<>]*${path}[\\w.~-]+`)) ?? [];
  assert.ok(found, `the mail holds a link to ${path}`);
  return found;
}

/** The code on a line of its own. */
export function code(mail) {
  const [, first, second] = mail.match(codeLine) ?? [];
  assert.ok(first, 'the mail holds a code of six digits');
  return first + second;
}

export const codeLine = /^[ \t]*(\d{3}) ?(\d{3})[ \t]*$/m;

// --- staff ------------------------------------------------------------------

export async function signIn({ demo, staff }) {
  await staff.goto(`${demo.staff}/sign-in`);
  await check(staff);
  await staff.locator('input[name=email]').fill(demo.email);
  await staff.locator('input[name=password]').fill(demo.password);
  await staff.locator('main form button.main').click();
  await staff.waitForURL(demo.staff);
  await check(staff);
}

/** From the queue to the request's page. */
export async function openRequest({ demo, staff }, found) {
  await staff.goto(`${demo.staff}/requests`);
  await check(staff);
  await staff.locator(`main a[href$="/requests/${found}"]`).first().click();
  await check(staff);
}

/** From the request's page to the page of one decision: `acceptance`, `refusal`, `rectification`. */
export async function openDecision({ staff }, decision) {
  await staff.locator(`main a[href$="/${decision}"]`).first().click();
  await check(staff);
}

/** Presses the button of the decision's page: `.danger` for what cannot be undone, else `.main`. */
export async function decide({ staff }, decision, button = '.main') {
  await staff.locator(`form[action$="/${decision}"] button${button}`).click();
  await check(staff);
}

/** Picks the first real choice of a field, whatever kind of field it is, or writes `text`. */
export async function choose({ staff }, name, text) {
  const field = staff.locator(`main [name="${name}"]`).first();
  const tag = await field.evaluate((element) => (element.type === 'radio' ? 'radio' : element.localName));
  if (tag === 'radio') {
    await field.check({ force: true }); // the drawn label lies above the control
  } else if (tag === 'select') {
    const values = await field.locator('option').evaluateAll((options) => options.map((option) => option.value));
    await field.selectOption(values.find((value) => value !== ''));
  } else {
    await field.fill(text);
  }
}

/** Waits on the run's page until every store has said that it is done. */
export async function waitForRun({ demo, staff }, found) {
  await waitFor('the run', 60_000, async () => {
    await staff.goto(`${demo.staff}/requests/${found}/run`);
    assert.equal(await staff.locator('.store.halted').count(), 0, 'no store halts');
    const stores = await staff.locator('.store').count();
    return stores > 0 && stores === (await staff.locator('.store header .tag.good').count());
  });
  await check(staff);
}
