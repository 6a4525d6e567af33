// The kinds of notice that a member can switch off. A member cannot switch off notices about the safety of the account.
import { useMutation } from '@tanstack/react-query';
import type { Me } from '../data/member.ts';
import { type AccountChanges, changeAccount } from '../data/queries.ts';
import { useLanguage } from '../language/language.tsx';
import { ErrorNote } from '../parts/note.tsx';

type Kind = keyof NonNullable<AccountChanges['tell']>;

export function Told({ me }: { readonly me: Me }) {
  const { say } = useLanguage();
  const words: Readonly<Record<Kind, string>> = say.account.tells;
  return (
    <>
      <h2>{say.account.tell}</h2>
      <fieldset className="card">
        <legend className="hidden">{say.account.tell}</legend>
        <p className="soft">{say.account.tellHint}</p>
        {(Object.keys(words) as Kind[]).map((kind) => (
          <OneKind key={kind} kind={kind} words={words[kind]} isTold={me.member.tell[kind] !== false} />
        ))}
      </fieldset>
    </>
  );
}

interface OneKindParts {
  readonly kind: Kind;
  readonly words: string;
  readonly isTold: boolean;
}

function OneKind({ kind, words, isTold }: OneKindParts) {
  // Changes of one setting are sent one after another, so that the value pressed last is the value kept.
  const saving = useMutation({
    mutationFn: (isWanted: boolean) => changeAccount({ tell: { [kind]: isWanted } }),
    scope: { id: 'tell' },
  });
  return (
    <>
      <label className="check">
        <input
          type="checkbox"
          checked={saving.isPending ? saving.variables : isTold}
          onChange={({ currentTarget: { checked } }) => saving.mutate(checked)}
        />
        {words}
      </label>
      {saving.error && <ErrorNote error={saving.error} />}
    </>
  );
}
