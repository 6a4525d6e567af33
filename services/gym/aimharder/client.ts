// AimHarder as a `Gym`: puts the calls that this folder's files make behind the interface `Gym`. Every peculiarity of AimHarder is dealt with in this
// folder and nowhere else in the service.
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
  /** The HTTP client; it must be allowed to call every address for which `hosts.owns` returns true. */
  readonly http: Http;
  readonly clock: Clock;
  /** Called with what the operator should know but no return value tells, such as a skipped box or rows without a time. */
  readonly tell?: (oddity: string, details: Readonly<Record<string, unknown>>) => void;
  /** Returns a random number x, 0 ≤ x < 1, from which the wait before a repeated read is computed. */
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
  // No await stands between the arrival of an answer and the call of `received`, so `received` can keep the answer before anything else happens in
  // this process.
  const keep = async (soFar: RawAnswer) => {
    await received(soFar);
    return true;
  };
  const answer = await sendChange(line, key, url, body, (soFar) => {
    // If the answer cannot be kept, for example because the disk is full, the renewal goes on, so that the token in the answer is not lost.
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

/** What an examination of the gym needs in addition to the gym's addresses, which `openAimharder` has been given. */
export type ExaminationRequest = Omit<ExamineParts, 'hosts' | 'other'> & {
  readonly login: { readonly email: string; readonly password: Secret };
};

/** Sets up AimHarder at the given addresses: returns `owns` to test an address, `gym` to make a `Gym`, and the examination of the gym. */
export function openAimharder(addresses: AimharderAddresses): {
  /** True for an address of the gym; the HTTP client may call only such addresses. */
  owns(url: URL): boolean;
  gym(parts: Omit<AimharderParts, 'hosts'>): Gym;
  examination: {
    /** True for an address of the gym, also under the gym's other domain suffix; the examination's own HTTP client may call only such addresses. */
    owns(url: URL): boolean;
    /**
     * Signs in with one account and finds out which version of each disputed fact about the gym is true. The examination books nothing. Throws gym/….
     */
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
