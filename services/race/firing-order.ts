// Whose turn it is when several of ours want one class: by creation, as many at the instant as it has places, the others right after.
// So nobody of ours takes the last place from somebody of ours who asked before; and who asks for several people asks for the second
// when everybody has asked for one. Pure: it sends nothing.
import type { Entrant } from './entrant.ts';

export interface Turns {
  /** These shoot at the instant. */
  readonly first: readonly Entrant[];
  /** These shoot when those before them in the same class have their answers. */
  readonly behind: readonly Entrant[];
}

/** The class an entrant shoots at first. */
export const classOf = ({ choices: [slot] }: Entrant): string => `${slot?.day} ${slot?.id}`;

/** @param entrants in order of creation. A class whose places nobody knows, or that has none left, has no queue of ours. */
export function turnsOf(entrants: readonly Entrant[]): Turns {
  const ahead = new Map<string, number>();
  const first: Entrant[] = [];
  const behind: Entrant[] = [];
  for (const entrant of inRounds(entrants)) {
    const before = ahead.get(classOf(entrant)) ?? 0;
    ahead.set(classOf(entrant), before + 1);
    if (before < placesOf(entrant)) first.push(entrant);
    else behind.push(entrant);
  }
  return { first, behind };
}

/** First everybody's first wish for their class, then everybody's second, and so on; each round in order of creation. */
function inRounds(entrants: readonly Entrant[]): Entrant[] {
  const asked = new Map<string, number>();
  const rounds = entrants.map((entrant) => {
    const who = `${entrant.prebooking.userId} ${classOf(entrant)}`;
    const round = asked.get(who) ?? 0;
    asked.set(who, round + 1);
    return { entrant, round };
  });
  return rounds.sort((a, b) => a.round - b.round).map(({ entrant }) => entrant);
}

function placesOf({ choices: [slot] }: Entrant): number {
  const left = (slot?.limit ?? Number.POSITIVE_INFINITY) - (slot?.occupied ?? Number.POSITIVE_INFINITY);
  return left > 0 ? left : Number.POSITIVE_INFINITY;
}
