// One line of a list: the hour, the class, its state, and one button. For a screen reader, the name of a list's line begins with the class and its
// hour.
import type { ReactNode } from 'react';
import { Link } from 'wouter';

interface RowParts {
  readonly hour: string;
  readonly name: string;
  /** Text that a screen reader reads after the class and its hour. */
  readonly spoken?: string | undefined;
  readonly to?: string | undefined;
  readonly facts: ReactNode;
  readonly action?: ReactNode;
  readonly note?: ReactNode;
  readonly isQuiet?: boolean;
}

/** A name with more letters than this gets the row's whole width; a shorter one stands beside the button. */
const MAX_SHORT = 22;

export function Row({ hour, name, spoken, to, facts, action, note, isQuiet }: RowParts) {
  const kinds = ['row', isQuiet && 'quiet', name.length > MAX_SHORT && 'long'];
  return (
    <li className={kinds.filter(Boolean).join(' ')} aria-label={[`${name} ${hour}`, spoken].filter(Boolean).join(', ')}>
      <div className="row-hour numbers">{hour}</div>
      <div className="row-name" dir="auto">
        {to ? <Link href={to}>{name}</Link> : name}
      </div>
      <div className="row-action">{action}</div>
      <div className="facts">{facts}</div>
      {note && <div className="row-note">{note}</div>}
    </li>
  );
}

/** A placeholder that keeps the place of rows that are still loading. */
export const Waiting = ({ rows = 3, label }: { readonly rows?: number; readonly label: string }) => (
  <div className="stack" role="status">
    <span className="hidden">{label}</span>
    {Array.from({ length: rows }, (_, at) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: all placeholder rows look the same, and none ever moves.
      <div className="skeleton" key={at} />
    ))}
  </div>
);
