// The readiness of a prebooking: the light, a sentence for each finding, and a button where a new sign-in or a look at the class may help.
import type { Prebooking } from '../../client/contract.ts';
import { useLanguage } from '../language/language.tsx';
import { clockOf } from '../time.ts';
import { Goto } from './button.tsx';
import { Light } from './light.tsx';
import { SignInAgain } from './sign-in-again.tsx';

const LOGIN = ['no-session', 'session-in-doubt'];
const LOOK = ['class-gone', 'class-cancelled', 'class-closed', 'class-changed', 'opening-unsure'];

export function Readiness({ prebooking, zone }: { readonly prebooking: Prebooking; readonly zone: string }) {
  const { say } = useLanguage();
  const { readiness, boxId, day } = prebooking;
  const kinds = (readiness?.findings ?? []).map(({ kind }) => kind);
  return (
    <div className="stack" role="status">
      <div className="facts">
        <Light readiness={readiness} />
        {readiness && <span>{say.next.checked(clockOf(readiness.checkedAt, zone))}</span>}
      </div>
      {kinds.map((kind) => (
        <p key={kind}>{say.findings[kind]}</p>
      ))}
      {kinds.some((kind) => LOGIN.includes(kind)) && <SignInAgain />}
      {kinds.some((kind) => LOOK.includes(kind)) && (
        <Goto to={`/classes?box=${boxId}&day=${day}`}>{say.next.seeClass}</Goto>
      )}
    </div>
  );
}
