// The page at `/`: one picture, its facts, the visitor's number, "another one".
import assert from 'node:assert/strict';
import test from 'node:test';
import { assertAccessible, browse, desktop, eventually, narrow, open, origin, phone, screenshot } from './harness.mjs';

test('shows one loaded picture with its facts and the visitor number', () =>
  browse({}, async (page) => {
    await open(page, '/');
    await assertPictureLoaded(page);

    const shown = await image(page);
    assert.equal(await page.locator('#picture').getAttribute('alt'), shown.alt);
    assert.notEqual(shown.alt.trim(), '');
    const text = await visibleText(page);
    const facts = [shown.title, shown.attribution.author, shown.attribution.licence, ...shown.tags];
    for (const fact of facts.filter((each) => each !== null)) {
      assert.ok(text.includes(fact.toLowerCase()), `"${fact}" is not on the page: ${text}`);
    }
    assert.match(await visitorNumber(page), /^\d+$/);
  }));

test('counts every refresh', () =>
  browse({}, async (page) => {
    await open(page, '/');
    const first = Number(await visitorNumber(page));
    await page.reload();
    assert.equal(Number(await visitorNumber(page)), first + 1);
  }));

for (const javaScriptEnabled of [true, false]) {
  for (const [means, press] of Object.entries({ mouse: (locator) => locator.click(), keyboard: tabAndEnter })) {
    const script = javaScriptEnabled ? 'with' : 'without';
    test(`"another one" changes the picture by ${means}, ${script} JavaScript`, () =>
      browse({ javaScriptEnabled }, async (page) => {
        await open(page, '/');
        const first = await pictureSource(page);
        // The choice is random: now and then it falls on the same picture again, but not ten times in a row.
        let changed = false;
        for (let attempt = 0; attempt < 10 && !changed; attempt += 1) {
          await press(page.locator('#another'));
          changed = await eventually(async () => (await pictureSource(page)) !== first, 2000);
        }
        assert.ok(changed, 'the picture stayed the same');
        assert.ok(await eventually(() => pictureLoaded(page)), 'the next picture did not load');
        assert.match(await visitorNumber(page), /^\d+$/);
      }));
  }
}

for (const colorScheme of ['light', 'dark']) {
  for (const [device, viewport] of Object.entries({ desktop, phone, narrow })) {
    test(`is ${colorScheme}, fits and is accessible on a ${device} (${viewport.width}x${viewport.height})`, () =>
      browse({ colorScheme, viewport }, async (page) => {
        await open(page, '/');
        await assertPictureLoaded(page);
        await screenshot(page, `page-${colorScheme}-${device}`);

        const box = await page.locator('#picture').boundingBox();
        assert.ok(box.x >= 0 && box.x + box.width <= viewport.width, `the picture sticks out: ${JSON.stringify(box)}`);

        const brightness = await textBrightness(page);
        assert.equal(brightness > 0.5, colorScheme === 'dark', `brightness of the text: ${brightness}`);

        await assertAccessible(page);
      }));
  }
}

test('weighs less than 30 KB besides the picture', () =>
  browse({}, async (page) => {
    const loaded = [];
    page.on('response', (response) => loaded.push(response));
    await open(page, '/');
    await assertPictureLoaded(page);
    const picture = await pictureSource(page);
    let [sent, unpacked, files] = [0, 0, 0];
    for (const response of loaded.filter((each) => /^http/.test(each.url()) && !each.url().endsWith(picture))) {
      const { responseBodySize, responseHeadersSize } = await response.request().sizes();
      sent += responseBodySize + responseHeadersSize;
      unpacked += (await response.body()).length;
      files += 1;
    }
    console.error(`the page: ${files} files, ${sent} bytes sent with their headers, ${unpacked} bytes unpacked`);
    assert.ok(files > 4, `only ${files} files were seen`);
    assert.ok(sent < 30_000 && unpacked < 30_000, `${sent} bytes are sent, ${unpacked} unpacked`);
  }));

test('shows the picture over its placeholder in the place that the picture will have', () =>
  browse({ javaScriptEnabled: false }, async (page) => {
    let release;
    const held = new Promise((resolve) => (release = resolve));
    await page.route('**/content', async (route) => {
      await held;
      await route.continue();
    });
    await page.goto(origin, { waitUntil: 'commit' });
    await page.locator('.ghost').waitFor();
    const before = await page.locator('.ghost').boundingBox();
    assert.ok(before.width > 100 && before.height > 100, JSON.stringify(before));
    release();
    assert.ok(await eventually(async () => (await pictureLoaded(page))), 'the picture did not load');
    assert.deepEqual(await page.locator('#picture').boundingBox(), before, 'something moved');
  }));

