// The snapshot as one small page for a phone. No script, nothing loaded from anywhere; every value is escaped by the template.
import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';
import type { Snapshot } from './snapshot.ts';
import { type Words, wordsFor } from './words.ts';

const STYLE = `:root{color-scheme:light dark}body{font:16px/1.4 system-ui,sans-serif;margin:0 auto;max-width:60rem;padding:1rem}
h1{font-size:1.3rem}h2{font-size:1.05rem;margin:1.5rem 0 .4rem}div{overflow-x:auto}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.3rem .6rem .3rem 0;border-bottom:1px solid #8884;vertical-align:top}td{font-variant-numeric:tabular-nums}
.bad{color:#b00020;font-weight:600}.good{color:#0a7a3c;font-weight:600}@media(prefers-color-scheme:dark){.bad{color:#ff8a80}.good{color:#7bd88f}}`;

/** Only our own style may apply, by its hash; nothing may run or load. */
export const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

type Markup = ReturnType<typeof html>;

/** A whole document with our style; also for /docs. */
export const documentOf = (
  language: string,
  title: string,
  body: Markup,
  refreshSeconds?: number,
): Markup => html`<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">${
  refreshSeconds === undefined ? '' : html`<meta http-equiv="refresh" content="${refreshSeconds}">`
}<title>${title}</title><style>${raw(STYLE)}</style></head><body>${body}</body></html>`;

/** A table, or a word for an empty one; also for /docs. */
export const table = (heads: readonly string[], rows: readonly (readonly unknown[])[], empty: string): Markup =>
  rows.length === 0
    ? html`<p>${empty}</p>`
    : html`<div><table><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr>${rows.map(
        (row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`,
      )}</table></div>`;

/** A state in the reader's language; one that has no word yet is shown as it is. */
const named = (words: Words, status: string): string => words.states[status] ?? status;

const MAX_ROWS = 100;
const clock = (at: Date): string => at.toISOString().replace('T', ' ').slice(0, 19);
const minutes = (seconds: number): string => `${(seconds / 60).toFixed(1)} min`;
const ms = (value: number | undefined): string => (value === undefined ? '–' : `${value.toFixed(1)} ms`);

export function renderMonitor(snapshot: Snapshot, acceptLanguage: string | undefined): Markup {
  const { language, words } = wordsFor(acceptLanguage);
  const body = html`<h1>${words.title}</h1>${alerts(snapshot, words)}${refresh(snapshot, words)}
<h2>${words.sessions} (${snapshot.sessions.length})</h2>${sessions(snapshot, words)}
<h2>${words.prebookings}</h2>${table(
    [words.state, '#'],
    Object.entries(snapshot.prebookings).map(([status, n]) => [named(words, status), n]),
    words.nothing,
  )}
<h2>${words.upcoming}</h2>${upcoming(snapshot, words)}
<h2>${words.races}</h2>${races(snapshot, words)}
<h2>${words.runs}</h2>${runs(snapshot, words)}
<p>${words.devices}: ${snapshot.devices} · ${words.notices}: ${snapshot.unsentNotices}</p>`;
  return documentOf(language, words.title, body, 30);
}

const alerts = ({ alerts: found }: Snapshot, words: Words): Markup =>
  found.length === 0
    ? html`<p class="good">${words.allWell}</p>`
    : html`${found.map((alert) => html`<p class="bad">${words.alerts[alert]}</p>`)}`;

function refresh({ lastGoodRefreshAt, now }: Snapshot, words: Words): Markup {
  const ago = lastGoodRefreshAt && words.ago(Math.round((now.getTime() - lastGoodRefreshAt.getTime()) / 60_000));
  return html`<p>${words.lastRefresh}: ${ago ?? words.never}</p>`;
}

const sessions = (snapshot: Snapshot, words: Words): Markup =>
  table(
    [words.session, words.state, words.age, words.attempts, words.reason],
    snapshot.sessions
      .slice(0, MAX_ROWS)
      .map((line) => [
        line.id.slice(0, 8),
        html`<span class="${line.status === 'live' ? 'good' : 'bad'}">${named(words, line.status)}</span>`,
        minutes(line.ageSeconds),
        `${line.tokenUpdateCount} (${line.tokenSuccessCount})`,
        line.lastError ?? '–',
      ]),
    words.nothing,
  );

const upcoming = (snapshot: Snapshot, words: Words): Markup =>
  table(
    [words.opens, words.state, words.prebookings],
    snapshot.upcoming.map(({ opensAt, status, className, timeId }) => [
      clock(opensAt),
      named(words, status),
      `${className ?? ''} ${timeId}`,
    ]),
    words.nothing,
  );

function races({ races: latest, lateness }: Snapshot, words: Words): Markup {
  const rows = latest
    .slice(0, 20)
    .map((race) => [clock(new Date(race.opensAt)), ms(race.latenessMs), words.receipt(race)]);
  const figures =
    lateness &&
    html`<p>${words.lateness}: p50 ${ms(lateness.p50)} · p95 ${ms(lateness.p95)} · max ${ms(lateness.max)}</p>`;
  return html`${figures ?? ''}${table([words.opens, words.lateness, words.outcome], rows, words.nothing)}`;
}

const runs = (snapshot: Snapshot, words: Words): Markup =>
  table(
    [words.job, words.ended, words.state],
    snapshot.runs.map(({ job, finishedAt, failureCode }) => [
      job,
      finishedAt ? clock(finishedAt) : words.running,
      failureCode === undefined ? html`<span class="good">ok</span>` : html`<span class="bad">${failureCode}</span>`,
    ]),
    words.nothing,
  );
