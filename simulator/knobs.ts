// Keeps the knobs that are turned on and hands out the newest one that matches a call, counting its uses.
// It does not know what a knob does.
import type { Knob, KnobKind, KnobOf, Operation } from './knob-shapes.ts';

/** What a knob is matched against; what is not known is absent and matches no knob that asks for it. */
export interface AnyCall {
  op?: Operation | undefined;
  memberId?: number | undefined;
  email?: string | undefined;
  box?: string | undefined;
  fingerprint?: string | undefined;
}
export interface Call extends AnyCall {
  op: Operation;
}

interface Turned {
  id: number;
  knob: Knob;
  skipsLeft: number;
  usesLeft: number;
}

export interface Knobs {
  /** Turns a knob on; answers the number by which it can be cleared. */
  set(knob: Knob): number;
  clear(filter?: { kind?: KnobKind | undefined; knobId?: number | undefined }): void;
  /** The newest knob of that kind that applies to the call; uses it up once. */
  take<K extends KnobKind>(kind: K, call: AnyCall): KnobOf<K> | undefined;
}

export function createKnobs(random: () => number): Knobs {
  let nextId = 1;
  const byKind = new Map<KnobKind, Turned[]>();
  const drop = (keep: (turned: Turned) => boolean) => {
    for (const [kind, list] of byKind) byKind.set(kind, list.filter(keep));
  };
  return {
    set(knob) {
      const turned = {
        id: nextId++,
        knob,
        skipsLeft: knob.skip ?? 0,
        usesLeft: knob.times ?? Number.POSITIVE_INFINITY,
      };
      byKind.set(knob.kind, [turned, ...(byKind.get(knob.kind) ?? [])]);
      return turned.id;
    },
    clear(filter = {}) {
      drop(
        ({ id, knob }) =>
          (filter.kind ? knob.kind !== filter.kind : false) || (filter.knobId ? id !== filter.knobId : false),
      );
    },
    take<K extends KnobKind>(kind: K, call: AnyCall) {
      const found = byKind.get(kind)?.find((turned) => strikes(turned, call, random));
      return found?.knob as KnobOf<K> | undefined;
    },
  };
}

function strikes(turned: Turned, call: AnyCall, random: () => number): boolean {
  if (turned.usesLeft <= 0 || !matches(turned.knob, call)) return false;
  if (turned.skipsLeft > 0) {
    turned.skipsLeft--;
    return false;
  }
  if (turned.knob.probability !== undefined && random() >= turned.knob.probability) return false;
  turned.usesLeft--;
  return true;
}

function matches(knob: Knob, call: AnyCall): boolean {
  const ops = knob.op === undefined ? undefined : [knob.op].flat();
  if (ops && !(call.op && ops.includes(call.op))) return false;
  if (knob.member !== undefined && knob.member !== call.memberId && knob.member !== call.email) return false;
  if (knob.box !== undefined && knob.box !== call.box) return false;
  return knob.fingerprint === undefined || knob.fingerprint === call.fingerprint;
}
