// Sets up the whole app for random requests, with callers of each kind. Every secret contains a mark, by which the tests find the secret in an
// answer. No other caller may change or see the rows of one member, the victim.

import { createHash, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { publicJwks } from '../../embedded/secrets.ts';
import { createVerifier } from '../../services/dispatch/signature.ts';
import type { Access, Identity } from '../../services/identity/access.ts';
import { openUserSession } from '../../services/identity/open-user-session.ts';
import { createLogger } from '../../services/log.ts';
import { createFreshener } from '../../services/renewal/freshen.ts';
import { Secret } from '../../services/secret.ts';
import { type App, createApp } from '../../worker/app.ts';
import { supabaseToken } from '../identity/supabase-token.ts';
import { type Login, openApp, PUBLIC_URL, type TestApp } from '../routes/open-app.ts';
import { type Canaries, createCanaries, MARK } from '../support/canary.ts';
import { handClock } from '../support/hand-clock.ts';
import { openNearStore } from '../support/near-store.ts';
import { MONDAY, SUNDAY_NOON, town } from '../support/town.ts';
import type { FuzzRequest, Identities } from './request.ts';
import type { Known } from './values.ts';

const CRON_SECRET = `${MARK}cron-secret-of-a-test-with-32-bytes`;
const OPERATOR_TOKEN = `${MARK}operator-token-of-a-test-32-bytes`;
const passwordOf = (email: string) => `${MARK}password-of-${email}`;
/** A header value that stands for the queue's signature: the request is signed when it is sent. */
export const SIGN = 'to be signed';
const VICTIM = 'cleo@example.test';
const VICTIM_SAYS = 'what the victim has said to nobody else';

export interface Stage {
  readonly app: TestApp;
  /** The service's HTTP handler, which reaches the database through PostgREST. */
  readonly handler: App;
  /** A second handler on the same database rows, without PostgREST. A request to `near` is a quarter of the work of a request to `handler`. */
  readonly near: App;
  readonly canaries: Canaries;
  readonly identities: Identities;
  readonly known: Known;
  readonly log: string[];
  /** Gives the queue's signature for this body and path. */
  sign(body: string, path: string): Promise<string>;
  /** Signs in again the members whose puntual sessions a request ended. */
  revive(): Promise<void>;
  /**
   * Keeps the ids in an answer, for use in later requests. If the endpoint gives tokens by design (`isGiver`), the tokens and cookies in its answer
   * are added to `canaries`, the secrets that may appear nowhere else.
   */
  learn(request: FuzzRequest, answer: { status: number; text: string; headers: Headers }): void;
  stop(): Promise<void>;
  /** The texts that only the victim (the member Cleo) may read, and the state of the victim's rows, which no other caller may change. */
  readonly victim: { readonly texts: readonly string[]; state(): Promise<unknown> };
}

export async function openStage(): Promise<Stage> {
  const clock = handClock(SUNDAY_NOON);
  const members = (town.members ?? []).map((member) => ({ ...member, password: passwordOf(member.email) }));
  const shell = { cronSecrets: [new Secret(CRON_SECRET)], operatorToken: new Secret(OPERATOR_TOKEN) };
  const app = await openApp(clock, { ...town, members }, shell);
  await app.gym.control.freeze(SUNDAY_NOON.getTime());
  const log: string[] = [];
  const logger = createLogger('debug', { write: (line) => void log.push(line) });
  const { qstashCurrentSigningKey: current, qstashNextSigningKey: next } = app.cloud;
  // QStash's official receiver reads the real clock, so this test checks the signatures of deliveries by the real clock.
  const verifyDelivery = createVerifier({ current, next }, () => new Date());
  const handler = createApp({ ...app.services, logger }, { ...app.context, verifyDelivery });
  const { store, stop } = await openNearStore(app.cloud.postgresUrl.reveal());
  const beside = { ...app.services, logger, store, access: rememberVerified(app.services.access) };
  const near = createApp({ ...beside, freshener: createFreshener(beside) }, { ...app.context, verifyDelivery });
  const canaries = createCanaries();
  const { publishableKey: _public, ...secrets } = app.cloud.secrets;
  // The public half of the signing key is published, so it is no secret.
  const published = JSON.stringify(publicJwks(secrets.sessionSigningKey));
  for (const [name, secret] of Object.entries(secrets)) {
    for (const text of secret
      .reveal()
      .split(/[,:"{}]+/)
      .filter((part) => part.length >= 24 && part !== 'sig' && !published.includes(`"${part}"`)))
      canaries.plant(name, text);
  }
  const login = (email: string) => app.login(email, { password: passwordOf(email) });
  const [ana, bea, cleo] = [await login('ana@example.test'), await login('bea@example.test'), await login(VICTIM)];
  // The database reads the real clock: row security accepts a token only if its times are of the real clock.
  const theirs = ({ userId }: Login) => supabaseToken(app.cloud, { sub: userId, sessionId: randomUUID() });
  const victim = await settle(app, cleo, await theirs(cleo));
  const stranger = { sub: randomUUID(), sessionId: randomUUID(), email: 'dan@example.test' };
  const expired = await app.services.access.sign({ userId: ana.userId, sessionId: randomUUID() }, new Date(0));
  const identities: Record<string, Record<string, string>> = {
    nobody: {},
    'cron:': { authorization: `Bearer ${CRON_SECRET}` },
    'operator:': { authorization: `Bearer ${OPERATOR_TOKEN}` },
    'queue:': { 'upstash-signature': SIGN },
    publishable: { authorization: `Bearer ${app.cloud.publishableKey}` },
    service: { authorization: `Bearer ${app.cloud.secretKey.reveal()}` },
    expired: { authorization: `Bearer ${expired.token.reveal()}` },
    'member:ana by Supabase': { authorization: `Bearer ${await theirs(ana)}` },
    'member:a stranger by Supabase': { authorization: `Bearer ${await supabaseToken(app.cloud, stranger)}` },
  };
  const sessions = new Map<string, string>();
  const signIn = async (who: Login, name: string) => {
    const member = { id: who.userId, email: undefined };
    const opened = await openUserSession(app.services, { member, deviceFingerprint: who.fingerprint });
    const [access, refresh] = [opened.accessToken.reveal(), opened.refreshToken.reveal()];
    sessions.set(name, opened.sessionId);
    canaries.plant(`${name}'s access token`, access);
    canaries.plant(`${name}'s refresh token`, refresh);
    identities[`member:${name}`] = { authorization: `Bearer ${access}` };
    identities[`session:${name}`] = identities[`refresh:${name}`] = {
      cookie: `__Host-puntual=${access}; __Host-puntual-refresh=${refresh}`,
      origin: PUBLIC_URL,
      'sec-fetch-site': 'same-origin',
    };
  };
  const revive = async () => {
    const { rows } = await app.cloud.pool.query<{ id: string }>(
      'select id from user_sessions where revoked_at is null',
    );
    const standing = new Set(rows.map(({ id }) => id));
    for (const [name, who] of [
      ['ana', ana],
      ['bea', bea],
    ] as const) {
      if (!standing.has(sessions.get(name) ?? '')) await signIn(who, name);
    }
  };
  await revive();
  for (const who of [ana, bea, cleo]) canaries.plant(`gym token of ${who.userId}`, who.deviceToken);
  const known = knownOf([ana, bea, cleo], victim.ids);
  return {
    sign: (body, path) => signDelivery(current.reveal(), body, `${PUBLIC_URL}${path}`),
    ...{ app, handler, near, canaries, identities, log, revive, victim },
    known,
    async stop() {
      await stop();
      await app.stop();
    },
    learn({ path, endpoint }, { status, text, headers }) {
      if (status === 201) {
        const { id } = JSON.parse(text).prebooking ?? {};
        for (const name of ['id', 'prebookingId']) known[name]?.push(id);
      }
      if (status === 200 && text !== '' && endpoint === 'POST /api/chat/session')
        known['sessionId']?.push(JSON.parse(text).sessionId);
      if (status >= 300 || !isGiver(path)) return;
      for (const token of text.matchAll(/"(?:accessToken|token|secret)":"([^"]{20,})"/g))
        canaries.plant('given in an answer', token[1] ?? '');
      for (const cookie of headers.getSetCookie()) {
        const value = cookie.split(';')[0]?.split('=')[1] ?? '';
        if (value.length >= 20) canaries.plant('given as a cookie', value);
      }
    },
  };
}

/** Keeps the outcome of verifying each token: the clock stands still in this test, so one token always has the same outcome. */
function rememberVerified(access: Access): Access {
  const ends = new Map<string, Promise<Identity>>();
  return {
    ...access,
    verify(token, now) {
      const known = ends.get(token.reveal()) ?? access.verify(token, now);
      ends.set(token.reveal(), known);
      return known;
    },
  };
}

function signDelivery(key: string, body: string, url: string): Promise<string> {
  const at = Math.floor(Date.now() / 1000);
  const hash = createHash('sha256').update(body).digest('base64url');
  const claims = { iss: 'Upstash', sub: url, iat: at, nbf: at, exp: at + 300, jti: `jwt_${randomUUID()}`, body: hash };
  return new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).sign(new TextEncoder().encode(key));
}

/** True if the endpoint at `path` is meant to give its caller a gym token, an access token or a webhook's secret. */
export const isGiver = (path: string): boolean =>
  /^\/api\/(auth\/(login|device-proof|session\/bridge|session\/refresh|token-update|sync-device-session)|notifications\/webhook)(\?|$)/.test(
    path,
  );

const knownOf = ([ana, bea, cleo]: Login[], victimIds: readonly string[]): Record<string, unknown[]> => ({
  email: ['nobody@example.test', 'ANA@example.test ', 'x'],
  password: [`${MARK}a-wrong-password`],
  fingerprint: [ana?.fingerprint, bea?.fingerprint, cleo?.fingerprint],
  token: [ana?.deviceToken, bea?.deviceToken],
  currentToken: [ana?.deviceToken, bea?.deviceToken],
  boxId: [...(ana?.boxes ?? []), ...(bea?.boxes ?? []), ...(cleo?.boxes ?? [])].map(({ id }) => id),
  day: [MONDAY, MONDAY, '20260303', '20250101'],
  id: [...victimIds, 'all', randomUUID()],
  sessionId: [...victimIds, randomUUID()],
  prebookingId: [...victimIds],
  classId: ['501', '502', '503', '801', '999'],
  timeId: ['1800_60', '1800_60', '1900_60', '1900_60', '0000_60'],
  className: ['WOD', 'WOD', 'WOD', 'Open Box', 'Yoga'],
  reservationId: ['1', '2', '3', '1001'],
  opensAt: [
    undefined,
    '2026-03-02T09:00:00.000Z',
    '2026-03-02T09:00:00.000Z',
    '2020-01-01T00:00:00Z',
    '2099-01-01T00:00:00Z',
  ],
  familyId: [undefined],
  alternatives: [undefined, [{ timeId: '1900_60' }]],
  content: ['hello', 'two\nlines'],
  url: [`https://hooks.example.com/${MARK}key-in-an-address`, 'https://10.0.0.1/x', 'http://127.0.0.1:1/x'],
  'idempotency-key': ['one', 'two', 'three'],
});

/**
 * Writes the rows of the victim, a member whose rows no other caller may see or change; gives the rows' ids, texts and a function that reads their
 * state.
 */
async function settle(app: TestApp, cleo: Login, theirs: string) {
  const asked = (method: string, path: string, body?: object) => {
    const bearer = path.startsWith('/api/chat') ? theirs : cleo.bearer;
    return app.ask(method, path, { bearer, ...(body && { body }) });
  };
  const wish = {
    boxId: cleo.boxes[0]?.id,
    day: MONDAY,
    timeId: '1800_60',
    className: 'WOD',
    opensAt: '2026-03-02T09:00:00.000Z',
  };
  const made = await asked('POST', '/api/prebookings', wish);
  const chat = await asked('POST', '/api/chat/session');
  const said = await asked('POST', '/api/chat/message', {
    sessionId: chat.json.sessionId,
    role: 'user',
    content: VICTIM_SAYS,
  });
  if (made.status !== 201 || said.status > 201) throw new Error(`Expected a victim, got ${made.text} ${said.text}`);
  const ids = [made.json.prebooking.id, chat.json.sessionId] as string[];
  const state = async () => [
    // The victim's state, which is compared before and after all requests, leaves out a prebooking's readiness: a sweep may change the readiness at
    // any time.
    (await asked('GET', '/api/prebookings')).json.prebookings.map(
      ({ readiness: _, ...rest }: { readiness?: unknown }) => rest,
    ),
    (await asked('GET', `/api/chat?sessionId=${ids[1]}`)).json,
    (await asked('GET', '/api/auth/session?sessionType=background')).json.status,
    (await asked('GET', '/api/usage')).json,
  ];
  return { ids, state, texts: [VICTIM, VICTIM_SAYS] };
}
