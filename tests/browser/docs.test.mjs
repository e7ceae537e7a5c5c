// The Swagger UI at `/docs`: every operation, without a request elsewhere, and calls that can be tried out.
import assert from 'node:assert/strict';
import test from 'node:test';
import { assertAccessible, browse, narrow, open, origin, screenshot } from './harness.mjs';

test('shows every operation of the document', () =>
  browse({}, async (page) => {
    const document = await (await fetch(`${origin}/openapi.json`)).json();
    await openDocs(page);
    await screenshot(page, 'swagger');

    const shown = await page.locator('.opblock').evaluateAll((blocks) => blocks.map((block) => block.id));
    assert.deepEqual(shown.sort(), operations(document).sort());
  }));

for (const colorScheme of ['light', 'dark']) {
  test(`fits and is accessible to who prefers ${colorScheme} pages`, () =>
    browse({ colorScheme }, async (page) => {
      await openDocs(page);
      await assertAccessible(page);
      await page.setViewportSize(narrow);
      await assertAccessible(page);
    }));
}

test('is dark for who prefers dark pages, and opens an operation on a phone without growing wider than it', () =>
  browse({ colorScheme: 'dark' }, async (page) => {
    await openDocs(page);
    await page.setViewportSize(narrow);
    await page.locator('.opblock-summary').first().click();
    await page.locator('.opblock-body').first().waitFor();
    const shown = await page.evaluate(() => ({
      behind: getComputedStyle(document.body).backgroundColor,
      ui: getComputedStyle(document.querySelector('#ui')).filter,
      wider: document.documentElement.scrollWidth - innerWidth,
    }));
    assert.deepEqual(shown, { behind: 'rgb(20, 20, 20)', ui: 'invert(0.92) hue-rotate(180deg)', wider: 0 });
  }));

for (const { method, path, status } of [
  { method: 'get', path: '/api/v1/images/random', status: 200 },
  { method: 'post', path: '/api/v1/visits', status: 201 },
]) {
  test(`"Try it out" of ${method.toUpperCase()} ${path} answers ${status}`, () =>
    browse({}, async (page) => {
      await openDocs(page);
      const address = new RegExp(`${path}(\\?.*)?$`);
      const block = await operationBlock(page, method, path);
      await block.locator('.opblock-summary').click();
      await block.getByRole('button', { name: 'Try it out' }).click();
      await block.getByRole('button', { name: 'Execute' }).click();

      const answer = block.locator('.live-responses-table');
      await answer.waitFor();
      await answer.scrollIntoViewIfNeeded();
      await screenshot(page, `swagger-${method}-${path.split('/').at(-1)}`);
      assert.match(await block.locator('.request-url').innerText(), address);
      assert.equal((await answer.locator('tbody .response-col_status').innerText()).trim(), String(status));
    }));
}

async function openDocs(page) {
  await open(page, '/docs');
  await page.locator('.opblock').first().waitFor();
}

async function operationBlock(page, method, path) {
  // The document may hold the common start of the paths in its `servers`.
  const blocks = page.locator(`.opblock-${method}`);
  const paths = await blocks.locator('[data-path]').evaluateAll((all) => all.map((each) => each.dataset.path));
  const index = paths.findIndex((each) => path.endsWith(each) && each !== '/');
  assert.notEqual(index, -1, `${method} ${path} is not among ${paths}`);
  return blocks.nth(index);
}

/** The ids that the Swagger UI gives its blocks: one for each operation under each of its tags. */
function operations(document) {
  const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];
  return Object.values(document.paths).flatMap((item) =>
    methods
      .filter((method) => item[method])
      .flatMap((method) => (item[method].tags ?? ['default']).map((tag) => blockId(tag, item[method].operationId))),
  );
}

function blockId(tag, operationId) {
  return `operations-${tag.replaceAll(' ', '_')}-${operationId}`;
}
