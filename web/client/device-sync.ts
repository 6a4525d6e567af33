// Keeps this device's copy of its gym token equal to the service's copy; the service renews the gym token. One tab at a time fetches the gym token
// from puntual, at most every 30 seconds, and stores it where all tabs read it. A failed read of the token never signs a member out; only the end of
// puntual's own session signs a member out.
import { ClientError } from './client-error.ts';
import type { Answer, Ask, Method, Path } from './contract.ts';
import { type DeviceRecord, type DeviceStatus, readDeviceRecord, writeDeviceRecord } from './device-record.ts';
import type { Surroundings } from './surroundings.ts';

/** Makes a call of puntual's HTTP API as the signed-in member. Throws ClientError. */
export type AskAsMember = <P extends Path, M extends Method<P>>(
  method: M,
  path: P,
  ask: Ask<P, M>,
) => Promise<Answer<P, M>>;

export interface DeviceSync {
  /** The record of this member's device; undefined if this browser is no device of the member. */
  record(): DeviceRecord | undefined;
  /**
   * The fingerprint (this device's name at the gym) that every sign-in from this browser sends, whichever member signs in; undefined if this browser
   * has none yet.
   */
  fingerprint(): string | undefined;
  /**
   * Asks the service for the token of this browser's device session, unless a tab of the browser has asked for it within the last 30 seconds. With
   * `force`, asks for that token unless a tab has begun to ask for it since this call was made. Never throws.
   */
  look(force: boolean): Promise<void>;
  /** Makes the service renew this device's token at the gym immediately. Throws ClientError. */
  renew(): Promise<void>;
  /** Stores the device's record after a sign-in at the gym. */
  keep(device: { userId: string; fingerprint: string; token: string }): void;
  /** Removes the gym token from the device's record; the device's fingerprint stays there. */
  forget(): void;
}

const LOOK_EVERY_MS = 30_000;
const LOCK = 'device';

interface Parts {
  readonly surroundings: Pick<Surroundings, 'shelf' | 'channel' | 'exclusively' | 'now'>;
  readonly ask: AskAsMember;
  /** Fetches from puntual the valid gym token of the device with this fingerprint; the refresh cookie proves that this browser is the device. */
  readonly prove: (fingerprint: string) => Promise<{ readonly token: string }>;
  readonly userId: () => string | undefined;
  readonly changed: () => void;
}

export function createDeviceSync({ surroundings, ask, prove, userId, changed }: Parts): DeviceSync {
  const { shelf, channel, exclusively, now } = surroundings;
  const record = () => {
    const kept = readDeviceRecord(shelf);
    return kept !== undefined && kept.userId === userId() ? kept : undefined;
  };
  const write = (next: DeviceRecord) => {
    writeDeviceRecord(shelf, next);
    channel.post({ kind: 'device' });
    changed();
  };
  /** Changes the kept record only if it is still the record with which the call was made: a member may have signed in during the call. */
  const note = (asked: DeviceRecord, news: Partial<DeviceRecord>) => {
    const kept = record();
    if (kept?.fingerprint === asked.fingerprint && kept.token === asked.token) write({ ...kept, ...news });
  };
  const fetchToken = async (kept: DeviceRecord): Promise<Partial<DeviceRecord>> => {
    const { fingerprint, token } = kept;
    if (token === '') return prove(fingerprint);
    try {
      const answer = await ask('post', '/api/auth/sync-device-session', { body: { fingerprint, currentToken: token } });
      return answer.needsSync ? { token: answer.token, refreshedAt: answer.refreshedAt } : {};
    } catch (error) {
      // The service refuses a token that is two renewals old; the puntual session then proves that this browser is the device of that token.
      if (codeOf(error) === 'session/proof-refused') return prove(fingerprint);
      throw error;
    }
  };
  const lookNow = async (kept: DeviceRecord) => {
    const checkedAtMs = now();
    try {
      note(kept, { ...(await fetchToken(kept)), checkedAtMs, status: 'fresh' });
    } catch (error) {
      note(kept, { checkedAtMs, status: statusAfter(error) });
    }
  };
  const isRecent = ({ checkedAtMs }: DeviceRecord) => {
    const sinceMs = now() - checkedAtMs;
    // A negative time since the last check of the device's token means that the clock was set back: how long ago that check was is unknown.
    return sinceMs >= 0 && sinceMs < LOOK_EVERY_MS;
  };
  return {
    record,
    fingerprint: () => readDeviceRecord(shelf)?.fingerprint,
    async look(force) {
      const askedAtMs = now();
      const isDone = (kept: DeviceRecord | undefined) =>
        !kept || (force ? kept.checkedAtMs >= askedAtMs && kept.checkedAtMs <= now() : isRecent(kept));
      if (!force && isDone(record())) return;
      await exclusively(LOCK, async () => {
        const kept = record();
        if (kept && !isDone(kept)) await lookNow(kept);
      });
    },
    renew: () =>
      exclusively(LOCK, async () => {
        const kept = record();
        if (!kept)
          throw new ClientError('session/missing', 'Expected this browser to be a device: sign in at the gym.');
        const { fingerprint, token } = kept;
        const renewed = await ask('post', '/api/auth/token-update', { body: { fingerprint, token } });
        note(kept, { token: renewed.token, checkedAtMs: now(), status: 'fresh' });
      }),
    keep: (device) => write({ ...device, refreshedAt: '', checkedAtMs: now(), status: 'fresh' }),
    forget() {
      const kept = readDeviceRecord(shelf);
      if (kept && kept.token !== '')
        write({ ...kept, token: '', refreshedAt: '', checkedAtMs: 0, status: 'signed-out' });
    },
  };
}

const codeOf = (error: unknown): string => (error instanceof ClientError ? error.code : '');

const STATUS_AFTER: Readonly<Record<string, DeviceStatus>> = {
  'session/needs-login': 'needs-login',
  'session/proof-refused': 'unproven',
};
const statusAfter = (error: unknown): DeviceStatus => STATUS_AFTER[codeOf(error)] ?? 'unreached';
