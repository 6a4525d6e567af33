// The messages between a campaign and its service processes, in the harness of renewals and in that of races. This file declares only the fields that
// the orders of both harnesses have; each harness adds fields of its own.
import type { Stand } from './stand.ts';

/** The addresses and secrets that a service process needs. Secrets are plain text here, because they go to a child process of this machine. */
export interface PartsSetting {
  readonly slot: number;
  readonly supabaseUrl: string;
  readonly secretKey: string;
  readonly keyring: string;
  readonly gymUrls: { readonly loginUrl: string; readonly mainUrl: string; readonly boxUrlTemplate: string };
  readonly folder: string;
}

/** The setting that each service process gets at its start. */
export interface ServiceSetting extends PartsSetting {
  /** The database's address, for wrong twins that write with their own SQL. */
  readonly postgresUrl: string;
}

/** The fields that every order has. */
export interface Numbered {
  readonly id: number;
  /** The code under test: `real`, or the name of a wrong twin. */
  readonly engine: string;
}

/** How an order ended: with a report, or with a failure's code and words. */
export interface Done {
  readonly report?: unknown;
  readonly code?: string;
  readonly said?: string;
}
/** What a service process sends: first that it is ready, then how each order ended. */
export type Answer = { readonly ready: true } | ({ readonly id: number } & Done);

interface Way {
  readonly slot: number;
  readonly keyring: string;
  /** The ports of gym and database for this process: the stand's own ports, or the ports of fault proxies. */
  readonly gymPort: number;
  readonly databasePort: number;
}

/** Gives the setting of the service process in the berth `slot` (its fixed place). */
export function settingOf(stand: Stand, { slot, keyring, gymPort, databasePort }: Way): ServiceSetting {
  const through = (address: string) => address.replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${gymPort}`);
  const { loginUrl, mainUrl, boxUrlTemplate } = stand.gym;
  return {
    ...{ slot, keyring, folder: stand.folder, postgresUrl: stand.postgresUrl },
    supabaseUrl: `http://127.0.0.1:${databasePort}`,
    secretKey: stand.secrets.secretKey.reveal(),
    gymUrls: {
      loginUrl: through(loginUrl),
      mainUrl: through(mainUrl),
      boxUrlTemplate: through(boxUrlTemplate),
    },
  };
}
