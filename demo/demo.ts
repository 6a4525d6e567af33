// `npm run demo`: signing in, refreshing and booking on one machine, with the real service, a real database and a pretend gym. The demo exits 0 only
// when every class is booked. With `-- --stay` the demo leaves the service and the pretend gym running after the races, and prints their addresses.
// `--data-dir` names the demo's data folder; without this option, the folder is .puntual/demo.
import { constants } from 'node:os';
import { exit, ppid } from 'node:process';
import { parseArgs } from 'node:util';
import {
  ageSessions,
  cookiesOf,
  declareOpening,
  forgetEarlierDemos,
  prebook,
  readCounters,
  readPrebooking,
  runRefresh,
  type ShownPrebooking,
  type SignedInMember,
  signIn,
} from './client.ts';
import { openFrontDoor } from './front-door.ts';
import { openStage, type Stage } from './stage.ts';
import { CHARACTERS, type Opening, openingsFrom, scenarioOf } from './story.ts';
import { countDown, reportRace, say } from './tell.ts';

const { values: settings } = parseArgs({
  options: { stay: { type: 'boolean', default: false }, 'data-dir': { type: 'string', default: '.puntual/demo' } },
});
/** The time, ms, from the demo's start to the first opening: enough to sign in, refresh and prebook on a slow machine. */
const LEAD_MS = 16_000;
const SETTLE_TIMEOUT_MS = 60_000;
const OPEN_STATES = ['scheduling', 'scheduled', 'claimed', 'armed', 'unknown'];

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Entry {
  readonly member: SignedInMember;
  readonly opening: Opening;
  readonly prebooking: ShownPrebooking;
}

async function signInAll({ stack }: Stage): Promise<SignedInMember[]> {
  const members: SignedInMember[] = [];
  for (const character of CHARACTERS) {
    const member = await signIn(stack, character);
    say(`  ${character.name} signs in at ${member.boxName}: one session for the device, one for the service.`);
    members.push(member);
  }
  return members;
}

async function refreshAgedSessions({ stack }: Stage): Promise<void> {
  await ageSessions(stack, 19.5);
  const before = await readCounters(stack);
  const run = await runRefresh(stack);
  const after = await readCounters(stack);
  say(`  The service's sessions are now 19.5 minutes old; cron calls /cron/refresh-tokens:`);
  say(
    `  due ${run.due}, updated ${run.updated}, failed ${run.failed}, skipped ${run.skipped} in ${run.durationMs} ms · token_update_count ${before.join(', ')} → ${after.join(', ')}`,
  );
}

async function enter(
  { stack }: Stage,
  members: readonly SignedInMember[],
  openings: readonly Opening[],
): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const member of members) {
    const opening = openings.find((one) => one.slug === member.character.box);
    if (!opening) throw new Error('Expected every member to have an opening.');
    await declareOpening(stack, member.boxId, opening);
    const prebooking = await prebook(stack, member, opening);
    say(
      `  ${member.character.name} prebooks ${prebooking.className}; it opens at ${prebooking.opensAt.slice(11, 23)} UTC, for 12 places and 30 rivals.`,
    );
    entries.push({ member, opening, prebooking });
  }
  return entries;
}

async function waitForEnd({ stack }: Stage, { member, opening, prebooking }: Entry): Promise<ShownPrebooking> {
  const until = opening.opensAt.getTime() + SETTLE_TIMEOUT_MS;
  for (;;) {
    const shown = await readPrebooking(stack, member, prebooking.id);
    if (!OPEN_STATES.includes(shown.status) || Date.now() > until) return shown;
    await pause(250);
  }
}

async function play(stage: Stage): Promise<boolean> {
  const openings = openingsFrom(new Date(Date.now() + LEAD_MS));
  await stage.gym.control.reset(scenarioOf(openings));
  await forgetEarlierDemos(stage.stack);
  say('\n1 · Two members sign in');
  const members = await signInAll(stage);
  say('\n2 · Cron keeps their sessions alive');
  await refreshAgedSessions(stage);
  say('\n3 · They want a class that is not open yet');
  const entries = await enter(stage, members, openings);
  say('\n4 · Waiting for the instant');
  const first = Math.min(...openings.map((one) => one.opensAt.getTime()));
  for (let left = first - Date.now(); left > 0; left = first - Date.now()) {
    countDown(left);
    await pause(Math.min(left, 1_000));
  }
  say('\n\n5 · What happened');
  const ends = await Promise.all(entries.map((entry) => waitForEnd(stage, entry)));
  for (const [index, { member, opening }] of entries.entries()) {
    const shown = ends[index];
    const calls = await stage.gym.control.history({ op: 'book', box: opening.slug });
    if (shown) reportRace(member, opening, shown, calls.at(-1));
  }
  const truth = await stage.gym.control.truth();
  const places = truth.reservations.filter((one) => one.state === 'booked').length;
  const won = ends.filter((shown) => shown.status === 'booked').length;
  say(`\n  ${won} of ${entries.length} booked; the gym's own book has ${places} places of ours.`);
  return won === entries.length && places === entries.length;
}

/**
 * Prints the addresses of the service and of the pretend gym; called only with `--stay`, since without `--stay` the demo has already stopped both
 * processes.
 */
async function reportAddresses({ stack, gym }: Stage): Promise<void> {
  const [ana] = CHARACTERS;
  const door = await openFrontDoor(() => cookiesOf(stack, ana), `${stack.url}/`);
  say(`\n  the app   ${door.url}   (opens it as ${ana.name}, once; later ${stack.url}/)`);
  say(
    `  monitor   ${stack.url}/monitor   (user: operator, password: operatorToken in ${settings['data-dir']}/stack.json)`,
  );
  say(`  contract  ${stack.url}/docs`);
  say(`  the gym   curl -X POST -H 'content-type: application/json' ${gym.url}/__sim/truth   (pretend; its own book)`);
}

say('puntual demo: a real Postgres, PostgREST and queue on this machine, and a pretend gym. Starting …');
const startedAt = performance.now();
const stage = await openStage(settings['data-dir']).catch((error: unknown) => {
  say(`  The demo could not start: ${error instanceof Error ? error.message : String(error)}`);
  exit(1);
});
let closing: Promise<void> | undefined;
const close = (): Promise<void> => {
  closing ??= stage.stop();
  return closing;
};
const leave = (code: number) => close().then(() => exit(code));
let isStaying = false;
// With `--stay` a signal is the expected way to end the demo, so the exit code is 0.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => leave(isStaying ? 0 : 128 + constants.signals[signal]));
process.stdout.on('error', () => leave(1));
// A changed parent id means that npm was killed: no signal would ever stop the processes that the demo started, so the demo ends itself.
const parent = ppid;
setInterval(() => process.ppid !== parent && leave(1), 1_000).unref();

say(`  up in ${((performance.now() - startedAt) / 1000).toFixed(1)} s at ${stage.stack.url}`);
const booked = await play(stage).catch((error: unknown) => {
  if (!closing) say(`\n  The demo failed: ${error instanceof Error ? error.message : String(error)}`);
  return false;
});
// If a signal has already begun to close the demo, this `await` never returns: `leave` ends the process.
await closing;
say(`  The service's log is in ${stage.logFile}.`);
if (settings.stay) {
  await reportAddresses(stage);
  say('\n  Everything stays up. Stop it with Ctrl-C.');
  isStaying = true;
  setInterval(() => undefined, 60_000);
} else {
  await close();
  say(
    booked
      ? '\nEvery class booked.'
      : '\nNot every class was booked. `npm run demo -- --stay` leaves everything up to look at.',
  );
  exit(booked ? 0 : 1);
}
