// Keeps the knobs that are turned on. Finds, among the knobs of one kind, the newest knob that matches a call. Counts how often each knob is used.
// This file does not know what a knob does.
import type { Operation } from './knob-scope.ts';
import type { Knob, KnobKind, KnobOf } from './knob-shapes.ts';

/**
 * The properties of a call against which the scope fields of a knob are matched. If one of a knob's scope fields (`op`, `path`, `box` …) has a value,
 * the knob does not match a call that lacks this field.
 */
export interface AnyCall {
  op?: Operation | undefined;
  method?: string | undefined;
  path?: string | undefined;
  memberId?: number | undefined;
  email?: string | undefined;
  box?: string | undefined;
  /** The slugs of the boxes that the calling member belongs to. */
  homeBoxes?: readonly string[] | undefined;
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
  /** Turns a knob on; returns the number by which `clear` can turn that knob off. */
  set(knob: Knob): number;
  clear(filter?: { kind?: KnobKind | undefined; knobId?: number | undefined }): void;
  /** Returns the newest knob of the kind `kind` that strikes the call, if there is one; the call counts as one use of the knob. */
  take<K extends KnobKind>(kind: K, call: AnyCall): KnobOf<K> | undefined;
}

/** `nowMs` reads the gym's clock, for knobs with `from` or `until`. */
export function createKnobs(random: () => number, nowMs: () => number): Knobs {
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
      const found = byKind.get(kind)?.find((turned) => strikes(turned, call, random, nowMs()));
      return found?.knob as KnobOf<K> | undefined;
    },
  };
}

function strikes(turned: Turned, call: AnyCall, random: () => number, nowMs: number): boolean {
  if (turned.usesLeft <= 0 || !matches(turned.knob, call) || !holdsAt(turned.knob, nowMs)) return false;
  if (turned.skipsLeft > 0) {
    turned.skipsLeft--;
    return false;
  }
  if (turned.knob.probability !== undefined && random() >= turned.knob.probability) return false;
  turned.usesLeft--;
  return true;
}

const holdsAt = ({ from, until }: Knob, nowMs: number): boolean =>
  (from === undefined || nowMs >= from) && (until === undefined || nowMs < until);

/**
 * Whether a knob's scope field allows the call: an absent field allows every call, otherwise one of the field's values must equal the call's value.
 */
const isOneOf = (asked: string | readonly string[] | undefined, is: string | undefined): boolean =>
  asked === undefined || (is !== undefined && [asked].flat().includes(is));

function matches(knob: Knob, call: AnyCall): boolean {
  if (isAside(call) && !OF_THE_SERVER.has(knob.kind) && !namesCall(knob)) return false;
  if (!isOneOf(knob.op, call.op) || !isOneOf(knob.method, call.method) || !isOneOf(knob.path, call.path)) return false;
  if (knob.member !== undefined && knob.member !== call.memberId && knob.member !== call.email) return false;
  if (knob.homeBox !== undefined && !call.homeBoxes?.includes(knob.homeBox)) return false;
  return isOneOf(knob.box, call.box) && isOneOf(knob.fingerprint, call.fingerprint);
}

// puntual and other programs read the gym's clock from plain pages (`/`, `/robots.txt` …) and from unknown addresses. Knobs of these kinds strike
// calls of plain pages and unknown addresses, too. A knob of another kind must set `op`, `method` or `path` to strike a call of a plain page or an
// unknown address.
const OF_THE_SERVER: ReadonlySet<KnobKind> = new Set(['headers', 'date-offset', 'think', 'close-after']);
const isAside = ({ op }: AnyCall): boolean => op === 'page' || op === 'unknown';
const namesCall = ({ op, method, path }: Knob): boolean => [op, method, path].some((name) => name !== undefined);
