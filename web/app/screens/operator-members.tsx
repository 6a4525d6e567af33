// The members with their admission, each with buttons to admit, refuse and remove, and invitations for new members.
import { useState } from 'react';
import { useAct } from '../data/act.ts';
import type { Invitation, ListedMember, Operator } from '../data/operator.ts';
import { useLanguage } from '../language/language.tsx';
import { useOperatorWords } from '../language/operator.ts';
import { Ask } from '../parts/ask.tsx';
import { Button } from '../parts/button.tsx';
import { Copy } from '../parts/copy.tsx';
import { ErrorNote, Note } from '../parts/note.tsx';
import { momentWords } from '../time.ts';

interface MembersParts {
  readonly operator: Operator;
  readonly members: readonly ListedMember[];
  /** Called after a change of a member or an invitation: the page then reads everything again. */
  readonly onChanged: () => void;
}
type Judgement = 'admit' | 'refuse' | 'remove';

const ORDER = ['waiting', 'guest', 'admitted', 'refused'];
const TONES = { waiting: 'warn', guest: '', admitted: 'good', refused: 'bad' } as const;

export function OperatorMembers({ operator, members, onChanged }: MembersParts) {
  const words = useOperatorWords();
  const sorted = [...members].sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
  return (
    <>
      <h2>{words.members}</h2>
      {sorted.length === 0 && <p>{words.none}</p>}
      <ul className="rows">
        {sorted.map((member) => (
          <OneMember key={member.id} operator={operator} member={member} onChanged={onChanged} />
        ))}
      </ul>
    </>
  );
}

interface OneMemberParts extends Pick<MembersParts, 'operator' | 'onChanged'> {
  readonly member: ListedMember;
}

function OneMember({ operator, member, onChanged }: OneMemberParts) {
  const { language, say } = useLanguage();
  const words = useOperatorWords();
  const act = useAct<string>();
  const [asks, setAsks] = useState<'refuse' | 'remove'>();
  const name = member.name || member.id.slice(0, 8);
  const judge = (verb: Judgement) =>
    act.run(async () => {
      const { state } = await operator.ask('post', `/api/operator/members/{id}/${verb}`, { path: { id: member.id } });
      onChanged();
      return state;
    });
  return (
    <li className="card stack" aria-label={name}>
      <div className="head">
        <p className="row-name">{name}</p>
        <p className={`state ${TONES[member.state]}`}>{words.admissions[member.state]}</p>
      </div>
      <p className="facts">
        {member.boxes.map((box) => (
          <span key={box.id}>{box.name}</span>
        ))}
        <span>{words.wishes(member.wishes)}</span>
        {member.lastSeenAt && <span>{say.account.seen(momentWords(member.lastSeenAt, language))}</span>}
      </p>
      <div className="buttons">
        {member.state !== 'admitted' && (
          <Button kind="main" isBusy={act.isBusy} label={`${words.admit}: ${name}`} onPress={() => void judge('admit')}>
            {words.admit}
          </Button>
        )}
        {member.state !== 'refused' && (
          <Button isBusy={act.isBusy} label={`${words.refuse}: ${name}`} onPress={() => setAsks('refuse')}>
            {words.refuse}
          </Button>
        )}
        <Button kind="danger" isBusy={act.isBusy} label={`${words.remove}: ${name}`} onPress={() => setAsks('remove')}>
          {words.remove}
        </Button>
      </div>
      {act.error !== undefined && <ErrorNote error={act.error} />}
      {asks && (
        <Ask
          title={`${words[asks]}: ${name}`}
          no={say.back}
          yes={words[asks]}
          isDanger
          onNo={() => setAsks(undefined)}
          onYes={() => {
            setAsks(undefined);
            void judge(asks);
          }}
        >
          <p>{asks === 'refuse' ? words.refuseLoss : words.removeLoss}</p>
        </Ask>
      )}
    </li>
  );
}

interface InvitationsParts extends Pick<MembersParts, 'operator' | 'onChanged'> {
  readonly invitations: readonly Invitation[];
}

const DAYS = 7;

export function OperatorInvitations({ operator, invitations, onChanged }: InvitationsParts) {
  const { language, say } = useLanguage();
  const words = useOperatorWords();
  const making = useAct<string>();
  const revoking = useAct<void>();
  const open = invitations.filter(({ state }) => state === 'open');
  const make = (note: string) =>
    making.run(async () => {
      const body = { days: DAYS, ...(note !== '' && { note }) };
      const { link } = await operator.ask('post', '/api/operator/invitations', { body });
      onChanged();
      return link;
    });
  const revoke = (id: string) =>
    revoking.run(async () => {
      await operator.ask('delete', '/api/operator/invitations/{id}', { path: { id } });
      onChanged();
    });
  const error = making.error ?? revoking.error;
  return (
    <>
      <h2>{words.invitations}</h2>
      <form
        className="card stack"
        onSubmit={(event) => {
          event.preventDefault();
          void make(String(new FormData(event.currentTarget).get('note')).trim());
        }}
      >
        <label className="field">
          {words.invitationFor}
          <input name="note" maxLength={200} />
        </label>
        <div>
          <Button isSubmit isBusy={making.isBusy}>
            {making.isBusy ? say.classes.busy : words.invite}
          </Button>
        </div>
        {making.result && (
          <Note tone="good">
            <p>{words.invited(DAYS)}</p>
            <code>{making.result}</code>
            <div className="buttons">
              <Copy key={making.result} text={making.result} />
            </div>
          </Note>
        )}
        {error !== undefined && <ErrorNote error={error} />}
      </form>
      <ul className="rows">
        {open.map(({ id, note, expiresAt }) => (
          <li key={id} className="card head">
            <div>
              <p className="row-name">{note ?? id.slice(0, 8)}</p>
              <p className="soft">{words.until(momentWords(expiresAt, language))}</p>
            </div>
            <Button
              kind="danger"
              isBusy={revoking.isBusy}
              label={`${words.revoke}: ${note ?? id.slice(0, 8)}`}
              onPress={() => void revoke(id)}
            >
              {words.revoke}
            </Button>
          </li>
        ))}
      </ul>
    </>
  );
}
