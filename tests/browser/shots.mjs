// Takes pictures of pages, by day, by night and on a phone.
//
//   node shots.mjs FOLDER [NAME=]ADDRESS…
//
// An ADDRESS is any URL, or a path on a demo that this starts with three requests in its queue;
// `{reference}` in a path is the one of the removal. Staff are signed in.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { launch, newVisitor, shoot } from './support/browser.mjs';
import { startDemo } from './support/demo.mjs';
import { ask, signIn } from './support/steps.mjs';

const [folder, ...wanted] = process.argv.slice(2);
if (wanted.length === 0) {
  console.error('usage: node shots.mjs FOLDER [NAME=]ADDRESS…');
  process.exit(2);
}

const browser = await launch();
const page = await newVisitor(browser);
const demo = wanted.some((one) => /^([\w-]+=)?\//.test(one)) ? await startDemo() : undefined;
try {
  await mkdir(folder, { recursive: true });
  let reference = '';
  if (demo) {
    const visitors = { demo, staff: page, person: await newVisitor(browser), mailbox: await newVisitor(browser) };
    await ask(visitors, 'review', demo.samples[1]);
    await ask(visitors, 'rectification', demo.samples[2], { name: 'Wilhelmina Corrected-Lund' });
    reference = await ask(visitors, 'removal', demo.samples[0]);
    await signIn(visitors);
  }
  for (const one of wanted) {
    const [, name, address] = one.match(/^(?:([\w-]+)=)?(.*)$/);
    await page.goto(new URL(address.replace('{reference}', reference), demo?.portal).href);
    const file = name ?? (new URL(page.url()).pathname.replace(/\W+/g, '-').replace(/^-|-$/g, '') || 'home');
    await shoot(page, join(folder, file));
    console.log(join(folder, `${file}.png`));
  }
} finally {
  await browser.close();
  await demo?.stop();
}
