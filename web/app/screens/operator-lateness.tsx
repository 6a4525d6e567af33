// How late races were: a dot for each race, a sentence with the percentiles, and the latest races with their box and class.
import type { ListedBox, Monitor } from '../data/operator.ts';
import { useLanguage } from '../language/language.tsx';
import { useOperatorWords } from '../language/operator.ts';
import { dayWords, hourOf } from '../time.ts';

const WIDTH = 360;
const HEIGHT = 150;
const LEFT = 64;
/** `MIN_MS` and `MAX_MS` are the two ends of the picture's logarithmic scale, ms. */
const MIN_MS = 0.1;
const MAX_MS = 10_000;
const RAILS_MS = [1, 10, 100, 1_000];
const MAX_LISTED = 10;

const yOf = (ms: number): number => {
  const share = Math.log10(Math.min(Math.max(ms, MIN_MS), MAX_MS) / MIN_MS) / Math.log10(MAX_MS / MIN_MS);
  return HEIGHT - 12 - share * (HEIGHT - 24);
};

interface LatenessParts {
  readonly monitor: Monitor;
  readonly boxes: readonly ListedBox[];
}

export function Lateness({ monitor: { races, lateness }, boxes }: LatenessParts) {
  const { language } = useLanguage();
  const words = useOperatorWords();
  const inMs = (ms: number) => `${ms.toLocaleString(language, { maximumFractionDigits: 1 })} ms`;
  const said = lateness && words.racesOf(lateness.count, inMs(lateness.p50), inMs(lateness.p95), inMs(lateness.max));
  return (
    <>
      <h2>{words.races}</h2>
      {said ? <Picture races={races} said={said} /> : <p className="soft">{words.none}</p>}
      <ul className="rows">
        {races.slice(0, MAX_LISTED).map(({ boxId, day, timeId, className, latenessMs }) => (
          <li key={`${boxId} ${day} ${timeId} ${className} ${latenessMs}`} className="facts numbers">
            <b>{[className, hourOf(timeId)].filter(Boolean).join(' ')}</b>
            <span>{dayWords(day, language, 'short')}</span>
            <span>{boxes.find(({ id }) => id === boxId)?.name ?? boxId.slice(0, 8)}</span>
            <span>{latenessMs === null ? words.notSent : inMs(latenessMs)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

function Picture({ races, said }: Pick<Monitor, 'races'> & { readonly said: string }) {
  const words = useOperatorWords();
  const late = races.flatMap(({ latenessMs }) => latenessMs ?? []).reverse();
  const step = (WIDTH - LEFT - 16) / Math.max(1, late.length - 1);
  return (
    <figure className="stack">
      <svg className="race" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${words.racesPicture}. ${said}`}>
        {RAILS_MS.map((ms) => (
          <g key={ms}>
            <line className="rail thin" x1={LEFT} x2={WIDTH} y1={yOf(ms)} y2={yOf(ms)} />
            <text className="soft" x={LEFT - 6} y={yOf(ms) + 4} textAnchor="end">
              {ms < 1_000 ? `${ms} ms` : '1 s'}
            </text>
          </g>
        ))}
        {late.map((ms, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a race is its place in the row.
          <circle key={at} className="dot sent" cx={LEFT + 8 + at * step} cy={yOf(ms)} r="4" />
        ))}
      </svg>
      <figcaption className="soft">{said}</figcaption>
    </figure>
  );
}
