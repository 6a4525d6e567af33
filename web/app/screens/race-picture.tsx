// A race as a picture: time runs down a line, the opening crosses the line, and each event is a point with its time before or after the opening. Long
// waits are drawn short: the distance between two points grows with the logarithm of the time between them. A screen reader reads the events of the
// picture as a list.
import type { Race } from '../data/receipt.ts';
import type { Messages } from '../language/en.ts';
import { useLanguage } from '../language/language.tsx';
import { clockOf } from '../time.ts';

interface Point {
  readonly key: string;
  readonly label: string;
  readonly atMs: number;
  readonly kind: 'dot' | 'opening' | 'dot sent';
}

const WIDTH = 360;
const TOP = 24;
const RAIL = 116;
const MIN_GAP = 40;
const GAP_PER_DECADE = 7;

/** Gives the events of a race in order of time; at equal instants the opening comes before a shot. */
function pointsOf(race: Race, say: Messages): Point[] {
  const words = say.prebooking;
  const answerIn = (answer: string) =>
    answer in words.answers ? words.answers[answer as keyof typeof words.answers] : answer;
  const shots = race.shots.flatMap(({ sentAtMs, answeredAtMs, answer }, at): (Point | undefined)[] => [
    pointAt(`sent ${at}`, words.sent(at + 1), sentAtMs, 'dot sent'),
    pointAt(`answered ${at}`, words.answered(at + 1, answerIn(answer)), answeredAtMs),
  ]);
  const points = [
    pointAt('woken', words.woken, race.wokenAtMs),
    pointAt('ready', words.ready, race.readyAtMs),
    pointAt('opening', words.opening, race.opensAtMs, 'opening'),
    ...shots,
    pointAt('read back', words.readBack, race.readBackAtMs),
  ];
  return points.filter((point) => point !== undefined).sort((a, b) => a.atMs - b.atMs);
}

const pointAt = (
  key: string,
  label: string,
  atMs: number | undefined,
  kind: Point['kind'] = 'dot',
): Point | undefined => (atMs === undefined ? undefined : { key, label, atMs, kind });

/** `+41 ms`, `−28,1 s`: a time relative to the opening, in words. */
export function offsetWords(ms: number, language: string): string {
  const sign = ms < 0 ? '−' : '+';
  const size = Math.abs(ms);
  const number = (value: number, digits: number) =>
    value.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  if (size < 1_000) return `${sign}${number(size, size < 10 ? 1 : 0)} ms`;
  return size < 120_000 ? `${sign}${number(size / 1_000, 1)} s` : `${sign}${number(size / 60_000, 0)} min`;
}

export function RacePicture({ race, zone }: { readonly race: Race; readonly zone: string }) {
  const { language, say } = useLanguage();
  const points = pointsOf(race, say);
  let y = TOP;
  const drawn = points.map((point, at) => {
    const before = points[at - 1];
    if (before) y += MIN_GAP + GAP_PER_DECADE * Math.log10(1 + point.atMs - before.atMs);
    const offset =
      point.kind === 'opening' ? clockOf(point.atMs, zone, true) : offsetWords(point.atMs - race.opensAtMs, language);
    return { ...point, y, offset };
  });
  const told = drawn.map(({ label, offset }) => `${label} ${offset}`).join('; ');
  const lateness = race.latenessMs === undefined ? '' : offsetWords(Math.max(0, race.latenessMs), language).slice(1);
  return (
    <figure className="stack">
      <svg
        className="race"
        viewBox={`0 0 ${WIDTH} ${y + TOP}`}
        role="img"
        aria-label={`${say.prebooking.figure}: ${told}.`}
      >
        <line className="rail" x1={RAIL} x2={RAIL} y1={TOP} y2={y} />
        {drawn.map(({ key, kind, label, offset, y: at }) => (
          <g key={key}>
            {kind === 'opening' ? (
              <rect className="opening" x={RAIL - 12} y={at - 2.5} width={WIDTH - RAIL} height="5" rx="2" />
            ) : (
              <circle className={kind} cx={RAIL} cy={at} r="7" />
            )}
            <text className="numbers" x={RAIL - 20} y={at + 5} textAnchor="end">
              {offset}
            </text>
            <text x={RAIL + 20} y={kind === 'opening' ? at - 8 : at + 5} fontWeight={kind === 'opening' ? 700 : 400}>
              {label}
            </text>
          </g>
        ))}
      </svg>
      {lateness && <figcaption className="soft">{say.prebooking.lateness(lateness)}</figcaption>}
    </figure>
  );
}
