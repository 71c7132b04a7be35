// A journey: a demo of its own, a person, a member of staff, and the person's mailbox.
import { test } from 'node:test';
import { launch, newVisitor } from './browser.mjs';
import { startDemo } from './demo.mjs';

/** `walk` gets `{ demo, person, staff, mailbox }`; the last three are pages that share no cookies. */
export function journey(name, walk, timeout = 180_000) {
  test(name, { timeout }, async () => {
    const demo = await startDemo();
    const browser = await launch();
    const pages = {};
    try {
      for (const who of ['person', 'staff', 'mailbox']) pages[who] = await newVisitor(browser);
      await walk({ demo, ...pages });
    } catch (cause) {
      for (const [who, page] of Object.entries(pages)) console.error(`${who} was at ${page.url()}`);
      console.error(demo.log());
      throw cause;
    } finally {
      await browser.close();
      await demo.stop();
    }
  });
}
