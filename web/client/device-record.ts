// The record that makes a browser a device for the gym, under one key of localStorage, for all tabs and for other code of the page. The record is
// stored as one text, so that fingerprint and token never come from two devices.
import { has } from './held-token.ts';
import type { Surroundings } from './surroundings.ts';

/** The key in localStorage under which a DeviceRecord is stored as JSON. */
export const DEVICE_KEY = 'puntual.device';

const STATUSES = ['fresh', 'needs-login', 'unproven', 'unreached', 'signed-out'] as const;

/**
 * `fresh`: the token was valid when this browser last read it from the service. `needs-login`: the gym has ended this device's login. `unproven`: the
 * service does not accept this browser as the device of the record; signing in fixes `needs-login` and `unproven`. `unreached`: the service did not
 * answer when this browser last tried to read the token. `signed-out`: the token was removed; the fingerprint stays, so that the next sign-in is not
 * another device at the gym.
 */
export type DeviceStatus = (typeof STATUSES)[number];

export interface DeviceRecord {
  readonly userId: string;
  readonly fingerprint: string;
  /** The gym token; '' if there is no token. */
  readonly token: string;
  /** When the service last changed the gym token, ISO 8601; '' if unknown. */
  readonly refreshedAt: string;
  /**
   * When this browser last began to read the gym token from the service, or got one by a sign-in or a renewal; epoch ms by this machine's clock. 0
   * once the token was removed (`signed-out`).
   */
  readonly checkedAtMs: number;
  readonly status: DeviceStatus;
}

/** The DeviceRecord in localStorage; undefined if there is no value under `DEVICE_KEY`, or a value that is no DeviceRecord. */
export function readDeviceRecord(shelf: Surroundings['shelf']): DeviceRecord | undefined {
  try {
    const value: unknown = JSON.parse(shelf.getItem(DEVICE_KEY) ?? 'null');
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export const writeDeviceRecord = (shelf: Surroundings['shelf'], record: DeviceRecord): void =>
  shelf.setItem(DEVICE_KEY, JSON.stringify(record));

const isRecord = (value: unknown): value is DeviceRecord =>
  has(value, {
    userId: 'string',
    fingerprint: 'string',
    token: 'string',
    refreshedAt: 'string',
    checkedAtMs: 'number',
    status: 'string',
  }) && STATUSES.includes((value as DeviceRecord).status);
