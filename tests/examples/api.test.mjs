// The examples of docs/api.md. Each must say something (or show its picture) and end well; what it says is checked
// where a line here knows what to expect.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { browse, origin } from '../browser/harness.mjs';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../..');
const python = path.join(root, '.tools/python/bin/python');

/** What the examples below a heading print, where it can be known. */
const prints = {
  'A random image': /\w/,
  'Each image once': /^\d+ images, none of them twice$/m,
  'One image': / true$|^206 bytes 0-99\/\d+\n304$/m,
  'Visits': /"number":\d+|You are visitor \d+|^\d+ visits since /m,
  'When it goes wrong': /^400 .+ [0-9a-f]{32}$|^404 application\/problem\+json |^ratelimit: /im,
};

const text = await readFile(path.join(root, 'docs/api.md'), 'utf8');
const examples = text.split(/^## /m).slice(1).flatMap((section) => {
  const heading = section.split('\n', 1)[0];
  const blocks = [...section.matchAll(/^```(\w+)\n(.*?)^```$/gms)];
  return blocks.map(([, language, code], index) => ({
    name: `${heading}, example ${index + 1}, ${language}`,
    heading,
    language,
    code: code.replaceAll('http://127.0.0.1:8080', origin),
  }));
});

test('the examples are found, in every language', () => {
  assert.deepEqual([...new Set(examples.map(({ language }) => language))].sort(), ['html', 'js', 'python', 'sh']);
  assert.ok(examples.length >= 20, `${examples.length} examples`);
});

for (const { name, heading, language, code } of examples) {
  test(name, async () => {
    if (language === 'html') return showsPictures(code);
    const output = await { js: inNode, python: inPython, sh: inShell }[language](code);
    assert.match(output, prints[heading] ?? /\w/);
    if (language === 'js') assert.match(await inPage(code), prints[heading] ?? /\w/);
  });
}

async function inNode(code) {
  return (await run(process.execPath, ['--input-type=module', '--eval', code])).stdout;
}

async function inPython(code) {
  return (await run(python, ['-c', code])).stdout;
}

/** What curl prints, and the start of what it stores. */
async function inShell(code) {
  const scratch = await mkdtemp(path.join(tmpdir(), 'sirius-example-'));
  try {
    const strict = 'set -euo pipefail; curl() { command curl --silent --show-error --fail "$@"; }\n';
    const { stdout } = await run('bash', ['-c', strict + code], { cwd: scratch });
    if (!code.includes('--output')) return stdout;
    const { size } = await stat(path.join(scratch, 'picture'));
    return `${stdout}\npicture: ${size} bytes`;
  } finally {
    await rm(scratch, { recursive: true });
  }
}

/** What a page of another origin logs. */
async function inPage(code) {
  let output = '';
  await browse({}, async (page) => {
    // Its errors are answers that an example asks for, and the browser complains of them.
    page.removeAllListeners('console');
    page.on('console', (message) => message.type() === 'log' && (output += `${message.text()}\n`));
    await page.evaluate((source) => import(`data:text/javascript,${encodeURIComponent(source)}`), code);
  });
  return output;
}

async function showsPictures(code) {
  await browse({}, async (page) => {
    await page.setContent(`<!doctype html><title>An example</title>${code}`, { waitUntil: 'load' });
    const widths = await page.$$eval('img', (images) => images.map((image) => image.naturalWidth));
    assert.ok(widths.length > 0 && widths.every((width) => width > 0), `pictures of the widths ${widths}`);
  });
}
