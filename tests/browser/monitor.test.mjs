// The monitor on the admin port: it fits, is accessible in both colour schemes, goes on by itself, and says when it cannot.
import assert from 'node:assert/strict';
import test from 'node:test';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { assertAccessible, browse, desktop, eventually, narrow, open, origin, screenshot } from './harness.mjs';
import { own, png } from './own.mjs';

const admin = process.env.TEST_ADMIN_URL;
const settled = 'there are numbers to show within seconds of the start';

async function ask(times) {
  for (let n = 0; n < times; n++) {
    await fetch(`${origin}/api/v1/images/random`);
    await fetch(`${origin}/api/v1/visits`, { method: 'POST' });
  }
}

for (const colorScheme of ['light', 'dark']) {
  test(`the monitor is ${colorScheme}, fits and is accessible`, () =>
    browse({ home: admin, colorScheme }, async (page) => {
      await ask(20);
      await open(page, `${admin}/`);
      assert.ok(await eventually(() => page.locator('.promises').isVisible(), 15000), settled);
      for (const [device, viewport] of Object.entries({ desktop, narrow })) {
        await page.setViewportSize(viewport);
        await assertAccessible(page);
        await screenshot(page, `monitor-${colorScheme}-${device}`, { fullPage: true });
      }
    }));
}

test('it goes on by itself', () =>
  browse({ home: admin }, async (page) => {
    await open(page, `${admin}/`);
    const stored = page.locator('.facts dl > div', { hasText: 'counted by this process' }).locator('dd');
    assert.ok(await eventually(() => stored.isVisible(), 15000), settled);
    const before = await stored.innerText();
    await ask(5);
    assert.ok(await eventually(async () => (await stored.innerText()) !== before, 20000), 'visits are seen to be counted');
    assert.equal(await page.locator('#fresh').innerText(), 'Live');
    assert.match(await page.title(), /^ready · /);
  }));

test('it says so when nobody answers, and when somebody does again', () =>
  browse({ home: admin, expected: /ERR_FAILED/ }, async (page) => {
    await open(page, `${admin}/`);
    await page.route('**/monitor', (route) => route.abort());
    assert.ok(await eventually(async () => /^Not live/.test(await page.locator('#fresh').innerText()), 20000));
    await page.unroute('**/monitor');
    assert.ok(await eventually(async () => (await page.locator('#fresh').innerText()) === 'Live', 20000));
  }));

test('it is read without JavaScript', () =>
  browse({ home: admin, javaScriptEnabled: false }, async (page) => {
    await open(page, `${admin}/`);
    assert.match(await page.locator('h1').innerText(), /^Sirius .* is ready$/);
    assert.match(await page.locator('#fresh').innerText(), /reload/);
  }));

test('it shows what is broken on purpose, and until when', () => {
  const token = 'a-token-of-enough-characters';
  const fill = (folder) => {
    writeFileSync(path.join(folder, 'one.png'), png(40, 30, [9, 9, 90]));
    return [path.join(folder, 'one.png')];
  };
  const shown = (_, home) =>
    browse({ home }, async (page) => {
      const headers = { authorization: `Bearer ${token}` };
      const body = JSON.stringify({ kind: 'latency', ratio: 0.25, latency_ms: 300, expires_in_seconds: 60 });
      assert.equal((await fetch(`${home}/faults`, { method: 'POST', headers, body })).status, 201);
      await open(page, `${home}/`);
      const fault = page.locator('.faults li');
      assert.match(await fault.innerText(), /^25% of all requests take 300 ms longer until \d\d:\d\d:\d\d, \d+ s from now/);
      assert.ok(await eventually(() => page.locator('.promises').isVisible(), 15000), settled);
      await assertAccessible(page);
      await screenshot(page, 'monitor-faults');
      // It goes by itself when the fault is lifted.
      assert.equal((await fetch(`${home}/faults`, { method: 'DELETE', headers })).status, 200);
      assert.ok(await eventually(async () => (await fault.count()) === 0, 20000), 'it is gone');
    });
  return own(fill, shown, { SIRIUS_FAULTS__ENABLED: 'true', SIRIUS_ADMIN__TOKEN: token });
});
