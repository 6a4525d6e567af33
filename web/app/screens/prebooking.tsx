// The screen /bookings/:id: a member may withdraw a prebooking until it is armed. The screen shows first the state and the countdown to the opening;
// after the race, a sentence about the result and a picture of the race. A sketch of the screen:
//
//   WOD 18:00 · martes 1 de diciembre
//   Esperando la apertura
//        0:42
//   Si está llena: 1) WOD 19:00  2) la lista de espera
//   ✓ Va a funcionar            [Retirar]
//   ── afterwards ──
//   Tienes la plaza · Nuestra petición llegó …
//   ● Despertado  −30,0 s
//   ● Listo       −28,1 s
//   ━ Apertura
//   ● Petición 1  +0,4 ms
//   ● Respuesta   +41 ms: reservada

import { useLocation } from 'wouter';
import type { Prebooking } from '../../client/contract.ts';
import { useAct } from '../data/act.ts';
import { boxOf, zoneOf } from '../data/agenda.ts';
import { isWaiting, isWithdrawable } from '../data/agenda-items.ts';
import { wishAgain, withdraw } from '../data/booking.ts';
import { serviceNowMs, useNow } from '../data/clock.ts';
import { codeOf } from '../data/member.ts';
import { useBoxes, usePrebooking } from '../data/queries.ts';
import { raceOf } from '../data/receipt.ts';
import { useLanguage } from '../language/language.tsx';
import { Button, Goto } from '../parts/button.tsx';
import { ErrorNote, Note } from '../parts/note.tsx';
import { Readiness } from '../parts/readiness.tsx';
import { Waiting } from '../parts/row.tsx';
import { Age, Screen } from '../parts/screen.tsx';
import { State, stateWords } from '../parts/state.tsx';
import { clockOf, dayWords, foreignCity, hourOf, instantAt, instantWords, leftWords } from '../time.ts';
import { RacePicture } from './race-picture.tsx';

/** The codes of the service's answers about an address that names no prebooking of the member. */
const MISSING = ['prebooking/missing', 'request/invalid'];

export default function OnePrebooking({ id }: { readonly id: string }) {
  const { say } = useLanguage();
  const found = usePrebooking(id);
  return (
    <Screen
      title={found.data ? `${found.data.className ?? ''} ${hourOf(found.data.timeId)}`.trim() : say.titles.prebooking}
      aside={
        <Goto to="/bookings" kind="plain">
          {say.back}
        </Goto>
      }
    >
      <Age of={found} />
      {found.data ? (
        <Shown prebooking={found.data} />
      ) : MISSING.includes(codeOf(found.error)) ? (
        <Note tone="bad">{say.prebooking.missing}</Note>
      ) : found.error !== null ? (
        <ErrorNote error={found.error} onRetry={() => void found.refetch()} />
      ) : (
        <Waiting label={say.loading} />
      )}
    </Screen>
  );
}

function Shown({ prebooking }: { readonly prebooking: Prebooking }) {
  const { language, say } = useLanguage();
  const box = boxOf(useBoxes(), prebooking.boxId);
  const zone = zoneOf(box);
  const city = foreignCity(zone);
  const race = raceOf(prebooking);
  const sentence = stateWords(say, language, prebooking);
  const waits = isWaiting(prebooking.status);
  return (
    <>
      <p className="soft">
        {dayWords(prebooking.day, language)}
        {box && ` · ${box.name}`}
        {city && ` · ${say.zone(city)}`}
      </p>
      <div className="card stack">
        <p role="status">
          <State state={prebooking.status} />
        </p>
        {waits && <Countdown opensAt={prebooking.opensAt} />}
        {waits && (
          <p className="soft">
            {say.prebooking.opens} {instantWords(prebooking.opensAt, zone, language)}. {say.next.clock}
          </p>
        )}
        {sentence && <p>{sentence}</p>}
        {waits && <Choices prebooking={prebooking} />}
        {isWithdrawable(prebooking.status) && prebooking.familyId === undefined && (
          <Goto to={`/classes?box=${prebooking.boxId}&day=${prebooking.day}&change=${prebooking.id}`}>
            {say.prebooking.change}
          </Goto>
        )}
      </div>
      {waits && (
        <>
          <h2>{say.prebooking.readiness}</h2>
          <Readiness prebooking={prebooking} box={box} />
        </>
      )}
      <TakeBack prebooking={prebooking} />
      {!waits && instantAt(prebooking.day, hourOf(prebooking.timeId), zone) > serviceNowMs() && (
        <div>
          <Goto to={`/classes?box=${prebooking.boxId}&day=${prebooking.day}`}>{say.next.seeClass}</Goto>
        </div>
      )}
      {!waits && race && (
        <>
          <h2>{say.prebooking.how}</h2>
          <RacePicture race={race} zone={zone} />
          <dl className="facts-list">
            <dt>{say.prebooking.opening}</dt>
            <dd className="numbers">{clockOf(race.opensAtMs, zone, true)}</dd>
            {race.decidedBy !== undefined && race.decidedBy in say.prebooking.decidedBy && (
              <>
                <dt>{say.prebooking.decided}</dt>
                <dd>{say.prebooking.decidedBy[race.decidedBy as keyof typeof say.prebooking.decidedBy]}</dd>
              </>
            )}
          </dl>
        </>
      )}
    </>
  );
}

/** The alternatives that the race tries if the class is full, in their order. */
function Choices({ prebooking: { timeId, className, alternatives, waitlist } }: { readonly prebooking: Prebooking }) {
  const { say } = useLanguage();
  if (alternatives.length === 0 && !waitlist) return null;
  return (
    <div>
      <p className="soft">{say.prebooking.choices}</p>
      <ol className="choices">
        {alternatives.map((one) => (
          <li key={`${one.timeId} ${one.className}`}>
            {one.className ?? className} {hourOf(one.timeId ?? timeId)}
          </li>
        ))}
        {waitlist && <li>{say.prebooking.waitlist}</li>}
      </ol>
    </div>
  );
}

function Countdown({ opensAt }: { readonly opensAt: string }) {
  const { say } = useLanguage();
  const left = Date.parse(opensAt) - useNow();
  return (
    <p className="countdown" role="timer">
      {left > 0 ? leftWords(left) : say.next.open}
    </p>
  );
}

/** A button that withdraws the prebooking while that is possible; after a withdrawal, a button that makes the same prebooking again. */
function TakeBack({ prebooking }: { readonly prebooking: Prebooking }) {
  const { say } = useLanguage();
  const act = useAct<Prebooking>();
  const [, go] = useLocation();
  const isOpenLater = Date.parse(prebooking.opensAt) > serviceNowMs();
  return (
    <>
      {act.error !== undefined && <ErrorNote error={act.error} />}
      {isWithdrawable(prebooking.status) && (
        <div>
          <Button kind="danger" isBusy={act.isBusy} onPress={() => void act.run(() => withdraw(prebooking.id))}>
            {act.isBusy ? say.classes.busy : say.prebooking.withdraw}
          </Button>
        </div>
      )}
      {prebooking.status === 'armed' && <Note>{say.prebooking.tooLate}</Note>}
      {prebooking.status === 'withdrawn' && isOpenLater && (
        <div>
          <Button
            isBusy={act.isBusy}
            onPress={() =>
              void act.run(async () => {
                const made = await wishAgain(prebooking.id);
                go(`/bookings/${made.id}`, { replace: true });
                return made;
              })
            }
          >
            {act.isBusy ? say.classes.busy : say.bookings.undo}
          </Button>
        </div>
      )}
    </>
  );
}
