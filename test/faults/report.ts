// What a campaign says in the end: plain lines for a person, and one line of JSON for a machine. Also what it does not show.
import type { Found, Tally } from './campaign.ts';
import { describeWindows } from './receipt-window.ts';

const INVARIANTS = ['I1', 'I2', 'I3', 'I4', 'I8', 'I9', 'I10', 'I12', 'G2'] as const;
const SHOWN = 5;

export function linesOf(tally: Tally): string[] {
  const { found } = tally;
  const counts = Object.groupBy(found, ({ violation }) => `${violation.invariant} ${violation.says.split(':')[0]}`);
  return [
    `${tally.episodes} episodes (${spell(tally.byMode)}), ${tally.renewals} calls at the gym, ${tally.seconds} s on ${tally.machine}, seed ${tally.seed}`,
    `${tally.kills} processes killed (at named points: ${spell(tally.killsByPoint) || 'none'}), ${tally.crashes} immediate stops of Postgres`,
    `faults that struck: ${spell(tally.faults)}`,
    `answers lost before anybody had them: ${tally.lostUnreceived}; sessions declared dead: ${tally.declaredDead}, ${spellDelays(tally.declaredAfterMin)}`,
    `an answer is in memory only, under this load: ${describeWindows(tally.receiptWindowsMs).words}`,
    `scenes played: ${tally.scenes.map(({ id }) => id).join(', ') || 'none'}`,
    `runs that ended with a failure: ${spell(tally.runCodes) || 'none'}`,
    `checked after every episode: ${INVARIANTS.join(' ')}`,
    ...Object.entries(counts).map(([name, all]) => `VIOLATED ${name}: ${all?.length}`),
    ...firstOfEach(found).flatMap(linesOfFound),
    ...tally.scenes.flatMap(({ id, fault, wrong }) => wrong.map((line) => `VIOLATED ${id} ${fault}: ${line}`)),
    isGreen(tally)
      ? 'GREEN: every invariant held'
      : `RED: ${found.length} violations, and ${brokenScenes(tally)} scenes`,
    'Not shown: anything about the real AimHarder. The gym here is a pretend one, built from what public clients agree on.',
  ];
}

const brokenScenes = ({ scenes }: Tally): number => scenes.filter(({ wrong }) => wrong.length > 0).length;

export const isGreen = (tally: Tally): boolean => tally.found.length === 0 && brokenScenes(tally) === 0;

export const jsonOf = ({ found, receiptWindowsMs, declaredAfterMin, ...tally }: Tally): string =>
  JSON.stringify({
    ...{
      ...tally,
      invariants: INVARIANTS,
      violations: found.length,
      isGreen: isGreen({ found, receiptWindowsMs, declaredAfterMin, ...tally }),
    },
    receiptWindow: describeWindows(receiptWindowsMs).words,
    declaredAfter: spellDelays(declaredAfterMin),
  });

/** A cycle is twenty minutes; passes are some minutes apart, so the true figures are a little smaller. */
function spellDelays(minutes: readonly number[]): string {
  if (minutes.length === 0) return 'none after the faults had ended';
  const sorted = [...minutes].sort((a, b) => a - b);
  const at = (share: number) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0).toFixed(1);
  return `${at(0.5)} minutes after it could be known (${sorted.length} that were not before the faults had ended) at the median, ${at(0.99)} at the 99th percentile, ${at(1)} at most`;
}

const spell = (counts: Record<string, number>): string =>
  Object.entries(counts)
    .map(([name, n]) => `${name} ${n}`)
    .join(', ');

const firstOfEach = (found: readonly Found[]): Found[] =>
  [
    ...new Map(
      [...found].reverse().map((one) => [`${one.violation.invariant}${one.violation.says.split(':')[0]}`, one]),
    ).values(),
  ].slice(0, SHOWN);

export function linesOfFound({ episode, violation }: Found): string[] {
  const faults = episode.plan.faults.map((fault) => fault?.name ?? '–').join(' · ') || 'none';
  return [
    `${violation.invariant} ${violation.says}`,
    `  replay: --seed ${episode.seed} --batch ${episode.batch} (mode ${episode.mode}, episode ${episode.plan.index}; faults by pass: ${faults})`,
    ...violation.window.map((line) => `  ${line}`),
  ];
}
