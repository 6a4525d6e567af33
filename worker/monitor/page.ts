// The snapshot as one small page for a phone. No script, nothing loaded from anywhere; every value is escaped by the template.
import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';
import type { Snapshot } from './snapshot.ts';
import { ALERT_TEXT, stateText } from './words.ts';

const STYLE = `:root{color-scheme:light dark}body{font:16px/1.4 system-ui,sans-serif;margin:0 auto;max-width:60rem;padding:1rem}
h1{font-size:1.3rem}h2{font-size:1.05rem;margin:1.5rem 0 .4rem}div{overflow-x:auto}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.3rem .6rem .3rem 0;border-bottom:1px solid #8884;vertical-align:top}td{font-variant-numeric:tabular-nums}
.bad{color:#b00020;font-weight:600}.good{color:#0a7a3c;font-weight:600}@media(prefers-color-scheme:dark){.bad{color:#ff8a80}.good{color:#7bd88f}}`;

/** Only our own style may apply, by its hash; nothing may run or load. */
export const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

type Markup = ReturnType<typeof html>;

/** A whole document with our style; also for /docs. */
export const documentOf = (title: string, body: Markup, refreshSeconds?: number): Markup => html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">${
  refreshSeconds === undefined ? '' : html`<meta http-equiv="refresh" content="${refreshSeconds}">`
}<title>${title}</title><style>${raw(STYLE)}</style></head><body>${body}</body></html>`;

/** A table, or a word for an empty one; also for /docs. */
export const table = (heads: readonly string[], rows: readonly (readonly unknown[])[]): Markup =>
  rows.length === 0
    ? html`<p>None.</p>`
    : html`<div><table><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr>${rows.map(
        (row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`,
      )}</table></div>`;

const TITLE = 'puntual · monitor';
const REFRESH_S = 30;
const MAX_ROWS = 100;
const clock = (at: Date): string => at.toISOString().replace('T', ' ').slice(0, 19);
const minutes = (seconds: number): string => `${(seconds / 60).toFixed(1)} min`;
const ms = (value: number | undefined): string => (value === undefined ? '–' : `${value.toFixed(1)} ms`);

/** The whole page; it loads itself again every half minute. */
export function renderMonitor(snapshot: Snapshot): Markup {
  const body = html`<h1>${TITLE}</h1>${alerts(snapshot)}${refresh(snapshot)}
<h2>Background sessions (${snapshot.sessions.length})</h2>${sessions(snapshot)}
<h2>Prebookings</h2>${table(
    ['State', '#'],
    Object.entries(snapshot.prebookings).map(([status, n]) => [stateText(status), n]),
  )}
<h2>Next openings</h2>${upcoming(snapshot)}
<h2>Latest races</h2>${races(snapshot)}
<h2>Runs</h2>${runs(snapshot)}
<p>Device sessions: ${snapshot.devices} · Notices not sent: ${snapshot.unsentNotices}</p>`;
  return documentOf(TITLE, body, REFRESH_S);
}

const alerts = ({ alerts: found }: Snapshot): Markup =>
  found.length === 0
    ? html`<p class="good">All is well.</p>`
    : html`${found.map((alert) => html`<p class="bad">${ALERT_TEXT[alert]}</p>`)}`;

function refresh({ lastGoodRefreshAt, now }: Snapshot): Markup {
  const minutesAgo = lastGoodRefreshAt && Math.round((now.getTime() - lastGoodRefreshAt.getTime()) / 60_000);
  return html`<p>Last good refresh: ${minutesAgo === undefined ? 'never' : `${minutesAgo} min ago`}</p>`;
}

const sessions = (snapshot: Snapshot): Markup =>
  table(
    ['Session', 'State', 'Age', 'Attempts (good)', 'Last error'],
    snapshot.sessions
      .slice(0, MAX_ROWS)
      .map((line) => [
        line.id.slice(0, 8),
        html`<span class="${line.status === 'live' ? 'good' : 'bad'}">${stateText(line.status)}</span>`,
        minutes(line.ageSeconds),
        `${line.tokenUpdateCount} (${line.tokenSuccessCount})`,
        line.lastError ?? '–',
      ]),
  );

const upcoming = (snapshot: Snapshot): Markup =>
  table(
    ['Opens', 'State', 'Prebookings'],
    snapshot.upcoming.map(({ opensAt, status, className, timeId }) => [
      clock(opensAt),
      stateText(status),
      `${className ?? ''} ${timeId}`,
    ]),
  );

function races({ races: latest, lateness }: Snapshot): Markup {
  const rows = latest.slice(0, 20).map((race) => [clock(new Date(race.opensAt)), ms(race.latenessMs), race.words]);
  const figures =
    lateness && html`<p>Lateness: p50 ${ms(lateness.p50)} · p95 ${ms(lateness.p95)} · max ${ms(lateness.max)}</p>`;
  return html`${figures ?? ''}${table(['Opens', 'Lateness', 'How it went'], rows)}`;
}

const runs = (snapshot: Snapshot): Markup =>
  table(
    ['Job', 'Ended', 'State'],
    snapshot.runs.map(({ job, finishedAt, failureCode }) => [
      job,
      finishedAt ? clock(finishedAt) : 'running',
      failureCode === undefined ? html`<span class="good">ok</span>` : html`<span class="bad">${failureCode}</span>`,
    ]),
  );
