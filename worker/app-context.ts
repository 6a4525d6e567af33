// What worker/ needs besides the services: the service's address, the secrets that callers must present, and the probes of database, queue and
// disk. worker/assemble.ts makes the `AppContext` from the Config and, where a part is embedded, from the running database and queue.
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
  /** The service's origin. The queue signs its webhooks for this origin, and a browser's request with cookies must come from it. */
  readonly publicUrl: string;
  /** Further spellings of `publicUrl` (localhost beside 127.0.0.1). */
  readonly sameOrigins: readonly string[];
  /** Other exact origins whose pages may call this service, usually none; origins.ts applies them. */
  readonly allowedOrigins: readonly string[];
  /** The accepted cron secrets: the current one first, then a previous one while callers change over. */
  readonly cronSecrets: readonly Secret[];
  readonly operatorToken: Secret;
  readonly verifyDelivery: VerifyDelivery;
  readonly probes: Probes;
  /** The counters that this process keeps for Prometheus. */
  readonly meters: Meters;
  /** Where and how this process runs, for the doctor, and for the time between two reads of a watched day that members are shown. */
  readonly site: Site;
  /** The Supabase project, for reading a member's rows under row security and for Supabase's SSR cookies. */
  readonly supabase: SupabaseProject;
  /** How many proxies in front of this service add to X-Forwarded-For; a caller may have forged the entries before theirs. */
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

/** Cheap checks of database, queue and disk; each check throws when there is no answer. */
export interface Probes {
  /** The time of the database's HTTP interface, in whole seconds. */
  databaseTime(): Promise<Date>;
  queue(): Promise<void>;
  /** The queue's time, in whole seconds. */
  queueTime(): Promise<Date>;
  /** PostgREST's version; undefined if a proxy in front of it hides it. */
  restVersion(): Promise<string | undefined>;
  /** Reads through PostgREST with a member's access token, under row security. */
  askAsMember(token: Secret): Promise<RestAnswer>;
  /** Writes a file in the spool's folder as a test; resolves at once where there is no disk. */
  disk(): Promise<void>;
}

export interface RestAnswer {
  readonly status: number;
  /** PostgREST's error code of a refusal, such as PGRST301. */
  readonly code: string | undefined;
}

export interface Site {
  /** True if this process runs the timed jobs itself; otherwise the queue's schedules must call them. */
  readonly ticks: boolean;
  readonly schedules: Schedules;
  /** The folder on disk for the gym's answers before they are used (the spool); undefined where there is no disk. */
  readonly spoolFolder: string | undefined;
  /** The hosting platform's name of the region where this process runs, if it gives one. */
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
  /** The id of our own session; absent for a token of Supabase. */
  readonly sessionId?: string | undefined;
  readonly supabaseSessionId?: string | undefined;
  /** When Supabase made the token; undefined for a token of ours. */
  readonly issuedAt?: Date | undefined;
  readonly email: string | undefined;
  /** The member's admission; `isAdmitted` applies the policy to it. */
  readonly admission: Admission;
  /** The device with which this session books by hand. */
  readonly deviceFingerprint: string | undefined;
  /** When the member last proved their identity by the gym's password, or as Supabase's token says; undefined if unknown. */
  readonly provedAt: Date | undefined;
  readonly by: 'bearer' | 'cookie';
  /** The access token that names the member. */
  readonly accessToken: Secret;
}

export interface AppEnv {
  // A type literal and not an interface, because Hono demands a type with an index signature.
  Bindings: { incoming?: { socket?: { remoteAddress?: string } } };
  Variables: { requestId: string; logger: Logger; member: Member };
}
export type Router = OpenAPIHono<AppEnv>;
