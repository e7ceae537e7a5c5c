// The monitor on the admin port: it fits, is accessible in both colour schemes, goes on by itself, and says when it cannot.
import assert from 'node:assert/strict';
import test from 'node:test';
import { assertAccessible, browse, desktop, eventually, narrow, open, origin, screenshot } from './harness.mjs';

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
