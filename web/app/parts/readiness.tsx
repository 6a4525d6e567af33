// The readiness of a prebooking: the light, a sentence for each finding, and a button where a new sign-in or a look at the class may help.
import type { Prebooking } from '../../client/contract.ts';
import { zoneOf } from '../data/agenda.ts';
import type { Box } from '../data/member.ts';
import type { Messages } from '../language/en.ts';
import { useLanguage } from '../language/language.tsx';
import { cityOf, clockOf } from '../time.ts';
import { Goto } from './button.tsx';
import { Light } from './light.tsx';
import { SignInAgain } from './sign-in-again.tsx';

const LOGIN = ['no-session', 'session-in-doubt'];
const LOOK = ['class-gone', 'class-cancelled', 'class-closed', 'class-changed', 'opening-unsure'];

type Finding = NonNullable<Prebooking['readiness']>['findings'][number]['kind'];

/** The sentence for a finding. If the operator has declared when the box opens its classes, an opening is unsure because of the time zone alone. */
export const findingWords = (say: Messages, kind: Finding, box: Box | undefined): string =>
  kind === 'opening-unsure' && box?.zoneAssumed && box.opening?.source === 'declared'
    ? say.zoneAssumed(cityOf(box.timeZone))
    : say.findings[kind];

export const isOpeningUnsure = ({ readiness }: Prebooking): boolean =>
  readiness?.findings.some(({ kind }) => kind === 'opening-unsure') ?? false;

interface ReadinessParts {
  readonly prebooking: Prebooking;
  readonly box: Box | undefined;
  /** True if the screen says elsewhere that the opening is unsure. */
  readonly isOpeningSaid?: boolean;
}

export function Readiness({ prebooking, box, isOpeningSaid = false }: ReadinessParts) {
  const { say } = useLanguage();
  const { readiness, boxId, day } = prebooking;
  const all = (readiness?.findings ?? []).map(({ kind }) => kind);
  const kinds = isOpeningSaid ? all.filter((kind) => kind !== 'opening-unsure') : all;
  return (
    <div className="stack" role="status">
      <div className="facts">
        <Light readiness={readiness} />
        {readiness && <span>{say.next.checked(clockOf(readiness.checkedAt, zoneOf(box)))}</span>}
      </div>
      {kinds.map((kind) => (
        <p key={kind}>{findingWords(say, kind, box)}</p>
      ))}
      {kinds.some((kind) => LOGIN.includes(kind)) && <SignInAgain />}
      {kinds.some((kind) => LOOK.includes(kind)) && (
        <Goto to={`/classes?box=${boxId}&day=${day}`}>{say.next.seeClass}</Goto>
      )}
    </div>
  );
}
