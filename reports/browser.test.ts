// The page in a real browser, opened from disk: nothing is asked for, every link leads somewhere,
// and everybody can read it.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { render } from './render/page.ts';
import { sampleBaseline, sampleEvidence, sampleFaults } from './sample.ts';

const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = BROWSERS.find((path) => existsSync(path));
const directory = mkdtempSync(join(tmpdir(), 'terrarium-page-'));
const address = pathToFileURL(join(directory, 'report.html')).href;
const evidence = sampleEvidence();
const REPRESENTATIVE = ['NET-03', 'SAFE-04', 'LIM-01', 'LIM-04', 'BAD-01'];

let browser: BrowserContext | undefined;

beforeAll(async () => {
  writeFileSync(
    join(directory, 'report.html'),
    await render(evidence, { baseline: sampleBaseline(), faults: sampleFaults() }),
  );
  if (executablePath === undefined) return;
  browser = await chromium.launchPersistentContext(join(directory, 'profile'), {
    executablePath,
    headless: true,
    viewport: { width: 1280, height: 800 },
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
});

afterAll(async () => {
  await browser?.close();
  rmSync(directory, { recursive: true, force: true });
});

function row(page: Page, id: string) {
  return page.locator(`details[data-id="${id}"]`);
}

/** Chromium writes each page as an object of its own, uncompressed. */
function pagesOf(pdf: Buffer): number {
  return pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0;
}

interface Opened {
  readonly page: Page;
  /** Console errors, uncaught exceptions, and requests for anything but the page. */
  readonly complaints: string[];
}

async function open(hash = ''): Promise<Opened> {
  if (browser === undefined) throw new Error('no browser');
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      complaints.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(address) && !url.startsWith('data:'))
      complaints.push(`request: ${url.slice(0, 200)}`);
  });
  await page.goto(address + hash);
  return { page, complaints };
}

