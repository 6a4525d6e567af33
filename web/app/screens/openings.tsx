// The next openings on the first screen: each with its countdown and its readiness. For each box whose openings are unsure, one note above the list
// says so.
import type { Prebooking } from '../../client/contract.ts';
import { boxOf, zoneOf } from '../data/agenda.ts';
import type { Box } from '../data/member.ts';
import { useBoxes, useLatest } from '../data/queries.ts';
import { useLanguage } from '../language/language.tsx';
import { Note } from '../parts/note.tsx';
import { findingWords, isOpeningUnsure, Readiness } from '../parts/readiness.tsx';
import { Row } from '../parts/row.tsx';
import { State, Where } from '../parts/state.tsx';
import { foreignCity, hourOf, instantWords, leftWords } from '../time.ts';

interface OpeningsParts {
  readonly prebookings: readonly Prebooking[];
  readonly now: number;
}

export function Openings({ prebookings, now }: OpeningsParts) {
  const { say } = useLanguage();
  const boxes = useBoxes();
  const latest = useLatest(prebookings);
  const unsure = new Set(latest.filter(isOpeningUnsure).map(({ boxId }) => boxId));
  return (
    <>
      {[...unsure].map((boxId) => {
        const box = boxOf(boxes, boxId);
        return (
          <Note key={boxId} tone="warn">
            <p>
              {boxes.length > 1 && box && `${box.name}: `}
              {findingWords(say, 'opening-unsure', box)}
            </p>
          </Note>
        );
      })}
      <ul className="rows">
        {latest.map((one, at) => (
          <Opening key={one.id} prebooking={one} box={boxOf(boxes, one.boxId)} now={now} isFirst={at === 0} />
        ))}
      </ul>
    </>
  );
}

interface OpeningParts {
  readonly prebooking: Prebooking;
  readonly box: Box | undefined;
  readonly now: number;
  /** True for the first opening of the list, which has the large countdown. */
  readonly isFirst: boolean;
}

function Opening({ prebooking, box, now, isFirst }: OpeningParts) {
  const { language, say } = useLanguage();
  const zone = zoneOf(box);
  const left = Date.parse(prebooking.opensAt) - now;
  const hour = hourOf(prebooking.timeId);
  const city = foreignCity(zone);
  return (
    <Row
      hour={hour}
      name={prebooking.className ?? hour}
      to={`/bookings/${prebooking.id}`}
      spoken={say.classes.opens(instantWords(prebooking.opensAt, zone, language))}
      facts={
        <>
          <Where day={prebooking.day} boxId={prebooking.boxId} />
          <State state={prebooking.status} />
          <span>{say.classes.opens(instantWords(prebooking.opensAt, zone, language))}</span>
          {city && <span>{say.zone(city)}</span>}
        </>
      }
      note={
        <div className="stack">
          <p className={isFirst ? 'countdown' : 'numbers state'} role="timer">
            {left > 0 ? <span className={isFirst ? '' : 'soft'}>{leftWords(left)}</span> : say.next.open}
            {left > 0 && <span className="hidden"> {say.next.opensIn(leftWords(left))}</span>}
          </p>
          <Readiness prebooking={prebooking} box={box} isOpeningSaid />
        </div>
      }
    />
  );
}
