// Walks the journeys in a real browser: all of them, or those named on the command line.
import { readdir } from 'node:fs/promises';

const folder = new URL('journeys/', import.meta.url);
const named = process.argv.slice(2).map((name) => `${name}.mjs`);
const files = named.length > 0 ? named : (await readdir(folder)).sort();

for (const file of files) {
  await import(new URL(file, folder));
}
