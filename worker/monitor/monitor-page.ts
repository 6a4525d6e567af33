// The snapshot as a page for the operator's phone: alerts with what to do first, then pictures, then rows. Its one script writes instants in
// the reader's own zone, names it, and reads the page again; without it they are in UTC, and say so.
import { html } from 'hono/html';
import type { Box } from '../../services/store/box-store.ts';
import { documentOf, hashOf, type Markup, PAGE_POLICY, table } from './page.ts';
import { agePicture, latenessPicture } from './pictures.ts';
import type { Snapshot } from './snapshot.ts';
import { ALERT_WORDS, MARKS, stateOf } from './words.ts';

const TITLE = 'puntual · monitor';
const REFRESH_MS = 30_000;
const MAX_ROWS = 100;
const MAX_RACES = 20;

const SCRIPT = `const f=new Intl.DateTimeFormat([],{weekday:'short',day:'numeric',month:'short',hour:'2-digit',minute:'2-digit',second:'2-digit',hourCycle:'h23'});
for(const t of document.querySelectorAll('time'))t.textContent=f.format(new Date(t.dateTime));
document.querySelector('#zone').textContent=Intl.DateTimeFormat().resolvedOptions().timeZone;
setInterval(()=>{if(!document.hidden&&getSelection().isCollapsed)location.reload()},${REFRESH_MS});`;

/** The policy of every page of ours, plus the one script by its hash. */
export const MONITOR_POLICY = `${PAGE_POLICY}; script-src ${hashOf(SCRIPT)}`;

type NamedBox = Pick<Box, 'id' | 'name' | 'timeZone'>;

/** The whole page; while it is looked at and nothing is selected it loads itself again every half minute. @param boxes all of them, for their names and zones. */
export function renderMonitor(snapshot: Snapshot, boxes: readonly NamedBox[]): Markup {
  const body = html`<h1>${TITLE}</h1>
<p>As of ${at(snapshot.now)}. Times are in <b id="zone">UTC</b>; those of a class are in its box’s own zone. Buttons are in <a href="/operator">/operator</a>. <a href="/monitor">Read again</a></p>
${alerts(snapshot)}${refresh(snapshot)}
<h2>Age of the gym tokens</h2>${agePicture(snapshot.sessions)}
<h2>Background sessions (${snapshot.sessions.length})</h2>${sessions(snapshot)}
<h2>Prebookings</h2>${table(
    ['State', 'How many'],
    Object.entries(snapshot.prebookings).map(([status, n]) => [state(status), n]),
  )}
<h2>Next openings</h2>${upcoming(snapshot, boxes)}
<h2>Lateness of races</h2>${latenessPicture(snapshot.races, snapshot.lateness)}${races(snapshot)}
<h2>Runs</h2>${runs(snapshot)}
<p>Device sessions: ${snapshot.devices} · Notices not sent: ${snapshot.unsentNotices}</p>`;
  return documentOf(TITLE, body, { script: SCRIPT });
}

const at = (instant: Date): Markup =>
  html`<time datetime="${instant.toISOString()}">${instant.toISOString().replace('T', ' ').slice(0, 19)}</time>`;
const minutes = (seconds: number): string => `${(seconds / 60).toFixed(1)} min`;
const ms = (value: number | undefined): string => (value === undefined ? '–' : `${value.toFixed(1)} ms`);

function state(status: string): Markup {
  const { text, tone } = stateOf(status);
  return html`<span class="${tone}"><span aria-hidden="true">${MARKS[tone]}</span> ${text}</span>`;
}

const alerts = ({ alerts: found }: Snapshot): Markup =>
  found.length === 0
    ? html`<p class="good"><span aria-hidden="true">${MARKS.good}</span> All is well.</p>`
    : html`${found.map((alert) => {
        const { text, remedy } = ALERT_WORDS[alert];
        return html`<div class="card bad"><p class="bad"><span aria-hidden="true">${MARKS.bad}</span> ${text}</p><p><b>What now?</b> ${remedy}</p></div>`;
      })}`;

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
        state(line.status),
        minutes(line.ageSeconds),
        `${line.tokenUpdateCount} (${line.tokenSuccessCount})`,
        line.lastError ?? '–',
      ]),
  );

function upcoming(snapshot: Snapshot, boxes: readonly NamedBox[]): Markup {
  const rows = snapshot.upcoming.map(({ opensAt, status, className, timeId, day, boxId }) => {
    const box = boxes.find(({ id }) => id === boxId);
    const hour = timeId.replace(/^(\d{2})(\d{2})_.*$/, '$1:$2');
    const lesson = `${className ?? ''} ${hour}, ${day.slice(6)}.${day.slice(4, 6)}.`.trim();
    return [at(opensAt), state(status), box ? `${box.name} (${box.timeZone})` : boxId.slice(0, 8), lesson];
  });
  return table(['Opens', 'State', 'Box', 'Class'], rows);
}

const races = ({ races: latest }: Snapshot): Markup =>
  table(
    ['Opened', 'Lateness', 'How it went'],
    latest.slice(0, MAX_RACES).map((race) => [openingOf(race.opensAt), ms(race.latenessMs), race.words]),
  );

/** A receipt may lack its opening. */
function openingOf(opensAt: string): Markup | string {
  const instant = new Date(opensAt);
  return Number.isNaN(instant.getTime()) ? '–' : at(instant);
}

const runs = (snapshot: Snapshot): Markup =>
  table(
    ['Job', 'Ended', 'State'],
    snapshot.runs.map(({ job, finishedAt, failureCode }) => [
      job,
      finishedAt ? at(finishedAt) : 'running',
      failureCode === undefined
        ? html`<span class="good"><span aria-hidden="true">${MARKS.good}</span> ok</span>`
        : html`<span class="bad"><span aria-hidden="true">${MARKS.bad}</span> ${failureCode}</span>`,
    ]),
  );
