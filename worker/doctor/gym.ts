// npm run doctor -- gym [--save] [--json] [--day YYYYMMDD]: finds out which version of each disputed fact about the gym is true. The command signs in
// with one account's login, which it does not store. `doctor -- gym` books nothing and makes 25 calls to the gym at most. --save stores the facts
// that renewals and the estimate of the gym's clock use.
import { systemClock } from '../../services/clock.ts';
import { asFailure } from '../../services/failures.ts';
import type { GymFindings } from '../../services/gym/examination.ts';
import { platforms } from '../../services/gym/platforms.ts';
import { createHttp } from '../../services/http.ts';
import { parseProxy } from '../../services/tunnel.ts';
import { type Config, readEnvironment } from '../config.ts';
import { openOwnStore } from '../own-store.ts';
import { askLogin } from './ask-login.ts';
import { callLine, factLines, factsToSave } from './gym-report.ts';

const PAUSE_MS = 250;

export interface GymOptions {
  readonly isSaved: boolean;
  readonly isJson: boolean;
  /** The day for which classes are read, as YYYYMMDD; if absent, the current day in UTC. */
  readonly day: string | undefined;
}

/** Runs `doctor -- gym` and returns the exit code: 1 if the gym refused the login or an error occurred. */
export async function examineGym({ isSaved, isJson, day }: GymOptions): Promise<number> {
  try {
    const config = readEnvironment();
    const found = await examine(config, day);
    if (isJson) say(JSON.stringify({ ...found, facts: factLines(found) }, null, 2));
    else sayReport(found);
    if (isSaved && found.signIn === 'signed-in') await save(config, found);
    return found.signIn === 'signed-in' ? 0 : 1;
  } catch (error) {
    process.stderr.write(`${asFailure(error).message}\n`);
    return 1;
  }
}

const say = (line: string) => process.stdout.write(`${line}\n`);

async function examine({ gym }: Config, day: string | undefined): Promise<GymFindings> {
  const { platform, proxy, ...addresses } = gym;
  const { examination } = platforms[platform](addresses);
  const http = createHttp({ allow: [examination.owns], proxy: proxy && parseProxy(proxy) });
  const today = systemClock.now().toISOString().slice(0, 10).replaceAll('-', '');
  try {
    const login = await askLogin();
    return await examination.examine({ http, clock: systemClock, day: day ?? today, pauseMs: PAUSE_MS, login });
  } finally {
    await http.close();
  }
}

function sayReport(found: GymFindings): void {
  say(`${found.calls.length} calls of the gym; nothing was booked.`);
  for (const call of found.calls) say(`  ${callLine(call)}`);
  if (found.signIn !== 'signed-in') {
    say(`The gym refused the login (${found.signIn}). It is not tried again.`);
    return;
  }
  const lines = factLines(found);
  const width = Math.max(...lines.map(({ fact }) => fact.length));
  for (const { fact, reading, does } of lines) {
    say(`${fact.padEnd(width)}  ${reading}`);
    say(`${' '.repeat(width)}  → ${does}`);
  }
}

async function save(config: Config, found: GymFindings): Promise<void> {
  const { store, stop } = await openOwnStore(config);
  try {
    const facts = factsToSave(found);
    await store.keepGymFacts(facts, systemClock.now());
    const names = Object.entries(facts).map(([fact, reading]) => `${fact}: ${reading ?? 'as usual'}`);
    process.stderr.write(`Saved for this deployment: ${names.join(', ') || 'nothing, since nothing is sure'}.\n`);
  } finally {
    await stop();
  }
}
