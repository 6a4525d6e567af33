// QStash's endpoints, answered from the embedded queue's rows: which path does what, and what is answered. Features of QStash that the embedded queue
// lacks are refused with 501. The HTTP server is in queue.ts.
import { z } from 'zod';
import { dlqAnswer, messageAnswer } from './answer.ts';
import {
  type Answer,
  type Call,
  countOf,
  filterOf,
  invalid,
  missing,
  ok,
  queryOf,
  type RouteContext,
  type Run,
} from './call.ts';
import { inTransaction } from './database.ts';
import { createSchedule, getSchedule, getSchedules, removeSchedule, setPaused } from './schedule-routes.ts';
import { cancelMessage, findMessage, listDlq, type Published, publishMessage } from './store.ts';
import { type Headers, readPublish } from './wire.ts';

const batchBody = z.array(
  z.object({
    destination: z.string(),
    headers: z.record(z.string(), z.string()).default({}),
    body: z.string().default(''),
  }),
);

const publishAnswer = ({ messageId, deduplicated }: Published) => ({
  messageId,
  ...(deduplicated ? { deduplicated } : {}),
});
const lower = (headers: Record<string, string>): Headers =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

const publish: Run = async ({ pool }, call, tail) =>
  ok(publishAnswer(await publishMessage(pool, readPublish(tail, call.headers, call.body))), 201);

/** Publishes all messages of a batch, or none of them. */
const batch: Run = async ({ pool }, call) => {
  const parsed = batchBody.safeParse(JSON.parse(call.body.toString('utf8')));
  if (!parsed.success) throw invalid('Expected a batch to be a list of { destination, headers, body }.');
  const messages = parsed.data.map((entry) =>
    readPublish(entry.destination, lower(entry.headers), Buffer.from(entry.body)),
  );
  const published = await inTransaction(pool, async (client) => {
    const done: Published[] = [];
    for (const message of messages) done.push(await publishMessage(client, message));
    return done;
  });
  return ok(published.map(publishAnswer));
};

const getMessage: Run = async ({ pool }, _call, id) => {
  const row = await findMessage(pool, id);
  return row ? ok(messageAnswer(row)) : missing(`message ${id}`);
};
const cancel: Run = async ({ pool }, _call, id) =>
  (await cancelMessage(pool, id)) ? ok({ cancelled: 1 }) : missing(`message ${id}`);

const listFailed: Run = async ({ pool }, call) => {
  const limit = countOf(call);
  const cursor = queryOf(call).get('cursor') ?? '0';
  if (!/^\d{1,18}$/.test(cursor)) throw invalid('Expected a cursor that an earlier answer gave.');
  const rows = await listDlq(pool, filterOf(call), limit, cursor);
  const last = rows.length === limit ? rows.at(-1) : undefined;
  return ok({ messages: rows.map(dlqAnswer), ...(last ? { cursor: last.seq } : {}) });
};

const keys: Run = async ({ signingKeys }) =>
  ok({ current: signingKeys.current.reveal(), next: signingKeys.next.reveal() });

/** Decodes the id in a path before `run` gets it. A destination in a path is not decoded: the destination must stay unchanged. */
const named =
  (run: Run): Run =>
  (context, call, tail) =>
    run(context, call, decodeURIComponent(tail));

/** The queue's routes: method, pattern of the path, and function. Each function gets the text that the group in the route's pattern matched. */
const ROUTES: readonly (readonly [string, RegExp, Run])[] = [
  ['POST', /^\/v2\/publish\/(.+)$/s, publish],
  ['POST', /^\/v2\/batch()$/, batch],
  ['GET', /^\/v2\/messages\/([^/?]+)$/, named(getMessage)],
  ['DELETE', /^\/v2\/messages\/([^/?]+)$/, named(cancel)],
  ['GET', /^\/v2\/dlq()(?:\?|$)/, listFailed],
  ['POST', /^\/v2\/schedules\/(https?.+)$/s, createSchedule],
  ['GET', /^\/v2\/schedules()$/, getSchedules],
  ['GET', /^\/v2\/schedules\/([^/?]+)$/, named(getSchedule)],
  ['DELETE', /^\/v2\/schedules\/([^/?]+)$/, named(removeSchedule)],
  ['PATCH', /^\/v2\/schedules\/([^/?]+)\/pause$/, named(setPaused(true))],
  ['PATCH', /^\/v2\/schedules\/([^/?]+)\/resume$/, named(setPaused(false))],
  ['POST', /^\/v2\/schedules\/([^/?]+)\/pause$/, named(setPaused(true))],
  ['POST', /^\/v2\/schedules\/([^/?]+)\/resume$/, named(setPaused(false))],
  ['GET', /^\/v2\/keys()$/, keys],
];

/** Answers one call to the queue; a call that no route fits gets 501. Throws `request/invalid` for a call that QStash would answer with 400. */
export async function answerCall(context: RouteContext, call: Call): Promise<Answer> {
  for (const [method, path, run] of ROUTES) {
    const tail = method === call.method ? path.exec(call.target)?.[1] : undefined;
    if (tail !== undefined) return run(context, call, tail);
  }
  const error = `The embedded queue does not know ${call.method} ${call.target.split('?')[0]}.`;
  return { status: 501, body: { error } };
}
