// What worker/ needs besides the services: the service's address, the secrets that callers must present, and the checks of database, queue and disk.
// worker/assemble.ts makes the `AppContext` from the Config and, where a part is embedded, from the running database and queue.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Logger } from 'pino';
import type { Schedules } from '../services/dispatch/schedules.ts';
import type { VerifyDelivery } from '../services/dispatch/signature.ts';
import type { Identity } from '../services/identity/access.ts';
import type { SupabaseProject } from '../services/identity/member-client.ts';
import type { Secret } from '../services/secret.ts';
import type { Admission } from '../services/store/admission-store.ts';
import type { Meters } from './monitor/meters.ts';
import type { Pages } from './page-files.ts';
import type { TelegramBot } from './telegram.ts';

export interface AppContext {
  /**
   * The origin (scheme, host and port) at which this service is reached from outside. The queue signs its webhooks for this origin, and a browser's
   * request with cookies must come from a page of this origin.
   */
  readonly publicUrl: string;
  /** A local `publicUrl` in both spellings, with localhost and with 127.0.0.1; empty for any other host, and in production. */
  readonly sameOrigins: readonly string[];
  /** The origins, besides this service's own, whose pages may call this service from a browser; origins.ts applies the list. */
  readonly allowedOrigins: readonly string[];
  /** The secrets that a call of cron may present: the current one first, then the previous one while callers change over to the current one. */
  readonly cronSecrets: readonly Secret[];
  readonly operatorToken: Secret;
  readonly verifyDelivery: VerifyDelivery;
  readonly probes: Probes;
  /** The counters that this process keeps for Prometheus. */
  readonly meters: Meters;
  /** Where and how this process runs, for the doctor, and for telling members how often a watched day is read. */
  readonly site: Site;
  /** The Supabase project's address and publishable key, for reading rows as a member (under row security) and for Supabase's SSR cookies. */
  readonly supabase: SupabaseProject;
  /** How many proxies in front of this service each add an entry to X-Forwarded-For; the caller may have forged all entries before those. */
  readonly trustedProxies: number;
  /** The Telegram bot; absent where none is configured. */
  readonly telegram?: TelegramBot | undefined;
  /** The key with which browsers subscribe to web push; absent where web push is not offered. */
  readonly vapidPublicKey?: string | undefined;
  /** The longest time, in ms, that a timed job may take on this platform. */
  readonly jobLimitMs: number;
  /** Aborted when the process is asked to end; after the abort no long work is begun. */
  readonly stopping: AbortSignal;
  /** The files of the members' app; absent where the app was not built, or where the platform serves the files itself. */
  readonly pages?: Pages | undefined;
}

/** Quick checks of database, queue and disk; each check throws if what it checks gives no answer. */
export interface Probes {
  /** The time in the Date header of an answer of PostgREST (the database's HTTP interface), in whole seconds. */
  databaseTime(): Promise<Date>;
  queue(): Promise<void>;
  /** The time in the Date header of an answer of the queue, in whole seconds. */
  queueTime(): Promise<Date>;
  /** PostgREST's version; undefined if a proxy in front of PostgREST hides the version. */
  restVersion(): Promise<string | undefined>;
  /** Reads one row through PostgREST with a member's access token, to see whether PostgREST accepts the token. */
  askAsMember(token: Secret): Promise<RestAnswer>;
  /** Writes a file in the spool's folder as a test; where there is no disk, resolves without writing. */
  disk(): Promise<void>;
}

export interface RestAnswer {
  readonly status: number;
  /** PostgREST's error code, such as PGRST301, if it refused the request; otherwise undefined. */
  readonly code: string | undefined;
}

export interface Site {
  /** True if this process runs the timed jobs itself; otherwise the queue's schedules must call them. */
  readonly ticks: boolean;
  readonly schedules: Schedules;
  /** The folder on disk for the gym's answers before they are used (the spool); undefined where there is no disk. */
  readonly spoolFolder: string | undefined;
  /** The hosting platform's name of the region where this process runs, if the platform gives one. */
  readonly region: string | undefined;
  /** True if calls to the gym leave through a proxy. */
  readonly gymProxy: boolean;
  /** True if the operator has a webhook (NOTICE_WEBHOOK_URL), or gets alerts by e-mail or Telegram. */
  readonly operatorChannel: boolean;
}

/** The member that sent the request, as a verified token names it. */
export interface Member {
  readonly userId: string;
  readonly source: Identity['source'];
  /** The id of the puntual session that the token belongs to; absent for a token of Supabase. */
  readonly sessionId?: string | undefined;
  readonly supabaseSessionId?: string | undefined;
  /** When Supabase made the token; undefined for a token of ours. */
  readonly issuedAt?: Date | undefined;
  readonly email: string | undefined;
  /** The member's admission as stored; `isAdmitted` compares it with this installation's policy. */
  readonly admission: Admission;
  /** The fingerprint of the device with which a member books by hand in this puntual session. */
  readonly deviceFingerprint: string | undefined;
  /**
   * When the member last proved their identity: at puntual with the gym's password, or at Supabase (then the instant stands in the Supabase token).
   * Undefined if unknown.
   */
  readonly provedAt: Date | undefined;
  readonly by: 'bearer' | 'cookie';
  /** The access token, puntual's own or Supabase's, that came with the request and names the member. */
  readonly accessToken: Secret;
}

export interface AppEnv {
  // `Bindings` is a type literal and not an interface, because Hono demands a type that fits an index signature.
  Bindings: { incoming?: { socket?: { remoteAddress?: string } } };
  Variables: { requestId: string; logger: Logger; member: Member };
}
export type Router = OpenAPIHono<AppEnv>;
