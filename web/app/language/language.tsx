// Which language the app speaks, and its table of messages. Spanish is part of the page; English is fetched when needed.
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { ClientError } from '../../client/client-error.ts';
import type { Messages } from './en.ts';
import type { ErrorWords } from './errors-en.ts';
import { es } from './es.ts';

export type Language = 'es' | 'en';
const KEY = 'puntual.language';

/** What the member chose here, else what the browser asks for; Spanish if that is neither. */
export function firstLanguage(): Language {
  const chosen = localStorage.getItem(KEY) ?? navigator.language.slice(0, 2);
  return chosen === 'en' ? 'en' : 'es';
}

const TABLES: Record<Language, () => Promise<Messages>> = {
  es: async () => es,
  en: async () => (await import('./en.ts')).en,
};

interface Spoken {
  readonly language: Language;
  readonly say: Messages;
  readonly choose: (language: Language) => void;
}
const Context = createContext<Spoken>({ language: 'es', say: es, choose: () => undefined });

/** The messages, and how to change the language. */
export const useLanguage = (): Spoken => useContext(Context);

/** Renders nothing until the table is loaded. */
export function SpeakingPage({ children }: { readonly children: ReactNode }) {
  const [language, setLanguage] = useState(firstLanguage);
  const [say, setSay] = useState<Messages>();
  useEffect(() => {
    let isWanted = true;
    document.documentElement.lang = language;
    TABLES[language]().then((table) => isWanted && setSay(table));
    return () => {
      isWanted = false;
    };
  }, [language]);
  const choose = (next: Language) => {
    localStorage.setItem(KEY, next);
    setLanguage(next);
  };
  return say ? <Context.Provider value={{ language, say, choose }}>{children}</Context.Provider> : null;
}

/** The sentence for a thrown error, or its code if there is no sentence for it. */
export function errorWords(say: Messages, error: unknown): string {
  const code = error instanceof ClientError ? error.code : 'client/broken';
  return code in say.errors ? say.errors[code as keyof ErrorWords] : `${say.errors.other} ${code}`;
}
