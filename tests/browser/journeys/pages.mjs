// Every page there is, in every language, each with what `check` asks of it; mail and objections have
// a journey of their own.
import assert from 'node:assert/strict';
import { check, newVisitor } from '../support/browser.mjs';
import { journey } from '../support/journey.mjs';
import { ask, choose, code, codeLine, link, newestMail, openCertificate, openStatus, signIn, waitForRun } from '../support/steps.mjs';

const languages = ['en', 'de'];
const kinds = ['review', 'rectification', 'removal', 'unsubscribe'];

journey('Every page holds, in every language', async (visitors) => {
  const { demo, person } = visitors;
  const desks = { en: visitors.staff, de: await newVisitor(person.context().browser(), 'de-DE') };
  const [first, second, third] = demo.samples;
  const waiting = (reference) => `${demo.portal}/requests/${reference}`;
  const request = (reference) => `${demo.staff}/requests/${reference}`;

  // Whoever looks before anything is asked.
  for (const lang of languages) {
    const at = (path) => there(`${demo.portal}${path}`, lang);
    for (const path of ['/', '/privacy', '/proof', '/status', '/dev/outbox']) await look(person, at(path), lang);
    await look(person, at('/no/such/page'), lang, 404);
    await look(person, at('/status/no-such-token'), lang, 404);
    await look(person, at('/u/no-such-token'), lang, 404);
    await look(person, at('/requests/0000-0000'), lang);
    for (const kind of kinds) {
      await look(person, at(`/requests/new/${kind}`), lang);
      await person.locator('input[name=email]').fill('nobody@nowhere');
      await press(person, 'main form button.main', lang, 422);
    }
    await look(person, at('/status'), lang);
    await press(person, 'main form button.main', lang, 422);
    await person.locator('input[name=email]').fill('nobody@nowhere.example');
    await press(person, 'main form button.main', lang);
    await look(person, at('/requests/new/unsubscribe'), lang);
    await person.locator('input[name=email]').fill(third);
    await press(person, 'main form button.main', lang);
  }

  // The link of an unsubscribe mail: ended, undone, open again, pressed.
  const notice = link(await newestMail(visitors, third, /\/u\//), '/u/');
  for (const lang of languages) {
    await look(person, there(notice, lang), lang);
    await press(person, 'button[value=undo]', lang);
    await look(person, there(notice, lang), lang);
    await press(person, 'main form button.main', lang);
  }

  // A request, from the form to the page that ends it.
  let removal;
  for (const lang of languages) {
    await look(person, there(`${demo.portal}/requests/new/removal`, lang), lang);
    await person.locator('input[name=email]').fill(first);
    await person.locator('textarea[name=details]').fill('Delete my account and the e-mail archive, if there is one.');
    await press(person, 'main form button.main', lang);
  }
  const mail = await newestMail(visitors, first, /\/confirm\//);
  const confirmation = link(mail, '/confirm/');
  for (const lang of languages) {
    await look(person, there(confirmation, lang), lang);
    await person.locator('input[name=code]').fill(code(mail) === '000000' ? '000001' : '000000');
    await press(person, 'main form button.main', lang, 422);
  }
  await person.locator('input[name=code]').fill(code(mail));
  await press(person, 'main form button.main', languages.at(-1));
  [, removal] = new URL(person.url()).pathname.match(/^\/requests\/([^/]+)\/received$/);
  for (const lang of languages) {
    await look(person, there(`${waiting(removal)}/received`, lang), lang);
    await look(person, there(waiting(removal), lang), lang);
    await look(person, there(`${waiting(removal)}/withdrawal`, lang), lang);
    await look(person, there(confirmation, lang), lang);
  }

  // Staff: every page that changes nothing, and every form that is wrong.
  for (const lang of languages) {
    const staff = desks[lang];
    await look(staff, `${demo.staff}/sign-in`, lang);
    await staff.locator('input[name=email]').fill(demo.email);
    await staff.locator('input[name=password]').fill('not the password');
    await press(staff, 'main form button.main', lang, 422);
    await signIn({ demo, staff });
  }
  const review = await ask(visitors, 'review', second);
  const correction = await ask(visitors, 'rectification', second, { name: 'Wilhelmina Corrected-Lund' });
  const refused = await ask(visitors, 'removal', third);
  const objection = await enter(visitors, 'objection', 'l.ferrari@cantierivela.example');

  for (const lang of languages) {
    const staff = desks[lang];
    const fails = async (address, fields = {}) => {
      await look(staff, address, lang);
      for (const [name, value] of Object.entries(fields)) await staff.locator(`main [name="${name}"]`).fill(value);
      await press(staff, 'main form[method=post] button', lang, 422);
    };
    await look(staff, demo.staff, lang);
    await look(staff, `${demo.staff}/requests`, lang);
    await look(staff, `${demo.staff}/requests?view=open&kind=erasure&due=week&assigned=nobody`, lang);
    await look(staff, `${demo.staff}/requests?q=nobody-has-this`, lang);
    for (const view of await hrefs(staff, '.views a')) await look(staff, view, lang);
    await fails(`${demo.staff}/requests/new`);
    for (const reference of [removal, review, correction, refused, objection]) await look(staff, request(reference), lang);
    for (const reference of [removal, review, correction]) await fails(`${request(reference)}/refusal`);
    for (const reference of [removal, review, objection]) await look(staff, `${request(reference)}/acceptance`, lang);
    await look(staff, request(removal), lang);
    const item = await staff.locator('main td a[href*="/items/"]').first().getAttribute('href');
    await fails(new URL(item, demo.staff).href, { reason: '' });
    await fails(`${request(removal)}/extension`);
    await fails(`${request(removal)}/question`);
    await look(staff, `${request(correction)}/rectification`, lang);
    await staff.locator('main input[value=no]').first().check({ force: true });
    await press(staff, 'main form[method=post] button', lang, 422);
    await look(staff, `${demo.staff}/people`, lang);
    await look(staff, `${demo.staff}/people?q=${encodeURIComponent(first)}&reason=`, lang, 422);
    await look(staff, `${demo.staff}/people?q=${encodeURIComponent(first)}&reason=A%20call`, lang);
    await look(staff, `${demo.staff}/people?q=nobody@nowhere.example&reason=A%20call`, lang);
    await look(staff, `${demo.staff}/stores`, lang);
    await look(staff, `${demo.staff}/audit`, lang);
    await press(staff, 'main form[method=post] button', lang);
    await press(staff, 'main tbody th a', lang);
    await look(staff, `${demo.staff}/audit?q=${removal}`, lang);
    await look(staff, `${demo.staff}/audit?q=nobody-has-this`, lang);
    await fails(`${demo.staff}/staff`);
    await staff.locator('main [name=email]').fill(`new-${lang}@northwind.example`);
    await staff.locator('main [name=name]').fill('Maximiliane von Hohenstein-Lauterbach');
    await press(staff, 'main form[method=post] button', lang);
    await look(staff, `${demo.staff}/staff`, lang);
    await press(staff, 'main td a[href$="/deactivation"]', lang);
    await fails(`${demo.staff}/password`, { password: 'wrong', new_password: 'short' });
    await fails(`${demo.staff}/second-factor`, { password: 'wrong' });
    await staff.locator('main [name=password]').fill(demo.password);
    await press(staff, 'main form[method=post] button', lang);
    await fails(`${demo.staff}/second-factor`, { code: '12' });
    await look(staff, `${demo.staff}/no/such/page`, lang, 404);
    await look(staff, request('0000-0000'), lang, 404);
  }

  // What staff decide in their last language, and what the person then sees in all of them.
  const last = languages.at(-1);
  const staff = desks[last];
  const seen = async (reference, address) => {
    if (address) await openStatus(visitors, address, new RegExp(`${reference}[^]*/status/|/status/[^]*${reference}`));
    for (const lang of languages) await look(person, there(waiting(reference), lang), lang);
  };
  const submit = (selector = 'button') => press(staff, `main form[method=post] ${selector}`, last);
  const write = async (reference, path, text) => {
    await look(staff, `${request(reference)}/${path}`, last);
    await staff.locator('main [name=details]').fill(text);
    await submit();
  };
  await write(removal, 'extension', 'Your records lie in systems that we have to search by hand.');
  await seen(removal, first);
  await write(removal, 'question', 'Which of the two companies named Solvind do you write for?');
  await seen(removal);
  await look(staff, request(removal), last);
  await look(person, there(waiting(removal), last), last);
  await person.locator('textarea[name=details]').fill('The one in Bergen.');
  await press(person, 'form.reply button', last);

  await look(staff, `${request(review)}/acceptance`, last);
  await submit();
  await newestMail(visitors, second, /ready[^]*\/status\//i);
  await seen(review, second);
  await press(person, 'form[action*="/code"] button', last);
  await newestMail(visitors, second, codeLine);
  for (const lang of languages) {
    await look(person, there(waiting(review), lang), lang);
    await person.locator('input[name=code]').fill('12');
    await press(person, 'form[action*="/bundle"] button', lang, 422);
  }

  await look(staff, `${request(correction)}/rectification`, last);
  await submit();
  await newestMail(visitors, second, /corrected[^]*\/status\//i);
  await seen(correction, second);

  await look(staff, `${request(refused)}/refusal`, last);
  await choose({ staff }, 'reason');
  await staff.locator('main [name=details]').fill('We could not establish who is asking.');
  await submit();
  await seen(refused, third);

  const withdrawn = await ask(visitors, 'removal', third, { details: 'Only the trial.' });
  await look(person, there(`${waiting(withdrawn)}/withdrawal`, last), last);
  await press(person, 'main form button.danger', last);
  await seen(withdrawn);

  await openStatus(visitors, first, new RegExp(removal));
  await look(staff, `${request(removal)}/acceptance`, last);
  await submit('button.danger');
  await seen(removal);
  await waitForRun({ demo, staff }, removal);
  await newestMail(visitors, first, /removed/i);
  for (const lang of languages) {
    const staff = desks[lang];
    for (const reference of [removal, review, correction]) {
      await look(staff, `${request(reference)}/run`, lang);
      await look(staff, request(reference), lang);
    }
    for (const page of ['acceptance', 'refusal', 'extension', 'question']) await look(staff, `${request(removal)}/${page}`, lang);
    await look(staff, `${request(correction)}/rectification`, lang);
    await look(staff, `${demo.staff}/audit`, lang);
    await press(staff, 'main tbody tr:last-child th a', lang);
    await look(staff, `${demo.staff}/requests?view=closed`, lang);
    await look(staff, demo.staff, lang);
  }
  await seen(removal);
  await openCertificate(visitors, removal);
  for (const lang of languages) {
    await look(person, there(`${waiting(removal)}/certificate`, lang), lang);
    await look(person, there(`${demo.portal}/proof`, lang), lang);
  }
  for (const [reference, address] of [[review, second], [correction, second], [refused, third]]) {
    await openStatus(visitors, address, new RegExp(`${reference}[^]*/status/|/status/[^]*${reference}`));
    await openCertificate(visitors, reference);
    for (const lang of languages) await look(person, there(`${waiting(reference)}/certificate`, lang), lang);
  }

  assert.deepEqual(wrong, []);
}, 400_000);

/** Where the links or forms of a page lead. */
async function hrefs(page, selector, name = 'href') {
  return page.locator(selector).evaluateAll((found, name) => found.map((one) => one[name]), name);
}

/** The address in another language. */
function there(address, lang) {
  const url = new URL(address);
  url.searchParams.set('lang', lang);
  return url.href;
}

/** What was wrong with which page; the walk goes on, so that one run shows everything. */
const wrong = [];

async function look(page, address, lang, status) {
  await inspect(page, await page.goto(address), lang, status);
}

/** Presses a button or follows a link. */
async function press(page, target, lang, status) {
  const arrived = page.waitForResponse((one) => one.request().isNavigationRequest() && one.status() !== 303);
  await page.locator(target).first().click();
  await inspect(page, await arrived, lang, status);
}

async function inspect(page, response, lang, status = 200) {
  try {
    await check(page, status);
    assert.equal(response.status(), status);
    assert.equal(await page.locator('html').getAttribute('lang'), lang);
  } catch (cause) {
    wrong.push(`${lang} ${response.url()}: ${cause.message}`);
    console.error(wrong.at(-1));
  }
}

/** A request that came by phone; returns its reference. */
async function enter({ demo, staff }, kind, address) {
  await look(staff, `${demo.staff}/requests/new`, 'en');
  for (const [name, value] of Object.entries({ kind, channel: 'phone', proof: 'staff' })) {
    await staff.locator(`main [name=${name}][value=${value}]`).check({ force: true });
  }
  await staff.locator('main [name=email]').fill(address);
  await staff.locator('main [name=checked_how]').fill('Called back.');
  await press(staff, 'main form[method=post] button', 'en');
  return new URL(staff.url()).pathname.split('/').at(-1);
}
