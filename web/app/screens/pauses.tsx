// Pauses: days, such as holidays, on which no weekly rule asks for a class. The member's bookings on the days of a pause are listed, and none of them
// is given back.
import { useState } from 'react';
import { useAct } from '../data/act.ts';
import { boxOf } from '../data/agenda.ts';
import { useBoxes } from '../data/queries.ts';
import { type KeptPause, makePause, removePause, usePauses } from '../data/weekly.ts';
import { useLanguage } from '../language/language.tsx';
import { Button } from '../parts/button.tsx';
import { ErrorNote, Note } from '../parts/note.tsx';
import { dayWords, hourOf } from '../time.ts';

export function Pauses() {
  const { language, say } = useLanguage();
  const words = say.weekly;
  const boxes = useBoxes();
  const pauses = usePauses();
  const removing = useAct<void>();
  return (
    <>
      <h2>{words.pauses}</h2>
      <p className="soft">{words.pausesHint}</p>
      {pauses.error !== null && <ErrorNote error={pauses.error} onRetry={() => void pauses.refetch()} />}
      <ul className="rows">
        {pauses.data?.map(({ id, from, to, boxId }) => {
          const days = words.days(dayWords(from, language, 'short'), dayWords(to, language, 'short'));
          return (
            <li key={id} className="card head">
              <div>
                <p className="row-name">{days}</p>
                {boxes.length > 1 && <p className="soft">{boxId ? boxOf(boxes, boxId)?.name : words.allBoxes}</p>}
              </div>
              <Button
                kind="danger"
                isBusy={removing.isBusy}
                label={`${words.removePause}: ${days}`}
                onPress={() => void removing.run(async () => void (await removePause(id)))}
              >
                {words.removePause}
              </Button>
            </li>
          );
        })}
      </ul>
      {removing.error !== undefined && <ErrorNote error={removing.error} />}
      <PauseForm />
    </>
  );
}

function PauseForm() {
  const { say } = useLanguage();
  const words = say.weekly;
  const boxes = useBoxes();
  const act = useAct<KeptPause>();
  const [from, setFrom] = useState('');
  const submit = (form: FormData) => {
    const day = (name: string) => String(form.get(name)).replaceAll('-', '');
    const boxId = String(form.get('box') ?? '');
    void act.run(() => makePause({ from: day('from'), to: day('to'), ...(boxId !== '' && { boxId }) }));
  };
  return (
    <form
      className="card stack"
      onSubmit={(event) => {
        event.preventDefault();
        submit(new FormData(event.currentTarget));
      }}
    >
      <div className="buttons">
        <label className="field">
          {words.firstDay}
          <input
            type="date"
            name="from"
            required
            value={from}
            onChange={(event) => setFrom(event.currentTarget.value)}
          />
        </label>
        <label className="field">
          {words.lastDay}
          <input type="date" name="to" required min={from} />
        </label>
      </div>
      {boxes.length > 1 && (
        <label className="field">
          {say.classes.box}
          <select name="box">
            <option value="">{words.allBoxes}</option>
            {boxes.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
      <div>
        <Button isSubmit isBusy={act.isBusy}>
          {act.isBusy ? say.classes.busy : words.addPause}
        </Button>
      </div>
      {act.result && <Inside kept={act.result} />}
      {act.error !== undefined && <ErrorNote error={act.error} />}
    </form>
  );
}

/** Shows which of the member's places and waiting wishes stay although they are on the days of the new pause. */
function Inside({ kept: { inside, stale } }: { readonly kept: KeptPause }) {
  const { language, say } = useLanguage();
  const words = say.weekly;
  return (
    <Note tone={inside.length > 0 || stale ? 'warn' : 'good'}>
      <p>{inside.length > 0 ? words.inside : words.pauseMade}</p>
      {inside.map(({ day, timeId, className, boxId }) => (
        <p key={`${boxId} ${day} ${timeId} ${className}`}>
          {dayWords(day, language, 'short')} · {className} {hourOf(timeId)}
        </p>
      ))}
      {stale && <p>{words.stale}</p>}
    </Note>
  );
}
