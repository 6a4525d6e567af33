// Makes the HTTP app as a value: tests call its `app.request(…)`, and main.ts and vercel.ts serve it. This file mounts routes/ and adds what every
// request needs: answer headers, the limit on a body's size, the access log, the shape of an error.
import { OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import { asFailure, Failure } from '../services/failures.ts';
import { createLiveSessions } from '../services/identity/live-session.ts';
import type { AppContext, AppEnv } from './app-context.ts';
import { createFailureLines } from './failure-lines.ts';
import { createGuards } from './guards.ts';
import { createIdentify } from './identify.ts';
import { shareWithListed } from './origins.ts';
import { replyTo } from './reply.ts';
import { observe, refuseForeignBodies, refuseTokensInUrl, setHeaders } from './request.ts';
import { accountRoutes } from './routes/account.ts';
import { agendaRoutes } from './routes/agenda.ts';
import { bookingRoutes } from './routes/booking.ts';
import { boxRoutes } from './routes/boxes.ts';
import { bridgeRoutes } from './routes/bridge.ts';
import { calendarRoutes } from './routes/calendar.ts';
import { channelRoutes } from './routes/channels.ts';
import { chatRoutes } from './routes/chat.ts';
import { confirmRoutes } from './routes/confirm.ts';
import { cronRoutes } from './routes/cron.ts';
import { deviceRoutes } from './routes/device.ts';
import { deviceProofRoutes } from './routes/device-proof.ts';
import { discoveryRoutes } from './routes/discovery.ts';
import { docsRoutes } from './routes/docs.ts';
import { doctorRoutes } from './routes/doctor.ts';
import { erasureRoutes } from './routes/erasure.ts';
import { executeRoutes } from './routes/execute.ts';
import { gymSessionRoutes } from './routes/gym-session.ts';
import { healthRoutes } from './routes/health.ts';
import { invitationRoutes } from './routes/invitations.ts';
import { keptLoginRoutes } from './routes/kept-login.ts';
import { loginRoutes } from './routes/login.ts';
import { monitorRoutes } from './routes/monitor.ts';
import { noticeRoutes } from './routes/notices.ts';
import { notificationRoutes } from './routes/notifications.ts';
import { operatorBoxRoutes } from './routes/operator-boxes.ts';
import { operatorChannelRoutes } from './routes/operator-channels.ts';
import { operatorMemberRoutes } from './routes/operator-members.ts';
import { missingPage, pageRoutes } from './routes/pages.ts';
import { pauseRoutes } from './routes/pauses.ts';
import { prebookingRoutes } from './routes/prebookings.ts';
import { refreshPartRoutes } from './routes/refresh-part.ts';
import { ruleRoutes } from './routes/rules.ts';
import { sessionRoutes } from './routes/sessions.ts';
import { usageRoutes } from './routes/usage.ts';
import { watchRoutes } from './routes/watches.ts';
import type { Services } from './services.ts';

const MAX_BODY_BYTES = 64 * 1024;

export type App = OpenAPIHono<AppEnv>;

export function createApp(services: Services, context: AppContext): App {
  // `strict: false` lets Hono ignore a slash at the end of a path.
  const app: App = new OpenAPIHono<AppEnv>({ strict: false });
  const live = createLiveSessions(services);
  const identify = createIdentify(services, live, context);
  const guards = createGuards(services, context, identify);
  const tellFailure = createFailureLines(services.clock);
  const tooLarge = () => {
    throw new Failure('request/too-large', `Expected a body of at most ${MAX_BODY_BYTES} bytes.`);
  };
  app.use(observe(services, context), setHeaders, shareWithListed(context), refuseTokensInUrl, refuseForeignBodies);
  app.use(bodyLimit({ maxSize: MAX_BODY_BYTES, onError: tooLarge }));
  app.onError((error, c) => {
    const failure = error instanceof HTTPException ? fromHono(error) : asFailure(error);
    const incident = c.get('requestId');
    tellFailure(c.get('logger'), failure, incident);
    const { status, body, headers } = replyTo(failure, incident);
    for (const [name, value] of Object.entries(headers)) c.header(name, value);
    return c.json(body, status as 400);
  });
  app.notFound((c) => {
    const allowed = verbsAt(app, c.req.path);
    const page = allowed.length === 0 ? missingPage(c, context.pages) : undefined;
    if (page) return page;
    if (allowed.length === 0) throw new Failure('route/missing', 'There is no such address. See /docs.');
    c.header('Allow', allowed.join(', '));
    throw new Failure('route/method', `Expected ${allowed.join(' or ')}.`);
  });
  const groups = [
    healthRoutes(services, context, guards),
    discoveryRoutes(services, context, guards),
    cronRoutes(services, context, guards),
    executeRoutes(services, context, guards),
    refreshPartRoutes(services, context, guards),
    loginRoutes(services, context, guards, identify, live),
    bridgeRoutes(services, context, guards),
    sessionRoutes(services, context, guards, identify, live),
    gymSessionRoutes(services, guards),
    keptLoginRoutes(services, guards),
    deviceRoutes(services, context, guards),
    deviceProofRoutes(services, context),
    accountRoutes(services, guards),
    erasureRoutes(services, guards, live),
    boxRoutes(services, guards),
    bookingRoutes(services, context, guards),
    prebookingRoutes(services, guards),
    watchRoutes(services, context, guards),
    ruleRoutes(services, guards),
    pauseRoutes(services, guards),
    agendaRoutes(services, guards),
    notificationRoutes(services, guards),
    channelRoutes(services, context, guards),
    confirmRoutes(services, context, guards),
    noticeRoutes(services, context, guards),
    calendarRoutes(services, context, guards),
    usageRoutes(services, guards),
    chatRoutes(context, guards),
    monitorRoutes(services, context, guards),
    doctorRoutes(services, context, guards),
    operatorMemberRoutes(services, guards, live),
    operatorBoxRoutes(services, guards),
    operatorChannelRoutes(services, guards),
    invitationRoutes(services, context, guards),
  ];
  for (const group of groups) app.route('/', group);
  app.route('/', docsRoutes(app, context, guards));
  app.route('/', pageRoutes(context.pages));
  return app;
}

/** The HTTP methods that endpoints answer at this path; middleware for all paths does not count. */
const verbsAt = (app: App, path: string): string[] =>
  ['DELETE', 'GET', 'POST', 'PUT'].filter((verb) =>
    app.router.match(verb, path)[0].some(([[, route]]) => route.method === verb),
  );

/** Turns an error that Hono throws while reading a request, such as invalid JSON, into a Failure. */
function fromHono(error: HTTPException): Failure {
  if (error.status >= 500) return asFailure(error);
  return new Failure('request/invalid', 'Expected a body of valid JSON.', { cause: error });
}
