// The checks that every screen must pass: axe, an accessibility tool, finds no grave fault, the keyboard reaches everything, every control is large
// enough for a thumb.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PRESSED = 'a[href], button, input, select, textarea';
const MIN_TARGET_PX = 44;

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** Between a light and a dark page only colours differ, so the dark page is checked for colours alone. */
const RULES = { light: {}, dark: { runOnly: ['color-contrast'] } };

/** Runs axe on the page in light and then in dark colours; fails at a fault that axe itself calls serious or critical. */
export async function expectAccessible(page: Page, screen: string): Promise<void> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(AXE);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const asked = JSON.stringify({ ...RULES[colorScheme], resultTypes: ['violations'] });
    const { violations } = await page.evaluate<{ violations: Violation[] }>(`axe.run(${asked})`);
    const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    const found = grave.map(({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`);
    expect([screen, colorScheme, found]).toEqual([screen, colorScheme, []]);
  }
}

/** Each time the Tab key has been pressed this many times, the test checks which elements have not had the focus yet. */
const PRESSES = 10;

/**
 * Presses Tab until every element that can be pressed has had the focus; fails if an element has not had it after twice as many presses as there are
 * elements.
 */
export async function expectReachable(page: Page, screen: string): Promise<void> {
  const count = await page.locator(PRESSED).count();
  await page.evaluate(() => {
    const seen = new Set<Element>();
    Object.assign(window, { seen });
    document.addEventListener('focusin', ({ target }) => seen.add(target as Element));
    (document.activeElement as HTMLElement | null)?.blur();
  });
  let missed = await missedOn(page);
  for (let pressed = 0; missed.length > 0 && pressed < 2 * count + 5; pressed += PRESSES) {
    for (let press = 0; press < PRESSES; press++) await page.keyboard.press('Tab');
    missed = await missedOn(page);
  }
  expect([screen, missed]).toEqual([screen, []]);
}

const missedOn = (page: Page): Promise<string[]> =>
  page.evaluate((pressable) => {
    const seen = Reflect.get(window, 'seen') as Set<Element>;
    return [...document.querySelectorAll(pressable)]
      .filter((one) => !seen.has(one))
      .map((one) => one.outerHTML.slice(0, 120));
  }, PRESSED);

/** Fails unless buttons, fields and the navigation bar are large enough for a thumb, and nothing is wider than the browser's window. */
export async function expectPressable(page: Page, screen: string): Promise<void> {
  const small = await page.evaluate((least) => {
    const targets = [
      ...document.querySelectorAll('button, .button, .bar a, .field input, .field select, .days a, .check'),
    ];
    return targets
      .filter((one) => one.getBoundingClientRect().height < least)
      .map((one) => one.outerHTML.slice(0, 120));
  }, MIN_TARGET_PX);
  const spill = await page.evaluate(() =>
    Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth),
  );
  expect([screen, small, spill]).toEqual([screen, [], 0]);
}
