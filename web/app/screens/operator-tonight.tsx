// Whether the coming races will work: the service checks itself and everything that it needs, and names a remedy for each broken part.
import { useEffect } from 'react';
import { useAct } from '../data/act.ts';
import type { Check, Operator } from '../data/operator.ts';
import { useOperatorWords } from '../language/operator.ts';
import { ErrorNote } from '../parts/note.tsx';
import { Waiting } from '../parts/row.tsx';

/** Runs the doctor's checks of the service only when the page is opened, since these checks send a message through the queue. */
export function Tonight({ operator }: { readonly operator: Operator }) {
  const words = useOperatorWords();
  const act = useAct<readonly Check[]>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: an act is a new one each time that it is drawn.
  useEffect(() => void act.run(() => operator.examine()), [operator]);
  return (
    <>
      <h2>{words.tonight}</h2>
      {act.isBusy && (
        <>
          <p className="soft">{words.examining}</p>
          <Waiting label={words.examining} />
        </>
      )}
      {act.error !== undefined && <ErrorNote error={act.error} />}
      <ul className="rows">
        {act.result?.filter(isTrouble).map((check) => (
          <Trouble key={check.name} check={check} />
        ))}
      </ul>
      <ul className="rows">
        {act.result
          ?.filter((check) => !isTrouble(check))
          .map((check) => (
            <CheckLine key={check.name} check={check} />
          ))}
      </ul>
    </>
  );
}

const TONES = { ok: 'good', warn: 'warn', red: 'bad', skipped: '' } as const;
const isTrouble = ({ state }: Check): boolean => state === 'red' || state === 'warn';

interface CheckParts {
  /** The result of one of the doctor's checks; the service writes its text in English. */
  readonly check: Check;
}

function CheckLine({ check: { name, state, said } }: CheckParts) {
  const words = useOperatorWords();
  return (
    <li className="facts">
      <b>{name}</b>
      <span className={`state ${TONES[state]}`}>{words.check[state]}</span>
      <span lang="en">{said}</span>
    </li>
  );
}

function Trouble({ check: { name, state, said, remedy } }: CheckParts) {
  const words = useOperatorWords();
  return (
    <li className="card">
      <div className="head">
        <p className="row-name">{name}</p>
        <p className={`state ${TONES[state]}`}>{words.check[state]}</p>
      </div>
      <p lang="en">{said}</p>
      {remedy && (
        <p lang="en" className="state">
          → {remedy}
        </p>
      )}
    </li>
  );
}
