// A Chromium that watches what a page does: `browse` opens one, and fails the test that used it when a page logged an
// error, asked for something that did not come, or asked any other host than Sirius for anything.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium } from 'playwright-core';

export const origin = process.env.TEST_URL;
assert.ok(origin, 'TEST_URL is not set: start these tests by tests/browser/run');

const screenshots = path.resolve(import.meta.dirname, '../../.tools/screenshots');

// Nothing may leave the machine, neither by a page nor by the browser itself.
const flags = [
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

export const desktop = { width: 1366, height: 768 };
export const phone = { width: 360, height: 740 };
/** The narrowest that a page must fit (WCAG 2.2, 1.4.10). */
export const narrow = { width: 320, height: 640 };

// The launch, from when it is first needed. Not in `before`: where --test-name-pattern leaves a file without tests, node runs
// `after` while an asynchronous `before` has not ended, and a browser that was launched then would keep it from ending.
let launched;

after(async () => (await launched)?.close());

/**
 * Runs `use(page)` in a new profile. `options` are those of Playwright's `newContext`, and beside them `home`: the only
 * Sirius that may be asked, and `expected`: what a complaint that must come looks like.
 */
export async function browse({ home = origin, expected, ...options }, use) {
  launched ??= chromium.launch({
    executablePath: process.env.SIRIUS_CHROMIUM ?? '/usr/bin/chromium',
    chromiumSandbox: false, // CI runs as root, where Chromium's sandbox does not work
    args: flags,
  });
  const context = await (await launched).newContext({ viewport: desktop, ...options });
  try {
    const page = await context.newPage();
    const complaints = watch(page, home, expected);
    await use(page);
    assert.deepEqual(complaints, [], 'the page must work without a complaint of the browser');
  } finally {
    await context.close();
  }
}

/** Opens a path of Sirius and waits until everything on the page is loaded. */
export async function open(page, where, status = 200) {
  const response = await page.goto(new URL(where, origin).href, { waitUntil: 'load' });
  assert.equal(response.status(), status, `GET ${where}`);
}

/** Fails when axe finds anything to say, or when the page is wider than the window. */
export async function assertAccessible(page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  assert.deepEqual(violations.map(summary), []);
  const widths = await page.evaluate(() => [document.documentElement, document.body].map((e) => e.scrollWidth));
  const { width } = page.viewportSize();
  assert.ok(Math.max(...widths) <= width, `scrolls sideways: ${widths} > ${width}`);
}

/** Writes `.tools/screenshots/<name>.png`, for people to look at. */
export async function screenshot(page, name, options = {}) {
  await page.screenshot({ path: path.join(screenshots, `${name}.png`), ...options });
}

/** Asks `probe` until what it answers is true or the time is over. Works without JavaScript in the page. */
export async function eventually(probe, milliseconds = 10000) {
  const deadline = Date.now() + milliseconds;
  while (Date.now() < deadline) {
    if (await probe()) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

function watch(page, home, expected) {
  const list = [];
  const complaints = { push: (complaint) => expected?.test(complaint) || list.push(complaint) };
  // A violated content security policy and an answer of 400 and above are console errors, too.
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => complaints.push(`script: ${error.message}`));
  page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()} ${request.failure()?.errorText}`));
  page.on('request', (request) => {
    const url = new URL(request.url());
    const local = ['data:', 'blob:', 'about:'].includes(url.protocol);
    if (!local && url.origin !== home) complaints.push(`asked another host: ${url.href}`);
  });
  return list;
}

function summary(violation) {
  return `${violation.id}: ${violation.help} (${violation.nodes.map((node) => node.target.join(' ')).join(', ')})`;
}
