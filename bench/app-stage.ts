// A simulated phone that uses the real service: Chromium with a quarter of this machine's speed, a signed-in member, and a pretend gym with a day of
// sixty classes.
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { type BrowserContext, type CDPSession, chromium, type Page } from 'playwright-core';
import { openStage, type Stack } from '../demo/stage.ts';
import { CHARACTERS, PASSWORD } from '../demo/story.ts';
import type { SlotInput } from '../simulator/scenario.ts';
import { addDays, todayIn } from '../web/app/time.ts';

export const CHROMIUM = '/usr/bin/chromium';
const CPU_RATE = 4;
const ZONE = 'Europe/Madrid';

export interface Phone {
  readonly page: Page;
  readonly cdp: CDPSession;
}
export interface AppStage {
  readonly stack: Stack;
  readonly boxId: string;
  /** The day on which sixty classes can be booked. */
  readonly fullDay: string;
  /** The day with one class for each opening given to `openAppStage`; the classes start an hour apart. */
  readonly raceDay: string;
  readonly accessToken: string;
  /** Opens a new page of the browser in which the member is signed in, with the processor slowed down. */
  openPhone(): Promise<Phone>;
  query(sql: string, values: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  stop(): Promise<void>;
}

const two = (value: number): string => String(value).padStart(2, '0');
const slot = (day: string, minutes: number, more: Partial<SlotInput>): SlotInput => {
  const [hour, minute, end] = [Math.floor(minutes / 60), minutes % 60, Math.floor(minutes / 60) + 1];
  const time = `${two(hour)}:${two(minute)} - ${two(end)}:${two(minute)}`;
  return { day, time, classId: 5, className: 'WOD', coachName: 'Leo', limit: 12, ...more };
};

/** @param openings The instants in epoch ms at which the classes of one day (`raceDay`) open, one after the other. */
export async function openAppStage(openings: readonly number[]): Promise<AppStage> {
  const folder = await mkdtemp(join(tmpdir(), 'puntual-app-bench-'));
  // Postgres may run as another user, which must be able to pass through the bench's folder.
  await chmod(folder, 0o711);
  const { stack, gym, stop } = await openStage(folder);
  const today = todayIn(ZONE);
  const [fullDay, raceDay] = [addDays(today, 1), addDays(today, 2)];
  const sixty = Array.from({ length: 60 }, (_, at) => slot(fullDay, 6 * 60 + at * 15, {}));
  const races = openings.map((opensAt, at) =>
    slot(raceDay, (7 + at) * 60, { opensAt: new Date(opensAt).toISOString() }),
  );
  const [ana] = CHARACTERS;
  await gym.control.reset({
    boxes: [{ slug: ana.box, boid: 77, name: 'Box Norte', slots: [...sixty, ...races] }],
    members: [{ id: 1, name: ana.name, email: ana.email, password: PASSWORD, boxes: [ana.box] }],
    knobs: [{ kind: 'slow', afterMs: 35, jitterMs: 15 }],
  });
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  const context = await browser.newContext({
    ...{ locale: 'es-ES', timezoneId: ZONE, viewport: { width: 360, height: 780 } },
    // Without a service worker, each load of the page is a first load.
    serviceWorkers: 'block',
    // The bench runs scripts of its own in the page, which the page's security policy would refuse.
    bypassCSP: true,
  });
  const { accessToken, boxId } = await signIn(context, stack.url);
  const database = new Client({ connectionString: stack.postgresUrl });
  await database.connect();
  return {
    ...{ stack, boxId, fullDay, raceDay, accessToken },
    async openPhone() {
      const page = await context.newPage();
      const cdp = await context.newCDPSession(page);
      await cdp.send('Emulation.setCPUThrottlingRate', { rate: CPU_RATE });
      return { page, cdp };
    },
    query: async (sql, values) => (await database.query(sql, [...values])).rows,
    async stop() {
      await database.end();
      await browser.close();
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface SignedIn {
  readonly accessToken: string;
  readonly boxId: string;
}

/** Signs the member in through the app's own login screen. */
export async function signIn(context: BrowserContext, url: string): Promise<SignedIn> {
  const [ana] = CHARACTERS;
  const page = await context.newPage();
  await page.goto(`${url}/login`);
  await page.locator('input[name=email]').fill(ana.email);
  await page.locator('input[name=password]').fill(PASSWORD);
  const answered = page.waitForResponse('**/api/auth/login');
  await page.locator('button[type=submit]').click();
  const { accessToken, boxes } = await (await answered).json();
  await page.locator('nav.bar').waitFor();
  await page.close();
  return { accessToken, boxId: boxes[0].id };
}
