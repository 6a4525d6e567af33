// The monitor's snapshot as a page for the operator's phone: alerts with what to do come first, then charts and tables. The page's script writes
// instants in the reader's time zone, names the zone, and reloads the page. Without the script, instants are in UTC, and the page says so.
import { html } from 'hono/html';
import type { Box } from '../../services/store/box-store.ts';
import { documentOf, hashOf, type Markup, PAGE_POLICY, table } from './page.ts';
import { agePicture, latenessPicture } from './pictures.ts';
import type { Race, RefreshRun, Snapshot } from './snapshot.ts';
import { ALERT_WORDS, DEAD_LETTER_REMEDY, MARKS, newsWords, otherNews, stateOf } from './words.ts';

const TITLE = 'puntual · monitor';
const REFRESH_MS = 30_000;
const MAX_ROWS = 100;
const MAX_RACES = 20;
const MAX_REFRESH_RUNS = 12;

const SCRIPT = `const f=new Intl.DateTimeFormat([],{weekday:'short',day:'numeric',month:'short',hour:'2-digit',minute:'2-digit',second:'2-digit',hourCycle:'h23'});
for(const t of document.querySelectorAll('time'))t.textContent=f.format(new Date(t.dateTime));
document.querySelector('#zone').textContent=Intl.DateTimeFormat().resolvedOptions().timeZone;
setInterval(()=>{if(!document.hidden&&getSelection().isCollapsed)location.reload()},${REFRESH_MS});`;

/** The content security policy of all our small pages, plus the monitor's one script by its hash. */
export const MONITOR_POLICY = `${PAGE_POLICY}; script-src ${hashOf(SCRIPT)}`;

type NamedBox = Pick<Box, 'id' | 'name' | 'timeZone'>;

/**
 * The whole page; while it is visible and no text on it is selected, it reloads every half minute. @param boxes all boxes, for their names and zones.
 */
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
<h2>Lateness of races</h2>${latenessPicture(snapshot.races, snapshot.lateness)}${races(snapshot, boxes)}
<h2>Runs</h2>${runs(snapshot)}
<h2>Refresh runs</h2>${refreshRuns(snapshot)}
<h2>Notices</h2>${notices(snapshot)}
<p>Device sessions: ${snapshot.devices}</p>`;
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

function alerts({ alerts: found, news }: Snapshot): Markup {
  const others = otherNews(news, found);
  if (found.length + others.length === 0)
    return html`<p class="good"><span aria-hidden="true">${MARKS.good}</span> All is well.</p>`;
  const card = (text: Markup | string, remedy: string) =>
    html`<div class="card bad"><p class="bad"><span aria-hidden="true">${MARKS.bad}</span> ${text}</p><p><b>What now?</b> ${remedy}</p></div>`;
  return html`${found.map((alert) => card(ALERT_WORDS[alert].text, ALERT_WORDS[alert].remedy))}${others.map((one) => {
    const { text, remedy } = newsWords(one);
    return card(html`${text} Since ${at(one.since)}.`, remedy);
  })}`;
}

function refresh({ lastGoodRefreshAt, now, refreshRuns, alerts }: Snapshot): Markup {
  const minutesAgo = lastGoodRefreshAt && Math.round((now.getTime() - lastGoodRefreshAt.getTime()) / 60_000);
  const none = refreshRuns.length === 0 && !alerts.includes('never-refreshed') ? 'none was due yet' : 'never';
  return html`<p>Last good refresh: ${minutesAgo === undefined ? none : `${minutesAgo} min ago`}</p>`;
}

const sessions = (snapshot: Snapshot): Markup =>
  table(
    ['Session', 'State', 'Age', 'Attempts (good)', 'Last attempt', 'Last error'],
    snapshot.sessions
      .slice(0, MAX_ROWS)
      .map((line) => [
        line.id.slice(0, 8),
        state(line.status),
        minutes(line.ageSeconds),
        `${line.tokenUpdateCount} (${line.tokenSuccessCount})`,
        line.lastAttemptAt ? at(line.lastAttemptAt) : '–',
        line.lastError ?? '–',
      ]),
  );

function upcoming(snapshot: Snapshot, boxes: readonly NamedBox[]): Markup {
  const rows = snapshot.upcoming.map(({ opensAt, status, className, timeId, day, boxId }) => {
    return [at(opensAt), state(status), boxWords(boxId, boxes), lessonWords({ className, timeId, day })];
  });
  return table(['Opens', 'State', 'Box', 'Class'], rows);
}

function boxWords(boxId: string, boxes: readonly NamedBox[]): string {
  const box = boxes.find(({ id }) => id === boxId);
  return box ? `${box.name} (${box.timeZone})` : boxId.slice(0, 8);
}

/** A class in words, such as `WOD 18:00, 02.03.`, by the clock of the box. */
function lessonWords({ className, timeId, day }: Pick<Race, 'className' | 'timeId' | 'day'>): string {
  const hour = timeId.replace(/^(\d{2})(\d{2})_.*$/, '$1:$2');
  return `${className ?? ''} ${hour}, ${day.slice(6)}.${day.slice(4, 6)}.`.trim();
}

const races = ({ races: latest }: Snapshot, boxes: readonly NamedBox[]): Markup =>
  table(
    ['Opened', 'Box', 'Class', 'Lateness', 'How it went'],
    latest
      .slice(0, MAX_RACES)
      .map((race) => [
        openingOf(race.opensAt),
        boxWords(race.boxId, boxes),
        lessonWords(race),
        ms(race.latenessMs),
        race.words,
      ]),
  );

/** The opening as an instant on the page; a dash if the receipt lacks it. */
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
      endWords(failureCode),
    ]),
  );

const endWords = (failureCode: string | undefined): Markup =>
  failureCode === undefined
    ? html`<span class="good"><span aria-hidden="true">${MARKS.good}</span> ok</span>`
    : html`<span class="bad"><span aria-hidden="true">${MARKS.bad}</span> ${failureCode}</span>`;

const refreshRuns = ({ refreshRuns: latest }: Snapshot): Markup =>
  table(
    ['Began', 'State', 'Took', 'Renewed'],
    latest
      .slice(0, MAX_REFRESH_RUNS)
      .map(({ startedAt, finishedAt, failureCode, counts }: RefreshRun) => [
        at(startedAt),
        finishedAt ? endWords(failureCode) : 'running',
        finishedAt ? `${((finishedAt.getTime() - startedAt.getTime()) / 1000).toFixed(1)} s` : '–',
        counts ? `${counts.updated} of ${counts.due}, ${counts.failed} failed, ${counts.skipped} skipped` : '–',
      ]),
  );

/** Says how many notices wait to be sent, how many were given up in the last thirty days, and what the operator should do about notices given up. */
function notices({ unsentNotices, unreachable }: Snapshot): Markup {
  const isDead = unreachable.notices > 0;
  return html`<p>Not sent yet: ${unsentNotices}</p><p class="${isDead ? 'warn' : 'good'}"><span aria-hidden="true">${
    isDead ? MARKS.warn : MARKS.good
  }</span> Dead letters of thirty days: ${unreachable.notices}${isDead ? ` to ${unreachable.members} of the members` : ''}</p>${
    isDead ? html`<p><b>What now?</b> ${DEAD_LETTER_REMEDY}</p>` : ''
  }`;
}
