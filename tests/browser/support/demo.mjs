// Starts `lethe demo` in a folder of its own, reads what it prints, and stops it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const { env } = process;
const target = env.CARGO_TARGET_DIR ?? join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'lethe-target');
const binary = env.LETHE_BIN ?? join(target, 'debug', 'lethe');

/**
 * `portal`, `staff` and `outbox` are addresses without a slash at the end; `email` and `password`
 * sign staff in; `samples` are the three customers to ask as; `data` is the folder.
 */
export async function startDemo() {
  const data = await mkdtemp(join(tmpdir(), 'lethe-demo-'));
  const bind = `127.0.0.1:${await freePort()}`;
  const child = spawn(binary, ['demo', '--bind', bind, '--data', data], {
    // Settings of whoever runs the tests must not reach the demo.
    env: Object.fromEntries(Object.entries(env).filter(([key]) => !key.startsWith('LETHE_'))),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stopped = once(child, 'exit').catch((cause) => [cause.message]);
  let printed = '';
  let logged = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (printed += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (logged += text));

  async function stop() {
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await stopped;
    clearTimeout(late);
    await rm(data, { recursive: true, force: true });
  }

  const ready = async () => printed.match(/^Sample /gm)?.length === 3 && (await answers(`http://${bind}/readyz`));
  try {
    await waitFor('the demo', 30_000, async () => {
      const [ended] = await Promise.race([stopped, [undefined]]);
      if (ended !== undefined) throw new Error(`${binary} ended at once: ${ended}\n${printed}${logged}`);
      return ready();
    });
  } catch (cause) {
    await stop();
    throw cause;
  }

  const line = (name) => printed.match(new RegExp(`^${name} +(\\S+)`, 'm'))[1].replace(/\/$/, '');
  return {
    portal: line('Portal'),
    staff: line('Staff'),
    outbox: line('Outbox'),
    email: line('Sign in'),
    password: line('Password'),
    samples: [...printed.matchAll(/^Sample +(\S+)/gm)].map((match) => match[1]),
    data,
    stop,
    log: () => logged.split('\n').slice(-40).join('\n'),
  };
}

/** The files below `folder` in which `text` stands, in any case. */
export async function filesWith(folder, text) {
  const found = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      found.push(...(await filesWith(path, text)));
    } else if (entry.isFile() && (await readFile(path, 'latin1')).toLowerCase().includes(text.toLowerCase())) {
      found.push(path);
    }
  }
  return found;
}

/** Asks `done` again and again until it says something true, and returns that. */
export async function waitFor(what, milliseconds, done) {
  const end = Date.now() + milliseconds;
  for (;;) {
    const answer = await done();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited ${milliseconds / 1000} s for ${what}, in vain`);
    await sleep(200);
  }
}

async function answers(address) {
  return fetch(address).then((response) => response.ok, () => false);
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
