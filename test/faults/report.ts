// The report at the end of a campaign of renewals: plain lines to read, and one line of JSON for a program. The report also says what the campaign
// cannot show: anything about the real AimHarder.
import type { Tally } from './campaign.ts';
import { CHECKED } from './episode.ts';
import { describeWindows } from './receipt-window.ts';
import { spell, verdictOn } from './staging/found.ts';

export const linesOf = (tally: Tally): string[] => [
  `${tally.episodes} episodes (${spell(tally.byMode)}), ${tally.renewals} calls at the gym, ${tally.seconds} s on ${tally.machine}, seed ${tally.seed}`,
  `${tally.kills} processes killed (at named points: ${spell(tally.killsByPoint)}), ${tally.crashes} immediate stops of Postgres`,
  `faults that struck: ${spell(tally.faults)}`,
  `answers lost before anybody had them: ${tally.lostUnreceived}; sessions declared dead: ${tally.declaredDead}, ${spellDelays(tally.declaredAfterMin)}`,
  `an answer is in memory only, under this load: ${describeWindows(tally.receiptWindowsMs).words}`,
  `scenes played: ${tally.scenes.map(({ id }) => id).join(', ') || 'none'}`,
  `runs that ended with a failure: ${spell(tally.runCodes)}`,
  ...verdictOn(tally.found, CHECKED),
];

export const jsonOf = ({ found, receiptWindowsMs, declaredAfterMin, ...tally }: Tally): string =>
  JSON.stringify({
    ...{ campaign: 'renewals', ...tally, checked: CHECKED, violations: found.length },
    receiptWindow: describeWindows(receiptWindowsMs).words,
    declaredAfter: spellDelays(declaredAfterMin),
  });

/**
 * Gives a text about how many minutes it took to declare lost sessions dead, counted from the instant at which the loss could be known. The campaign
 * looks at the sessions only after each pass, and passes are some minutes apart: the true delays are a little smaller than the reported ones.
 */
function spellDelays(minutes: readonly number[]): string {
  if (minutes.length === 0) return 'none after the faults had ended';
  const sorted = [...minutes].sort((a, b) => a - b);
  const at = (share: number) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0).toFixed(1);
  return `${at(0.5)} minutes after it could be known (${sorted.length} that were not before the faults had ended) at the median, ${at(0.99)} at the 99th percentile, ${at(1)} at most`;
}
