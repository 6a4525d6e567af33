// The frame of a screen: the title in the page and in the window, and a note on how old the shown data is. After a navigation to another screen the
// new screen's title gets the focus.
import { type ReactNode, useEffect, useRef } from 'react';
import { isAway } from '../data/member.ts';
import { errorWords, useLanguage } from '../language/language.tsx';
import { sinceWords } from '../time.ts';
import { isMendedByLogin, Note } from './note.tsx';
import { SignInAgain } from './sign-in-again.tsx';

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

/** Shown if the latest read failed and older data is on the screen: a note that says why the read failed, and how old the data is. */
export function Age({ of: { data, error, dataUpdatedAt } }: { readonly of: Asked }) {
  const { language, say } = useLanguage();
  if (data === undefined || error === null) return null;
  const away = navigator.onLine ? say.away : say.offline;
  return (
    <Note tone="warn">
      <p>
        {isAway(error) ? away : errorWords(say, error)} {say.asOf(sinceWords(dataUpdatedAt, language))}
      </p>
      {isMendedByLogin(error) && <SignInAgain />}
    </Note>
  );
}