if (executablePath === undefined) {
  test('the page in a browser', (context) =>
    context.skip(`none of ${BROWSERS.join(', ')} is there: apt-get install chromium`));
} else {
  describe('the page in a browser', () => {
    test('opens, plays, copies and searches without an error', async () => {
      const { page, complaints } = await open();
      await page.locator('#open-all').click();
      for (const id of ['LIM-01', 'SAFE-04']) {
        await page.locator(`#${id} .play`).first().click();
        await page.locator(`#${id} .ap-player`).first().waitFor();
      }
      await page.locator('#LIM-01 .ap-term').first().getByText('touched').waitFor();
      await page.locator('#NET-03 .copy').click();
      await page.locator('#NET-03 .copy').getByText('copied').waitFor();
      await page.locator('#theme').click();
      await page.locator('#close-all').click();
      expect(await page.locator('details.requirement[open]').count()).toBe(0);
      expect(complaints).toEqual([]);
      await page.close();
    });

    test('shows the assignment first, then failures', async () => {
      const { page } = await open();
      const top = await page.locator('#assignment h2').boundingBox();
      expect(top?.y).toBeLessThan(400);
      expect(await page.locator('#assignment .group li').count()).toBe(evidence.sentences.length);
      const listed = await page
        .locator('details.requirement')
        .evaluateAll((all) => all.map((each) => each.dataset.id));
      expect(listed.slice(0, 2)).toEqual(['NET-03', 'SAFE-04']);
      expect(listed).toHaveLength(evidence.requirements.length);
      await page.close();
    });

    test('opens the target of a deep link, even if a filter hides it', async () => {
      const { page } = await open('#NET-03');
      expect(await row(page, 'NET-03').getAttribute('open')).not.toBeNull();
      await page.locator('#search').fill('hostname');
      await page.locator('#assignment a[href="#LIM-01"]').first().click();
      await page.locator('[data-id=LIM-01][open]').waitFor();
      expect(await row(page, 'LIM-01').locator('summary').first().isVisible()).toBe(true);
      await page.close();
    });

    test('finds by words in titles and transcripts, by verdict and by area', async () => {
      const { page } = await open();
      const visible = () =>
        page
          .locator('details.requirement:visible')
          .evaluateAll((all) => all.map((each) => each.dataset.id));
      await page.locator('#search').fill('hog shell survives');
      expect(await visible()).toEqual(['LIM-01']);
      await page.locator('#search').fill('OOM_KILL 1');
      expect(await visible()).toEqual(['LIM-01']);
      await page.locator('#search').fill('198.18.0.1 connection');
      expect(await visible()).toContain('NET-03');
      await page.locator('#search').fill('');
      await page.locator('#verdict').selectOption('not-proven-here');
      expect(await visible()).toEqual(['LIM-04']);
      await page.locator('#verdict').selectOption('');
      await page.locator('#area').selectOption('PS');
      expect(await visible()).toEqual(['PS-01', 'PS-02', 'PS-03', 'PS-04']);
      await page.locator('#search').fill('there is no such word');
      expect(await page.locator('#nothing').isVisible()).toBe(true);
      await page.close();
    });

    test('keeps filter and search in its address, and opens as the address says', async () => {
      const { page } = await open();
      await page.locator('#search').fill('hog shell survives');
      await page.locator('#verdict').selectOption('proven');
      await page.locator('#area').selectOption('LIM');
      const address = new URL(page.url());
      expect(Object.fromEntries(address.searchParams)).toEqual({
        q: 'hog shell survives',
        verdict: 'proven',
        area: 'LIM',
      });
      await page.goto(address.href);
      expect(await page.locator('#search').inputValue()).toBe('hog shell survives');
      const shown = await page
        .locator('details.requirement:visible')
        .evaluateAll((all) => all.map((each) => each.dataset.id));
      expect(shown).toEqual(['LIM-01']);
      await page.locator('#search').fill('');
      await page.locator('#verdict').selectOption('');
      await page.locator('#area').selectOption('');
      expect(new URL(page.url()).search).toBe('');
      await page.close();
    });

    test('is worked by keyboard alone', async () => {
      const { page } = await open();
      const focused = () =>
        page.evaluate(
          'document.activeElement.closest("details")?.dataset.id ?? document.activeElement.id',
        );
      await page.keyboard.press('/');
      expect(await focused()).toBe('search');
      await page.keyboard.press('Escape');
      for (const key of ['j', 'j', 'j', 'k']) await page.keyboard.press(key);
      expect(await focused()).toBe('SAFE-04');
      await page.keyboard.press('Enter');
      expect(await row(page, 'SAFE-04').getAttribute('open')).not.toBeNull();
      await page.close();
    });

    test.each(['light', 'dark'] as const)(
      'has no accessibility violation in %s',
      async (colorScheme) => {
        const { page } = await open();
        await page.emulateMedia({ colorScheme });
        await page.evaluate(
          `for (const id of ${JSON.stringify(REPRESENTATIVE)}) document.getElementById(id).parentElement.open = true`,
        );
        // What is not about colour is the same in both.
        const options = {
          resultTypes: ['violations'],
          ...(colorScheme === 'dark' ? { runOnly: ['color-contrast'] } : {}),
        };
        await page.addScriptTag({ content: axe.source });
        const { violations } = await page.evaluate<axe.AxeResults, undefined>(
          `axe.run(${JSON.stringify(options)})`,
          undefined,
        );
        expect(
          violations.map(
            ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`,
          ),
        ).toEqual([]);
        await page.close();
      },
    );

    test('fits 400 pixels with everything open', async () => {
      const { page } = await open();
      await page.setViewportSize({ width: 400, height: 800 });
      await page.evaluate(
        'for (const each of document.querySelectorAll("details")) each.open = true',
      );
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(400);
      await page.close();
    });

    test('prints on a few pages, with the opened requirements, in light colours', async () => {
      const { page } = await open('#NET-03');
      await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
      await page.evaluate('dispatchEvent(new Event("beforeprint"))');
      expect(await page.locator('details.requirement[open]').count()).toBe(1);
      expect(await page.locator('#NET-03 .screen').first().isVisible()).toBe(true);
      expect(await page.locator('#LIM-01 .screen').first().isVisible()).toBe(false);
      expect(await row(page, 'LIM-01').locator('summary').first().isVisible()).toBe(true);
      expect(await page.locator('.toolbar').isVisible()).toBe(false);
      await page.locator('#close-all').evaluate((button: HTMLElement) => button.click());
      const pages = pagesOf(await page.pdf({ format: 'A4', preferCSSPageSize: true }));
      expect(pages).toBeGreaterThanOrEqual(2);
      expect(pages).toBeLessThanOrEqual(6);
      await page.locator('#open-all').evaluate((button: HTMLElement) => button.click());
      expect(pagesOf(await page.pdf({ format: 'A4' }))).toBeGreaterThan(20);
      await page.close();
    });

    test('is read without scripts', async () => {
      if (browser === undefined) throw new Error('no browser');
      const plain = await browser.browser()?.newContext({ javaScriptEnabled: false });
      const page = await (plain ?? browser).newPage();
      await page.goto(address);
      expect(await page.locator('#LIM-01 .screen').first().isVisible()).toBe(false);
      await row(page, 'LIM-01').locator('summary').first().click();
      expect(await page.locator('#LIM-01 .screen').first().isVisible()).toBe(true);
      expect(await page.locator('#LIM-01 svg').first().isVisible()).toBe(true);
      expect(await page.locator('button:visible').count()).toBe(0);
      await plain?.close();
    });

    test('opens the target of a deep link without scripts, and clicked items', async () => {
      if (browser === undefined) throw new Error('no browser');
      const plain = await browser.browser()?.newContext({ javaScriptEnabled: false });
      const page = await (plain ?? browser).newPage();
      await page.goto(`${address}#NET-02`);
      await page.locator('[data-id=NET-02][open]').waitFor();
      expect(await page.locator('#NET-02 .screen').first().isVisible()).toBe(true);
      const line = await row(page, 'NET-02').locator('summary').first().boundingBox();
      expect(line?.y).toBeGreaterThanOrEqual(0);
      expect(await page.locator('details.requirement[open]').count()).toBe(1);
      await page.locator('#assignment a[href="#LIM-01"]').first().click();
      await page.locator('[data-id=LIM-01][open]').waitFor();
      await plain?.close();
    });
  });
}
