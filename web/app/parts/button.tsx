// A button that shows that it is busy as soon as it is pressed, before anything is sent; the button keeps its place and its focus.
import type { ReactNode } from 'react';
import { Link } from 'wouter';

type Kind = 'main' | 'line' | 'danger' | 'plain';

interface ButtonParts {
  readonly children: ReactNode;
  readonly kind?: Kind;
  readonly isBusy?: boolean;
  readonly isPressed?: boolean;
  readonly isSubmit?: boolean;
  /** The button's name for a screen reader, which does not read the row around the button. */
  readonly label?: string;
  readonly onPress?: () => void;
}

export function Button({ children, kind = 'line', isBusy = false, isPressed, isSubmit, label, onPress }: ButtonParts) {
  return (
    <button
      type={isSubmit ? 'submit' : 'button'}
      className={`button ${kind}`}
      aria-disabled={isBusy}
      aria-pressed={isPressed}
      aria-label={label}
      onClick={(event) => {
        if (isBusy) event.preventDefault();
        else onPress?.();
      }}
    >
      {children}
    </button>
  );
}

/** A link to another screen, drawn as a button. */
export const Goto = ({ to, kind = 'line', children }: { to: string; kind?: Kind; children: ReactNode }) => (
  <Link href={to} className={`button ${kind}`}>
    {children}
  </Link>
);
