// What worker/ needs besides the services: its own address, the secrets that its callers must present, and the probes of database, queue and
// disk. worker/assemble.ts makes it from the Config and, where a part is embedded, from the running stack.
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
  /** An origin; webhooks are signed for it, and browsers that act with cookies must come from it. */
  readonly publicUrl: string;
  /** Further spellings of the same address (localhost beside 127.0.0.1). */
  readonly sameOrigins: readonly string[];
  /** Other origins whose pages may use us; exact, and usually none. See origins.ts. */
  readonly allowedOrigins: readonly string[];
  /** The current one first; a previous one while the callers change. */
  readonly cronSecrets: readonly Secret[];
  readonly operatorToken: Secret;
  readonly verifyDelivery: VerifyDelivery;
  readonly probes: Probes;
  /** This process's own counters. */
  readonly meters: Meters;
  /** Where and how this runs; for the doctor alone. */
  readonly site: Site;
  /** For requests under the member's own token: their rows under row security, their SSR cookies. */
  readonly supabase: SupabaseProject;
  /** How many proxies in front of us add to X-Forwarded-For; a caller may have forged what stands before their entries. */
  readonly trustedProxies: number;
  /** Absent: this installation has no Telegram bot. */
  readonly telegram?: TelegramBot | undefined;
  /** For browsers that subscribe to web push; absent where it is not offered. */
  readonly vapidPublicKey?: string | undefined;
  /** The longest a timed job may take here. */
  readonly jobLimitMs: number;
  /** Aborted when the process is asked to end: no long work is begun any more. */
  readonly stopping: AbortSignal;
  /** The member's app; absent where it was not built, or where the platform publishes it by itself. */
  readonly pages?: Pages | undefined;
}

/** Cheap checks of what we depend on; each throws when there is no answer. */
export interface Probes {
  /** The database's clock, whole seconds. */
  databaseTime(): Promise<Date>;
  queue(): Promise<void>;
  /** The queue's clock, whole seconds. */
  queueTime(): Promise<Date>;
  /** PostgREST's version; undefined if a proxy in front of it hides it. */
  restVersion(): Promise<string | undefined>;
  /** Reads as a member through PostgREST, under row security. */
  askAsMember(token: Secret): Promise<RestAnswer>;
  /** Writes where received answers are kept; resolves at once where there is no disk. */
  disk(): Promise<void>;
}

export interface RestAnswer {
  readonly status: number;
  /** PostgREST's own word for a refusal. */
  readonly code: string | undefined;
}

export interface Site {
  /** Timed jobs tick in this process; elsewhere the queue's schedules must. */
  readonly ticks: boolean;
  readonly schedules: Schedules;
  /** Where received answers are kept on disk; undefined: there is no disk. */
  readonly spoolFolder: string | undefined;
  /** The platform's name for the environment that it runs us in. */
  readonly region: string | undefined;
  /** Calls to the gym leave through a proxy. */
  readonly gymProxy: boolean;
  /** The operator gets every notice at an address of their own. */
  readonly operatorChannel: boolean;
}

/** The member that asks, proven. */
export interface Member {
  readonly userId: string;
  readonly source: Identity['source'];
  /** The session, if it is one of our own; a Supabase token has none here. */
  readonly sessionId?: string | undefined;
  readonly supabaseSessionId?: string | undefined;
  /** When Supabase made this token; undefined for one of ours. */
  readonly issuedAt?: Date | undefined;
  readonly email: string | undefined;
  /** The member's admission; `isAdmitted` applies the policy to it. */
  readonly admission: Admission;
  /** The device this session books by hand with. */
  readonly deviceFingerprint: string | undefined;
  /** When they last proved their identity: with the gym's password, or as Supabase's token says. Undefined if unknown. */
  readonly provedAt: Date | undefined;
  readonly by: 'bearer' | 'cookie';
  /** The token that proved it. */
  readonly accessToken: Secret;
}

export interface AppEnv {
  // Hono asks for a type with an index.
  Bindings: { incoming?: { socket?: { remoteAddress?: string } } };
  Variables: { requestId: string; logger: Logger; member: Member };
}
export type Router = OpenAPIHono<AppEnv>;
