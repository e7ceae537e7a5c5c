// The page at `/`: one picture, its facts, the visitor's number, "another one".
import assert from 'node:assert/strict';
import test from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { browse, desktop, eventually, open, origin, phone, screenshot } from './harness.mjs';

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
  for (const [device, viewport] of Object.entries({ desktop, phone })) {
    test(`is ${colorScheme}, fits and is accessible on a ${device} (${viewport.width}x${viewport.height})`, () =>
      browse({ colorScheme, viewport }, async (page) => {
        await open(page, '/');
        await assertPictureLoaded(page);
        await screenshot(page, `page-${colorScheme}-${device}`);

        const widths = await page.evaluate(() => [document.documentElement, document.body].map((e) => e.scrollWidth));
        assert.ok(Math.max(...widths) <= viewport.width, `scrolls sideways: ${widths} > ${viewport.width}`);
        const box = await page.locator('#picture').boundingBox();
        assert.ok(box.x >= 0 && box.x + box.width <= viewport.width, `the picture sticks out: ${JSON.stringify(box)}`);

        const brightness = await textBrightness(page);
        assert.equal(brightness > 0.5, colorScheme === 'dark', `brightness of the text: ${brightness}`);

        const { violations } = await new AxeBuilder({ page }).analyze();
        assert.deepEqual(violations.map(summary), []);
      }));
  }
}

const pictureSource = (page) => page.locator('#picture').getAttribute('src');

const pictureLoaded = (page) => page.locator('#picture').evaluate((img) => img.complete && img.naturalWidth > 0);

const visitorNumber = async (page) => (await page.locator('#visitor-number').innerText()).trim();

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

function summary(violation) {
  return `${violation.id}: ${violation.help} (${violation.nodes.map((node) => node.target.join(' ')).join(', ')})`;
}
