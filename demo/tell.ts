// Prints what the demo tells a person at a terminal.
import { stdout } from 'node:process';
import type { HistoryEntry } from '../simulator/history.ts';
import type { ShownPrebooking, SignedInMember } from './client.ts';
import type { Opening } from './story.ts';

/** Prints one line on the terminal. */
export const say = (text = ''): void => {
  stdout.write(`${text}\n`);
};

const timeOf = (instant: unknown): string => (typeof instant === 'string' ? instant.slice(11, 23) : '–');
const ms = (value: unknown): string => (typeof value === 'number' ? `${value.toFixed(1)} ms` : '–');

/**
 * Prints the seconds left until the opening: on a terminal always in the same line, else in a new line every five seconds and for each of the last
 * three seconds.
 */
export function countDown(leftMs: number): void {
  const seconds = Math.ceil(leftMs / 1000);
  if (stdout.isTTY) stdout.write(`\r  … opens in ${String(seconds).padStart(2)} s `);
  else if (seconds % 5 === 0 || seconds <= 3) say(`  … opens in ${seconds} s`);
}

/** Prints one race's receipt. @param gymSaw the pretend gym's own record of the last booking request at the member's box. */
export function reportRace(
  member: SignedInMember,
  opening: Opening,
  shown: ShownPrebooking,
  gymSaw: HistoryEntry | undefined,
): void {
  const receipt = shown.receipt ?? {};
  const afterMs = gymSaw?.bodyReadAtMs === undefined ? undefined : gymSaw.bodyReadAtMs - opening.opensAt.getTime();
  const rows: [string, string][] = [
    ['opening instant', `${timeOf(receipt['opensAt'])} UTC`],
    ['woken', timeOf(receipt['wokenAt'])],
    ['ready, line warm', timeOf(receipt['readyAt'])],
    ['sent', timeOf(receipt['sentAt'])],
    ['answered', timeOf(receipt['answeredAt'])],
    ['read back', timeOf(receipt['readBackAt'])],
    ['lateness', `${ms(receipt['latenessMs'])} by our own reckoning; the gym saw it ${ms(afterMs)} after the opening`],
    ['gym’s clock', `${ms(receipt['clockOffsetMs'])} from ours, round trip ${ms(receipt['rttMs'])}`],
    ['shots', String(receipt['shots'])],
    [
      'verdict',
      `${shown.status}${shown.reservationId ? `, reservation ${shown.reservationId}` : ''}, decided by ${String(receipt['decidedBy'])}`,
    ],
    ['in words', String(receipt['words'])],
  ];
  say(`\n  ${member.character.name} · ${shown.className} · ${member.boxName} · day ${opening.day} 18:00`);
  for (const [name, value] of rows) say(`    ${name.padEnd(17)} ${value}`);
}
