// AimHarder as a Gym: puts its calls together. Every quirk lives in a file beside this one and nowhere else in the service.
import type { Clock } from '../../clock.ts';
import type { Http } from '../../http.ts';
import type { Secret } from '../../secret.ts';
import type { GymFindings } from '../examination.ts';
import type { Gym, GymKey, RawAnswer, RenewAnswer } from '../gym.ts';
import { readAgenda } from './agenda.ts';
import { readAttendees } from './attendees.ts';
import { book, cancel, prepareBook } from './book.ts';
import { form, type Line, sendChange } from './calls.ts';
import { CLOCK_ADDRESSES, probeClock } from './clock.ts';
import { isAlive, readDay } from './day.ts';
import { type ExamineParts, examine } from './examine.ts';
import { type AimharderAddresses, createHosts, type Hosts, otherAddresses } from './hosts.ts';
import { understandBook } from './outcomes.ts';
import { reach } from './reach.ts';
import { type Origin, understandRenewal } from './renewal.ts';
import { signIn } from './sign-in.ts';
import { warmUp } from './warm-up.ts';

export interface AimharderParts {
  readonly hosts: Hosts;
  /** Its list must allow `hosts.owns`. */
  readonly http: Http;
  readonly clock: Clock;
  /** Hears what the operator should know and no answer can carry (a skipped box, rows without a time). */
  readonly tell?: (oddity: string, details: Readonly<Record<string, unknown>>) => void;
  /** For the pauses between reads; 0 ≤ x < 1. */
  readonly random?: () => number;
}

const renewUrl = (line: Line): URL => line.hosts.main('/api/tokenUpdate');
function renewOrigin(line: Line, url = renewUrl(line)): Origin {
  return { url, now: line.clock.now(), suffix: line.hosts.cookieDomain(url) };
}

async function renew(line: Line, key: GymKey, received: (raw: RawAnswer) => Promise<void>): Promise<RenewAnswer> {
  const url = renewUrl(line);
  const body = form({ token: key.token.reveal(), ciclo: '1', fingerprint: key.fingerprint });
  let keeping = Promise.resolve(true);
  // There is no wait in between: what is heard of is kept before anything else happens in this process.
  const keep = async (soFar: RawAnswer) => {
    await received(soFar);
    return true;
  };
  const answer = await sendChange(line, key, url, body, (soFar) => {
    // A keeper that fails (a full disk) must not cost the token it was to save.
    keeping = keep(soFar).catch(() => false);
  });
  if ('kind' in answer) return answer;
  const keptWell = await keeping;
  const understood = understandRenewal(answer, key, renewOrigin(line, url));
  if (keptWell) return understood;
  line.tell('an answer to a renewal could not be kept before it was used', { status: answer.status });
  return understood.kind === 'renewed' ? { ...understood, flags: [...understood.flags, 'not-kept'] } : understood;
}

export function createAimharder({ tell = () => undefined, ...parts }: AimharderParts): Gym {
  const line: Line = { tell, ...parts };
  const now = () => line.clock.now();
  return {
    signIn: (credentials, fingerprint) => signIn(line, credentials, fingerprint),
    renew: (key, received) => renew(line, key, received),
    understandRenewal: (raw, key, reading) => understandRenewal(raw, key, renewOrigin(line), reading),
    warmUp: (key, boxes) => warmUp(line, key, boxes),
    isAlive: (key) => isAlive(line, key),
    readDay: (key, box, day, familyId) => readDay(line, key, box, day, familyId),
    readAttendees: (key, box, day) => readAttendees(line, key, box, day),
    readAgenda: (key, box) => readAgenda(line, key, box),
    book: (key, box, wish) => book(line, key, box, wish),
    prepareBook: (key, box, wish) => prepareBook(line, key, box, wish),
    understandBook: (raw) => understandBook(raw, now()),
    cancel: (key, box, wish) => cancel(line, key, box, wish),
    reach: (box) => reach(line, box),
    clockAddresses: CLOCK_ADDRESSES,
    probeClock: (box, address) => probeClock(line, box, address),
  };
}

/** The parts that an examination asks for; its addresses are known here. */
export type ExaminationRequest = Omit<ExamineParts, 'hosts' | 'other'> & {
  readonly login: { readonly email: string; readonly password: Secret };
};

/** The platform at these addresses: which of them are its own, and a gym that asks them through a door of the caller's. */
export function openAimharder(addresses: AimharderAddresses): {
  /** For the HTTP door's list of addresses that may be called. */
  owns(url: URL): boolean;
  gym(parts: Omit<AimharderParts, 'hosts'>): Gym;
  examination: {
    /** For the list of a door of its own: the gym's other suffix is called, too. */
    owns(url: URL): boolean;
    /** Signs in with one account and finds out what is disputed. Books nothing. Throws gym/…. */
    examine(request: ExaminationRequest): Promise<GymFindings>;
  };
} {
  const hosts = createHosts(addresses);
  const sister = otherAddresses(addresses);
  const other = sister && createHosts(sister);
  return {
    owns: hosts.owns,
    gym: (parts) => createAimharder({ ...parts, hosts }),
    examination: {
      owns: (url) => hosts.owns(url) || other?.owns(url) === true,
      examine: ({ login, ...parts }) => examine({ ...parts, hosts, other }, login),
    },
  };
}
