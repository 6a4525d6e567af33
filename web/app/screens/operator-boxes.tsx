// Every box with its time zone, its opening rule and its limit of free cancellation (in minutes before a class), and a form to set these.
import { useState } from 'react';
import { useAct } from '../data/act.ts';
import type { Declaration, ListedBox, OpeningRule, Operator } from '../data/operator.ts';
import { useLanguage } from '../language/language.tsx';
import { useOperatorWords } from '../language/operator.ts';
import type { OperatorMessages } from '../language/operator-en.ts';
import { Button } from '../parts/button.tsx';
import { ErrorNote, Note } from '../parts/note.tsx';

interface BoxesParts {
  readonly operator: Operator;
  readonly boxes: readonly ListedBox[];
  readonly onChanged: () => void;
}

export function OperatorBoxes({ operator, boxes, onChanged }: BoxesParts) {
  const words = useOperatorWords();
  return (
    <>
      <h2>{words.boxes}</h2>
      {boxes.length === 0 && <p>{words.none}</p>}
      <ul className="rows">
        {boxes.map((box) => (
          <OneBox key={box.id} operator={operator} box={box} onChanged={onChanged} />
        ))}
      </ul>
    </>
  );
}

interface OneBoxParts extends Omit<BoxesParts, 'boxes'> {
  readonly box: ListedBox;
}

function OneBox({ operator, box, onChanged }: OneBoxParts) {
  const { say } = useLanguage();
  const words = useOperatorWords();
  const act = useAct<true>();
  const [isOpen, setIsOpen] = useState(false);
  const declare = (body: Declaration) =>
    act.run(async () => {
      await operator.ask('put', '/api/operator/boxes/{id}', { path: { id: box.id }, body });
      onChanged();
      setIsOpen(false);
      return true;
    });
  const { source } = box.opening;
  return (
    <li className="card stack" aria-label={box.name}>
      <div className="head">
        <p className="row-name">{box.name}</p>
        <p className="soft short">{words.membersOf(box.members)}</p>
      </div>
      <p className="facts">
        <span className={box.zoneAssumed ? 'state warn' : ''}>
          {box.timeZone} {box.zoneAssumed && words.assumed}
        </span>
        <span className={source === 'none' ? 'state warn' : ''}>
          {source === 'none' ? words.noRule : `${ruleWords(box.opening.rule, words.rule)} ${words.sources[source]}`}
        </span>
        {box.freeCancelMinutes !== null && <span>{words.freeUntil(box.freeCancelMinutes)}</span>}
      </p>
      <div>
        <Button isPressed={isOpen} label={`${words.declare}: ${box.name}`} onPress={() => setIsOpen(!isOpen)}>
          {words.declare}
        </Button>
      </div>
      {isOpen && <DeclareForm box={box} isBusy={act.isBusy} onDeclare={(body) => void declare(body)} />}
      {act.result && <Note tone="good">{say.account.saved}</Note>}
      {act.error !== undefined && <ErrorNote error={act.error} />}
    </li>
  );
}

type RuleWords = OperatorMessages['rule'];

/** A stored opening rule in words; a rule of an unknown kind is shown as JSON. */
function ruleWords(rule: unknown, words: RuleWords): string {
  const { kind, hours, days, daysBefore, at } = { ...(rule as Record<string, unknown> | null) };
  if (kind === 'hours-before') return words.hoursBefore(Number(hours));
  if (kind === 'days-before') return words.daysBefore(Number(days));
  if (kind === 'clock') return words.clock(Number(daysBefore), String(at));
  if (kind === 'midnight') return words.midnight(Number(daysBefore));
  return JSON.stringify(rule);
}

const KINDS = ['hours-before', 'days-before', 'clock', 'midnight'] as const;
type Kind = (typeof KINDS)[number];

function ruleFrom(kind: Kind, form: FormData): OpeningRule {
  const count = Number(form.get('count'));
  if (kind === 'hours-before') return { kind, hours: count };
  if (kind === 'days-before') return { kind, days: count };
  if (kind === 'clock') return { kind, daysBefore: count, at: String(form.get('at')) };
  return { kind, daysBefore: count };
}

/** The limit of free cancellation that the form gives, in minutes before a class; an empty object if the box already has this limit. */
function freeIn(form: FormData, box: ListedBox): Pick<Declaration, 'freeCancelMinutes'> {
  const said = String(form.get('free'));
  const freeCancelMinutes = said === '' ? null : Number(said);
  return freeCancelMinutes === box.freeCancelMinutes ? {} : { freeCancelMinutes };
}

interface DeclareParts {
  readonly box: ListedBox;
  readonly isBusy: boolean;
  readonly onDeclare: (body: Declaration) => void;
}

function DeclareForm({ box, isBusy, onDeclare }: DeclareParts) {
  const { say } = useLanguage();
  const words = useOperatorWords();
  const [kind, setKind] = useState<Kind | ''>('');
  const zones = `zones-${box.id}`;
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        const timeZone = String(form.get('timeZone')).trim();
        onDeclare({
          ...(timeZone !== box.timeZone || box.zoneAssumed ? { timeZone } : {}),
          ...(kind !== '' && { openingRule: ruleFrom(kind, form) }),
          ...freeIn(form, box),
        });
      }}
    >
      <label className="field">
        {words.zone}
        <input name="timeZone" list={zones} required maxLength={100} defaultValue={box.timeZone} />
      </label>
      <datalist id={zones}>
        {Intl.supportedValuesOf('timeZone').map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
      <label className="field">
        {words.opens}
        <select value={kind} onChange={(event) => setKind(event.currentTarget.value as Kind | '')}>
          <option value="">{words.asItIs}</option>
          {KINDS.map((one) => (
            <option key={one} value={one}>
              {words.ruleKinds[one]}
            </option>
          ))}
        </select>
      </label>
      {kind !== '' && (
        <label className="field">
          {kind === 'hours-before' ? words.hours : words.days}
          <input
            name="count"
            type="number"
            inputMode="numeric"
            required
            min={0}
            max={kind === 'hours-before' ? 8784 : 366}
            defaultValue={kind === 'hours-before' ? 48 : 2}
          />
        </label>
      )}
      {kind === 'clock' && (
        <label className="field">
          {words.at}
          <input name="at" type="time" step={1} required defaultValue="21:00" />
        </label>
      )}
      <label className="field">
        {words.free}
        <input
          name="free"
          type="number"
          inputMode="numeric"
          min={0}
          max={10_080}
          defaultValue={box.freeCancelMinutes ?? ''}
        />
      </label>
      <div>
        <Button kind="main" isSubmit isBusy={isBusy}>
          {isBusy ? say.classes.busy : words.declare}
        </Button>
      </div>
    </form>
  );
}