test('goes on and back by arrow keys, each picture once, and counts no visit for it', () =>
  browse({}, async (page) => {
    await open(page, '/');
    const { total } = await (await fetch(`${origin}/api/v1/visits`)).json();
    const seen = [await pictureSource(page)];
    for (let turn = 0; turn < 3; turn += 1) {
      await page.keyboard.press('ArrowRight');
      assert.ok(await eventually(async () => (await pictureSource(page)) !== seen.at(-1)), 'the picture stayed');
      seen.push(await pictureSource(page));
    }
    assert.equal(new Set(seen).size, 4, `${seen}`);
    const title = await page.locator('#title').innerText();
    assert.ok((await page.title()).startsWith(title), 'the title goes along');
    assert.ok((await page.locator('#status').textContent()).startsWith(title), 'it is read out');
    for (const source of seen.slice(0, 3).reverse()) {
      await page.keyboard.press('ArrowLeft');
      assert.ok(await eventually(async () => (await pictureSource(page)) === source), 'it did not go back');
    }
    await page.keyboard.press('ArrowRight');
    assert.ok(await eventually(async () => (await pictureSource(page)) === seen[1]), 'it did not go on where it was');
    assert.equal((await (await fetch(`${origin}/api/v1/visits`)).json()).total, total);
  }));

test('goes on and back by sweeping', () =>
  browse({ viewport: phone, hasTouch: true, isMobile: true }, async (page) => {
    await open(page, '/');
    const first = await pictureSource(page);
    await sweep(page, 280, 60);
    assert.ok(await eventually(async () => (await pictureSource(page)) !== first), 'the picture stayed');
    await sweep(page, 60, 280);
    assert.ok(await eventually(async () => (await pictureSource(page)) === first), 'it did not go back');
    await sweep(page, 200, 180);
    await page.waitForTimeout(300);
    assert.equal(await pictureSource(page), first, 'a touch is no sweep');
  }));

async function sweep(page, from, to) {
  const { y, height } = await page.locator('#stage').boundingBox();
  const session = await page.context().newCDPSession(page);
  const touch = (type, x) =>
    session.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x, y: y + height / 2 }] });
  await touch('touchStart', from);
  for (let step = 1; step <= 4; step += 1) await touch('touchMove', from + ((to - from) * step) / 4);
  await touch('touchEnd');
}

const pictureSource = (page) => page.locator('#picture').getAttribute('src');

const pictureLoaded = (page) => page.locator('#picture').evaluate((img) => img.complete && img.naturalWidth > 0);

const visitorNumber = (page) => page.locator('#visitor-number').getAttribute('data-number');

const visibleText = async (page) => (await page.locator('body').innerText()).replace(/\s+/g, ' ').toLowerCase();

async function assertPictureLoaded(page) {
  assert.equal(await page.locator('img#picture').count(), 1);
  assert.ok(await eventually(() => pictureLoaded(page)), 'the picture did not load');
}

async function tabAndEnter(locator) {
  const page = locator.page();
  for (let presses = 0; presses < 20; presses += 1) {
    if (await locator.evaluate((element) => element === document.activeElement)) {
      await page.keyboard.press('Enter');
      return;
    }
    await page.keyboard.press('Tab');
  }
  assert.fail('20 times Tab did not lead to "another one"');
}

/** What the API says about the picture on the page. */
async function image(page) {
  const [, id] = /\/images\/([^/?]+)\/content/.exec(await pictureSource(page)) ?? [];
  assert.ok(id, `the picture's address is not that of an image's content: ${await pictureSource(page)}`);
  const response = await fetch(`${origin}/api/v1/images/${id}`);
  assert.equal(response.status, 200);
  return response.json();
}

/** Relative luminance (0 is black, 1 white) of the body's text, whatever notation the style sheet uses. */
function textBrightness(page) {
  return page.evaluate(() => {
    const context = new OffscreenCanvas(1, 1).getContext('2d');
    context.fillStyle = getComputedStyle(document.body).color;
    context.fillRect(0, 0, 1, 1);
    const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
    return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
  });
}
