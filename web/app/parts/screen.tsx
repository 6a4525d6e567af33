// The frame of a screen: the title in the page and in the window, and a note on how old the shown data is. After a navigation to another screen the
// new screen's title gets the focus.
import { type ReactNode, useEffect, useRef } from 'react';
import { isAway } from '../data/member.ts';
import { useLanguage } from '../language/language.tsx';
import { sinceWords } from '../time.ts';
import { Note } from './note.tsx';

let isFirst = true;

interface ScreenParts {
  readonly title: string;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

export function Screen({ title, aside, children }: ScreenParts) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · puntual`;
  }, [title]);
  useEffect(() => {
    // The first screen that a page shows leaves the focus alone, so that a screen reader reads the page from its beginning.
    if (!isFirst) heading.current?.focus();
    isFirst = false;
  }, []);
  return (
    <main className="stack">
      <div className="head">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {aside}
      </div>
      {children}
    </main>
  );
}

interface Asked {
  readonly data: unknown;
  readonly error: unknown;
  readonly dataUpdatedAt: number;
}

/** A note that says how old the shown data is, if the latest read got no answer. */
export function Age({ of }: { readonly of: Asked }) {
  const { language, say } = useLanguage();
  if (of.data === undefined || !isAway(of.error)) return null;
  return (
    <Note tone="warn">
      <p>
        {navigator.onLine ? say.away : say.offline} {say.asOf(sinceWords(of.dataUpdatedAt, language))}
      </p>
    </Note>
  );
}
