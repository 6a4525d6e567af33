// A button that reacts at once: pressed, it shows that it is busy before anything is sent, and keeps its place and its focus.
import type { ReactNode } from 'react';
import { Link } from 'wouter';

type Kind = 'main' | 'line' | 'danger' | 'plain';

interface ButtonParts {
  readonly children: ReactNode;
  readonly kind?: Kind;
  readonly isBusy?: boolean;
  readonly isPressed?: boolean;
  readonly isSubmit?: boolean;
  /** What it is about, for screen readers, which do not show the row around it. */
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

/** A link that looks like a button: it goes to another screen. */
export const Goto = ({ to, kind = 'line', children }: { to: string; kind?: Kind; children: ReactNode }) => (
  <Link href={to} className={`button ${kind}`}>
    {children}
  </Link>
);
