// Whose turn it is when several of ours want one class: by creation, as many at the instant as it has places, the others right after.
// So nobody of ours takes the last place from somebody of ours who asked before; and who asks for several people asks for the second
// when everybody has asked for one. Pure: it sends nothing.
import type { Contender } from './entrant.ts';

export interface Turns {
  /** These shoot at the instant. */
  readonly first: readonly Contender[];
  /** These shoot when those before them in the same class have their answers. */
  readonly behind: readonly Contender[];
}

/** The class a contender shoots at first. */
export const classOf = ({ choices: [slot] }: Contender): string => `${slot?.day} ${slot?.id}`;

/** @param contenders in order of creation. A class whose places nobody knows, or that has none left, has no queue of ours. */
export function turnsOf(contenders: readonly Contender[]): Turns {
  const ahead = new Map<string, number>();
  const first: Contender[] = [];
  const behind: Contender[] = [];
  for (const contender of inRounds(contenders)) {
    const before = ahead.get(classOf(contender)) ?? 0;
    ahead.set(classOf(contender), before + 1);
    if (before < placesOf(contender)) first.push(contender);
    else behind.push(contender);
  }
  return { first, behind };
}

/** First everybody's first wish for their class, then everybody's second, and so on; each round in order of creation. */
function inRounds(contenders: readonly Contender[]): Contender[] {
  const asked = new Map<string, number>();
  const rounds = contenders.map((contender) => {
    const who = `${contender.prebooking.userId} ${classOf(contender)}`;
    const round = asked.get(who) ?? 0;
    asked.set(who, round + 1);
    return { contender, round };
  });
  return rounds.sort((a, b) => a.round - b.round).map(({ contender }) => contender);
}

function placesOf({ choices: [slot] }: Contender): number {
  const left = (slot?.limit ?? Number.POSITIVE_INFINITY) - (slot?.occupied ?? Number.POSITIVE_INFINITY);
  return left > 0 ? left : Number.POSITIVE_INFINITY;
}
