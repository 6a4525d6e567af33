// How many places the member's plan at puntual still lets the service win this month, and which plan that is.
import { codeOf } from '../data/member.ts';
import { useUsage } from '../data/queries.ts';
import { useLanguage } from '../language/language.tsx';
import { ErrorNote } from '../parts/note.tsx';
import { Waiting } from '../parts/row.tsx';

export function TokensLeft() {
  const { say } = useLanguage();
  const { data: usage, error, refetch } = useUsage();
  const words = say.account;
  if (!usage && error !== null && codeOf(error) !== 'subscription/missing')
    return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (!usage) return error === null ? <Waiting rows={1} label={say.loading} /> : <p className="soft">{words.noPlan}</p>;
  const { current, max, unlimited } = usage.tokens;
  const share = unlimited ? 1 : current / Math.max(1, max);
  return (
    <>
      <h2>{words.tokens}</h2>
      <div className="card stack">
        <div className="head">
          <p className="state">{unlimited ? words.unlimited : words.tokensOf(current, max)}</p>
          <p className="soft">
            {words.plan}: {usage.plan}
          </p>
        </div>
        <div className="meter" aria-hidden="true">
          <i className={share > 0.2 ? '' : share > 0 ? 'warn' : 'bad'} style={{ width: `${share * 100}%` }} />
        </div>
        {!unlimited && <p className="soft">{words.tokensHint}</p>}
      </div>
    </>
  );
}
