// The queue's rows in the JSON form of QStash's API, as QStash's client reads them. The functions of this file are pure.
import type { ScheduleRow } from './schedule-store.ts';
import type { MessageRow } from './store.ts';
import type { Spec } from './wire.ts';

const listed = (headers: Readonly<Record<string, string>>): Record<string, string[]> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));

/** A message's body: as `body` if it is UTF-8 text, or else as `bodyBase64`. */
function bodyOf(body: Buffer): { body: string } | { bodyBase64: string } {
  const text = body.toString('utf8');
  return Buffer.from(text).equals(body) ? { body: text } : { bodyBase64: body.toString('base64') };
}

function specOf({ method, headers, flow, labels, retryDelay }: Spec) {
  return {
    method,
    header: listed(headers),
    ...(retryDelay === undefined ? {} : { retryDelayExpression: retryDelay }),
    ...(flow
      ? { flowControlKey: flow.key, parallelism: flow.parallelism, rate: flow.rate, period: flow.periodMs / 1000 }
      : {}),
    ...(labels.length > 0 ? { label: labels[0], labels } : {}),
  };
}

/** A message, as QStash's API shows it until the message is delivered, cancelled or given up. */
export function messageAnswer(row: MessageRow) {
  return {
    messageId: row.id,
    url: row.url,
    ...specOf(row.spec),
    ...bodyOf(row.body),
    maxRetries: row.spec.retries,
    retried: row.retried,
    notBefore: row.not_before.getTime(),
    createdAt: row.created_at.getTime(),
    ...(row.schedule_id === null ? {} : { scheduleId: row.schedule_id }),
  };
}

/** A failed message with the destination's last answer, as QStash's API shows it. */
export function dlqAnswer(row: MessageRow) {
  const answer = bodyOf(Buffer.from(row.response?.bodyBase64 ?? '', 'base64'));
  return {
    ...messageAnswer(row),
    dlqId: row.dlq_id,
    responseStatus: row.response?.status ?? 0,
    responseHeader: row.response?.headers ?? {},
    ...('body' in answer ? { responseBody: answer.body } : { responseBodyBase64: answer.bodyBase64 }),
  };
}

/** A schedule, as QStash's API shows it. */
export function scheduleAnswer(row: ScheduleRow) {
  return {
    scheduleId: row.id,
    cron: row.cron,
    destination: row.url,
    ...specOf(row.spec),
    ...bodyOf(row.body),
    retries: row.spec.retries,
    delay: Number(row.delay_ms) / 1000,
    isPaused: row.paused,
    createdAt: row.created_at.getTime(),
    nextScheduleTime: row.next_run_at.getTime(),
    ...(row.last_run_at === null ? {} : { lastScheduleTime: row.last_run_at.getTime() }),
  };
}
