// The monitor's two pictures, as SVG without a script: how old the gym tokens are, and how late the latest races were. Each picture also says in
// words what it shows.
import { html } from 'hono/html';
import { AGED_MS, BACKGROUND_STALE_MS, DEVICE_STALE_MS } from '../../services/session/freshness.ts';
import type { Markup } from './page.ts';
import type { Race, SessionLine, Snapshot } from './snapshot.ts';

const WIDTH = 600;
const HEIGHT = 150;
const BASE = 120;
const BIN_MINUTES = 2;
const MAX_MINUTES = 48;
const MINUTE_MS = 60_000;
/** The token ages at which the picture draws a line, and what each age means for a session. */
const MARKED = [
  { minutes: BACKGROUND_STALE_MS / MINUTE_MS, text: 'due' },
  { minutes: DEVICE_STALE_MS / MINUTE_MS, text: 'late' },
  { minutes: AGED_MS / MINUTE_MS, text: 'alarm' },
];
const rounded = (value: number): number => Math.round(value * 10) / 10;
const xOf = (minutes: number): number => rounded((Math.min(minutes, MAX_MINUTES) / MAX_MINUTES) * (WIDTH - 20) + 10);

const toneOf = (minutes: number): string => {
  if (minutes * MINUTE_MS >= AGED_MS) return 'aged';
  return minutes * MINUTE_MS >= DEVICE_STALE_MS ? 'late' : 'bar';
};

/** The picture of the background sessions that should be alive, by the minutes since their last renewal. */
export function agePicture(sessions: readonly SessionLine[]): Markup {
  const minutes = sessions.filter(({ status }) => IS_RENEWED.has(status)).map(({ ageSeconds }) => ageSeconds / 60);
  if (minutes.length === 0) return html``;
  const bins = new Map<number, number>();
  for (const age of minutes) {
    const bin = Math.floor(Math.min(age, MAX_MINUTES - 1) / BIN_MINUTES);
    bins.set(bin, (bins.get(bin) ?? 0) + 1);
  }
  const most = Math.max(...bins.values());
  const below = (to: number) => minutes.filter((age) => age < to).length;
  const said = MARKED.map(({ minutes: to, text }) => `${below(to)} below ${to} minutes (${text})`).join(', ');
  const bars = [...bins].map(([bin, count]) => {
    const height = rounded(Math.max(3, (count / most) * (BASE - 30)));
    const width = rounded(xOf(BIN_MINUTES) - xOf(0) - 2);
    const x = xOf(bin * BIN_MINUTES);
    return html`<rect class="${toneOf(bin * BIN_MINUTES)}" x="${x}" y="${BASE - height}" width="${width}" height="${height}"/>`;
  });
  const marks = MARKED.map(
    ({ minutes: at, text }) =>
      html`<line class="mark" x1="${xOf(at)}" x2="${xOf(at)}" y1="18" y2="${BASE}"/><text x="${xOf(at)}" y="12" text-anchor="middle">${text}</text><text x="${xOf(at)}" y="${BASE + 18}" text-anchor="middle">${at}</text>`,
  );
  return figure(
    `Gym tokens by age, ${minutes.length} in all: ${said}`,
    html`${bars}${marks}<text x="10" y="${BASE + 18}">0 min</text>`,
    `Gym tokens, ${minutes.length} in all: ${said}. Bars: sessions by minutes since the last renewal.`,
  );
}

const IS_RENEWED: ReadonlySet<string> = new Set(['live', 'uncertain', 'suspect']);

/** The two ends of the logarithmic scale of the picture of races, `MIN_MS` and `MAX_MS`, in ms after the opening. */
const MIN_MS = 0.1;
const MAX_MS = 10_000;
const yOf = (ms: number): number => {
  const share = Math.log10(Math.min(Math.max(ms, MIN_MS), MAX_MS) / MIN_MS) / Math.log10(MAX_MS / MIN_MS);
  return rounded(BASE - share * (BASE - 20));
};

/** The picture of the latest races, newest at the right, by how late their deciding request reached the gym. */
export function latenessPicture(races: readonly Race[], lateness: Snapshot['lateness']): Markup {
  const late = races.flatMap(({ latenessMs }) => latenessMs ?? []).toReversed();
  if (late.length === 0 || !lateness) return html``;
  const step = (WIDTH - 100) / Math.max(1, late.length - 1);
  const dots = late.map((ms, at) => html`<circle class="bar" cx="${rounded(80 + at * step)}" cy="${yOf(ms)}" r="4"/>`);
  const lines = [1, 10, 100, 1_000].map(
    (ms) =>
      html`<line class="rail" x1="70" x2="${WIDTH}" y1="${yOf(ms)}" y2="${yOf(ms)}"/><text x="62" y="${yOf(ms) + 4}" text-anchor="end">${ms < 1_000 ? `${ms} ms` : '1 s'}</text>`,
  );
  const said = `half at most ${words(lateness.p50)}, 95 of 100 at most ${words(lateness.p95)}, the latest ${words(lateness.max)}`;
  return figure(
    `Lateness of the latest races, ${late.length} in all: ${said}`,
    html`${lines}${dots}`,
    `Races, ${late.length} in all: ${said} after the opening. Dots: races, the newest at the right.`,
  );
}

const words = (ms: number): string => `${ms.toFixed(1)} ms`;

const figure = (label: string, drawn: Markup, caption: string): Markup =>
  html`<figure><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}"><line class="rail" x1="0" x2="${WIDTH}" y1="${BASE}" y2="${BASE}"/>${drawn}</svg><figcaption class="soft">${caption}</figcaption></figure>`;
