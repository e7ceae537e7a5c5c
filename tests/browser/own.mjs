// A Sirius of a test's own, whose catalogue is what the test makes of it.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { eventually } from './harness.mjs';

const binary = path.resolve(import.meta.dirname, '../..', process.env.TEST_BINARY || 'target/debug/sirius');

/**
 * Lets `fill(folder)` write pictures and a manifest, imports the folder, and runs `use(address, adminAddress)` on what serves
 * it. `settings` are environment variables.
 */
export async function own(fill, use, settings = {}) {
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'sirius-browser-'));
  const data = ['--data-dir', path.join(scratch, 'data')];
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('SIRIUS_')));
  for (const name of ['READS', 'VISITS']) {
    env[`SIRIUS_LIMITS__${name}__PER_SECOND`] = env[`SIRIUS_LIMITS__${name}__BURST`] = '100000';
  }
  Object.assign(env, settings);
  let server;
  try {
    const what = fill(scratch);
    const { status, stderr } = spawnSync(binary, ['import', ...what, ...data], { cwd: scratch, env, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    const anywhere = ['--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0'];
    server = spawn(binary, ['serve', ...data, ...anywhere], { cwd: scratch, env, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    server.stderr.on('data', (text) => (said += text));
    const address = (of) => new RegExp(`${of}\\s+(http://[^/\\s]+)`).exec(said)?.[1];
    const begun = () => said.includes('stop with Ctrl-C');
    assert.ok(await eventually(begun, 60_000), `it does not serve: ${said}`);
    await use(address('the page'), address('admin port'));
  } finally {
    if (server) {
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill();
      await ended;
    }
    rmSync(scratch, { recursive: true });
  }
}

/** The bytes of a PNG of one colour, `[red, green, blue]`. */
export function png(width, height, colour) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const row = Buffer.concat([Buffer.of(0), ...Array(width).fill(Buffer.from(colour))]);
  const pixels = zlib.deflateSync(Buffer.concat(Array(height).fill(row)));
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(name, content) {
  const named = Buffer.concat([Buffer.from(name), content]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  checksum.writeUInt32BE(zlib.crc32(named));
  return Buffer.concat([length, named, checksum]);
}
