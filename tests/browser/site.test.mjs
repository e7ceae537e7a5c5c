// The pages beside the first one: they fit, are accessible in both colour schemes, and work without JavaScript.
import assert from 'node:assert/strict';
import test from 'node:test';
import { assertAccessible, browse, desktop, eventually, narrow, open, origin, phone, screenshot } from './harness.mjs';

const { items } = await (await fetch(`${origin}/api/v1/images?limit=100`)).json();
const still = items.find((image) => image.animated === false && image.thumbhash);
const moving = items.find((image) => image.animated);
const plain = items.find((image) => !image.thumbhash);

const pages = {
  gallery: '/images',
  'gallery-sieved': '/images?tag=night&kind=still',
  'gallery-nothing': '/images?tag=unheard-of',
  picture: `/images/${still.id}`,
  'picture-moving': `/images/${moving.id}`,
  'picture-plain': `/images/${plain.id}`,
  statistics: '/statistics',
  problem: '/problems/too-many-requests',
  missing: ['/nothing', 404],
};

for (const [name, page] of Object.entries(pages)) {
  const [path, status] = [page].flat();
  for (const colorScheme of ['light', 'dark']) {
    test(`${name} is ${colorScheme}, fits and is accessible`, () =>
      browse({ colorScheme, expected: status && new RegExp(`status of ${status}`) }, async (page) => {
        await open(page, path, status);
        for (const summary of await page.locator('summary').all()) await summary.click();
        for (const [device, viewport] of Object.entries({ desktop, narrow })) {
          await page.setViewportSize(viewport);
          await assertAccessible(page);
          await screenshot(page, `${name}-${colorScheme}-${device}`);
        }
      }));
  }
}

test('on a phone, no tag of the statistics is broken within its word', () =>
  browse({ viewport: narrow }, async (page) => {
    await open(page, '/statistics');
    const lines = await page.locator('.bars th a').evaluateAll((all) => all.map((a) => [a.innerText, a.getClientRects().length]));
    assert.notEqual(lines.length, 0);
    assert.deepEqual(lines.filter(([, count]) => count !== 1), []);
  }));

test('one gets from each page to each other', () =>
  browse({ javaScriptEnabled: false }, async (page) => {
    await open(page, '/');
    const ways = [
      ['Gallery', '/images'],
      ['Statistics', '/statistics'],
      ['API', '/docs'],
      ['Gallery', '/images'],
      ['Sirius', '/'],
    ];
    for (const [name, path] of ways) {
      await page.locator('header').getByRole('link', { name, exact: true }).click();
      await page.waitForURL(origin + path);
    }
    await page.locator('#title a').click();
    await page.waitForURL(/\/images\/[0-9a-z]{20}$/);
    await page.locator('#tags a').first().click();
    await page.waitForURL(/\/images\?tag=/);
    await page.locator('.tile').first().click();
    await page.waitForURL(/\/images\/[0-9a-z]{20}$/);
  }));

test('a tag is found by its name, and taken away again', () =>
  browse({ javaScriptEnabled: false }, async (page) => {
    await open(page, '/images');
    await page.getByLabel('Tag', { exact: true }).fill('Night');
    await page.getByRole('button', { name: 'Find' }).click();
    await page.waitForURL(/tag=Night/);
    assert.equal(await page.locator('h1').innerText(), 'night');
    const shown = await page.locator('.tile').count();
    assert.equal(shown, items.filter((image) => image.tags.includes('night')).length);
    await page.getByRole('link', { name: /^Remove: night/ }).click();
    await page.waitForURL(`${origin}/images`);
  }));

test('a picture leads to its neighbours by links, keys and sweeps', () =>
  browse({ viewport: phone, hasTouch: true }, async (page) => {
    const [newer, one, older] = items;
    await open(page, `/images/${one.id}`);
    await page.getByRole('link', { name: 'Older' }).click();
    await page.waitForURL(`${origin}/images/${older.id}`);
    await page.keyboard.press('ArrowLeft');
    await page.waitForURL(`${origin}/images/${one.id}`);
    await page.keyboard.press('ArrowLeft');
    await page.waitForURL(`${origin}/images/${newer.id}`);
    await page.keyboard.press('ArrowLeft');
    assert.equal(page.url(), `${origin}/images/${newer.id}`, 'there is none before the newest');
  }));

for (const javaScriptEnabled of [true, false]) {
  const script = javaScriptEnabled ? 'with' : 'without';
  test(`who wants less motion starts it first, ${script} JavaScript`, () =>
    // Chromium styles the picture alone by a style of its own, which the picture's policy forbids as any other.
    browse({ javaScriptEnabled, reducedMotion: 'reduce', expected: /Applying inline style/ }, async (page) => {
      const fetched = () => page.locator('#picture').evaluate((picture) => picture.currentSrc);
      await open(page, `/images/${moving.id}`);
      assert.match(await fetched(), /^data:/, 'the moving picture is not shown');
      if (!javaScriptEnabled) {
        await page.getByRole('link', { name: 'Play' }).click();
        await page.waitForURL(/\/content$/);
        return;
      }
      const frame = page.locator('.still');
      await frame.waitFor();
      await screenshot(page, 'picture-moving-calm');
      assert.ok(await frame.evaluate((canvas) => canvas.width > 100), 'its first frame is shown');
      await assertAccessible(page);
      await page.getByRole('button', { name: 'Play' }).click();
      assert.ok(await eventually(async () => (await fetched()).endsWith('/content')), 'it does not move');
      assert.equal(await frame.count(), 0);
      await page.getByRole('button', { name: 'Pause' }).click();
      await frame.waitFor();
    }));
}

test('who does not mind motion can stop it', () =>
  browse({}, async (page) => {
    await open(page, `/images/${moving.id}`);
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.locator('.still').waitFor();
    await page.getByRole('button', { name: 'Play' }).click();
    assert.equal(await page.locator('.still').count(), 0);
  }));

test('nothing in the gallery jumps when pictures arrive, and what moves does so only when pointed at', () =>
  browse({}, async (page) => {
    await open(page, '/images');
    await page.locator('.tile[data-moves] .still').first().waitFor();
    assert.equal(await page.locator('.tile[data-moves] .still').first().isVisible(), true);
    const shift = await page.evaluate(
      () =>
        new Promise((resolve) => {
          let sum = 0;
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) sum += entry.value;
          }).observe({ type: 'layout-shift', buffered: true });
          setTimeout(() => resolve(sum), 500);
        }),
    );
    assert.equal(shift, 0, `layout shift: ${shift}`);
    await page.locator('.tile[data-moves]').first().hover();
    assert.equal(await page.locator('.tile[data-moves] .still').first().isVisible(), false);
  }));
