// Watches and their results: a list under the bookings.
import { useAct } from '../data/act.ts';
import { boxOf, zoneOf } from '../data/agenda.ts';
import { useBoxes } from '../data/queries.ts';
import { isActive, stopWatching, useWatches, type Watch } from '../data/watches.ts';
import { useLanguage } from '../language/language.tsx';
import { Button } from '../parts/button.tsx';
import { ErrorNote } from '../parts/note.tsx';
import { Row } from '../parts/row.tsx';
import { dayWords, hourOf, instantWords } from '../time.ts';

const MAX_OVER = 5;

export function Watched() {
  const { say } = useLanguage();
  const { data = [], error, refetch } = useWatches();
  const shown = [...data.filter(isActive), ...data.filter((one) => !isActive(one)).slice(0, MAX_OVER)];
  if (shown.length === 0 && error === null) return null;
  return (
    <>
      <h2>{say.watches.title}</h2>
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      <ul className="rows">
        {shown.map((one) => (
          <OneWatch key={one.id} watch={one} />
        ))}
      </ul>
    </>
  );
}

const TONES = { watching: '', taking: 'warn', swapping: 'warn', done: 'good', ended: 'bad', withdrawn: '' } as const;

function OneWatch({ watch }: { readonly watch: Watch }) {
  const { language, say } = useLanguage();
  const words = say.watches;
  const boxes = useBoxes();
  const act = useAct<void>();
  const { id, boxId, day, timeId, className, then, status, endsAt, prebookingId } = watch;
  const box = boxOf(boxes, boxId);
  const hour = hourOf(timeId);
  const mayStop = status === 'watching' && then !== 'move-up';
  return (
    <Row
      hour={hour}
      name={className ?? hour}
      to={prebookingId ? `/bookings/${prebookingId}` : `/classes?box=${boxId}&day=${day}`}
      isQuiet={!isActive(watch)}
      facts={
        <>
          <span>{dayWords(day, language, 'short')}</span>
          {boxes.length > 1 && box && <span>{box.name}</span>}
          <span className={`state ${TONES[status]}`}>{words.states[status]}</span>
          {isActive(watch) && <span>{words.kinds[then]}</span>}
          {isActive(watch) && <span>{words.endsAt(instantWords(endsAt, zoneOf(box), language))}</span>}
        </>
      }
      action={
        mayStop ? (
          <Button
            kind="danger"
            isBusy={act.isBusy}
            onPress={() => void act.run(async () => void (await stopWatching(id)))}
          >
            {act.isBusy ? say.classes.busy : words.stop}
          </Button>
        ) : undefined
      }
      note={act.error !== undefined ? <ErrorNote error={act.error} /> : undefined}
    />
  );
}
