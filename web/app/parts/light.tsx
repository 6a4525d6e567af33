// The readiness light of a prebooking: shape, word and colour say the same, so that a member needs only one of the three.
import type { Prebooking } from '../../client/contract.ts';
import { useLanguage } from '../language/language.tsx';

type Readiness = NonNullable<Prebooking['readiness']>;

const SHAPES = {
  green: <path d="M2 8.5 6 12.5 14 3.5" fill="none" stroke="currentColor" strokeWidth="3" />,
  amber: <path d="M8 1 15 14H1z" fill="currentColor" />,
  red: <path d="M3 3l10 10M13 3 3 13" fill="none" stroke="currentColor" strokeWidth="3" />,
  none: <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" strokeWidth="2" />,
};

export function Light({ readiness }: { readonly readiness: Readiness | undefined }) {
  const { say } = useLanguage();
  const level = readiness?.level ?? 'none';
  return (
    <span className={`light ${level}`}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        {SHAPES[level]}
      </svg>
      {say.light[level]}
    </span>
  );
}
