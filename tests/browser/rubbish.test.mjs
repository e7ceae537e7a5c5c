// A catalogue that nobody would wish for: words that are markup or never end, shapes that fit nowhere, links to nowhere.
import assert from 'node:assert/strict';
import { copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { assertAccessible, browse, desktop, eventually, narrow, open, screenshot } from './harness.mjs';
import { own, png } from './own.mjs';

const MARKUP = `"><script>alert(1)</script><img src=x onerror='alert(2)'><style>*{display:none}</style>`;
const ENDLESS = 'Donaudampfschifffahrt'.repeat(47);
/** Nothing listens there. */
const NOWHERE = 'http://127.0.0.1:9';

const plain = Array.from({ length: 60 }, (_, number) => ({ path: `${number}.png`, title: `Number ${number}` }));
const odd = [
  { path: 'markup.png', title: MARKUP, alt: MARKUP, author: MARKUP, licence: MARKUP, tags: [MARKUP.replaceAll('/', '|').slice(0, 60)] },
  { path: 'endless.png', title: ENDLESS, alt: ENDLESS, author: ENDLESS, tags: Array.from({ length: 32 }, (_, n) => `${n}`.padEnd(64, 'x')) },
  { path: 'wide.png', title: 'شعرى اليمانية 🌠 天狼星', tags: ['عربى', '🌠'] },
  { path: 'high.png' },
  { path: 'dot.png', title: 'A dot' },
  { path: 'still.avif', title: 'Without a placeholder' },
  { path: `${NOWHERE}/gone.gif`, title: 'Gone', tags: ['gone'] },
];
const shapes = { 'wide.png': [1500, 12], 'high.png': [12, 1500], 'dot.png': [1, 1] };

function fill(folder) {
  for (const [number, { path: name }] of [...plain, ...odd].entries()) {
    if (!name.endsWith('.png')) continue;
    const [width, height] = shapes[name] ?? [60 + (number % 5) * 20, 70];
    writeFileSync(path.join(folder, name), png(width, height, [number * 3, 255 - number * 3, 128]));
  }
  copyFileSync(path.resolve(import.meta.dirname, '../fixtures/still.avif'), path.join(folder, 'still.avif'));
  writeFileSync(path.join(folder, 'all.jsonl'), [...plain, ...odd].map((line) => JSON.stringify(line)).join('\n'));
  return ['all.jsonl'];
}

let home;
let images;
let stop;

before(async () => {
  // The server lives as long as the tests: it is used until they are over.
  const over = new Promise((resolve) => (stop = resolve));
  await new Promise((resolve, reject) => {
    stop.ended = own(fill, async (address) => {
      home = address;
      images = (await (await fetch(`${home}/api/v1/images?limit=100`)).json()).items;
      resolve();
      await over;
    });
    stop.ended.catch(reject);
  });
});

after(async () => {
  stop();
  await stop.ended;
});

const lost = { expected: /127\.0\.0\.1:9\b/ };
const titled = (start) => images.find((image) => (image.title ?? '').startsWith(start));

test('the gallery goes on by itself to its end', () =>
  browse({ home, ...lost }, async (page) => {
    await open(page, `${home}/images`);
    const first = await page.locator('.tile').count();
    assert.ok(first < images.length, 'it is longer than a page');
    const scrolled = await eventually(async () => {
      await page.mouse.wheel(0, 2000);
      return (await page.locator('.tile').count()) === images.length;
    }, 30_000);
    assert.ok(scrolled, `${await page.locator('.tile').count()} of ${images.length} pictures came`);
    assert.equal(await page.locator('.more').innerText(), 'That is all of them.');
    const links = await page.locator('.tile').evaluateAll((tiles) => tiles.map((tile) => tile.pathname));
    assert.deepEqual(links, images.map(({ id }) => `/images/${id}`));
    assert.match(await page.locator('#status').textContent(), /^\d+ more pictures\.$/);
    await assertAccessible(page);
  }));

test('the gallery goes on by its link where there is no JavaScript, and by the keyboard where there is', async () => {
  await browse({ home, ...lost, javaScriptEnabled: false }, async (page) => {
    await open(page, `${home}/images`);
    await page.getByRole('link', { name: 'More pictures' }).click();
    await page.waitForURL(/cursor=/);
    assert.ok((await page.locator('.tile').count()) > 0);
  });
  await browse({ home, ...lost, viewport: { width: 1366, height: 200 } }, async (page) => {
    await open(page, `${home}/images`);
    const before = await page.locator('.tile').count();
    await page.locator('#more').focus();
    await page.keyboard.press('Enter');
    assert.ok(await eventually(async () => (await page.locator('.tile').count()) > before), 'nothing came');
    assert.equal(new URL(page.url()).search, '', 'the page stayed');
  });
});

for (const [name, start] of Object.entries({ markup: '">', endless: 'Donau', foreign: 'شعرى', gone: 'Gone', dot: 'A dot' })) {
  test(`a picture that is ${name} is shown as well as it can be`, () =>
    browse({ home, ...lost, colorScheme: 'dark' }, async (page) => {
      page.on('dialog', () => assert.fail('a script of the catalogue ran'));
      await open(page, `${home}/images/${titled(start).id}`);
      for (const [device, viewport] of Object.entries({ desktop, narrow })) {
        await page.setViewportSize(viewport);
        await assertAccessible(page);
        await screenshot(page, `rubbish-${name}-${device}`);
      }
      assert.equal(await page.locator('h1').innerText(), titled(start).title);
    }));
}

test('the gallery and the statistics hold all of it', () =>
  browse({ home, ...lost }, async (page) => {
    page.on('dialog', () => assert.fail('a script of the catalogue ran'));
    for (const path of ['/images', '/statistics']) {
      for (const [device, viewport] of Object.entries({ desktop, narrow })) {
        await page.setViewportSize(viewport);
        await open(page, home + path);
        await assertAccessible(page);
        await screenshot(page, `rubbish${path.replace('/', '-')}-${device}`);
      }
    }
  }));
