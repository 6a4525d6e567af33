// The app's language, and its texts in that language. The Spanish texts are part of the page; the English texts are fetched when a member chooses
// English.
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { ClientError } from '../../client/client-error.ts';
import type { Messages } from './en.ts';
import type { ErrorWords } from './errors-en.ts';
import { es } from './es.ts';

export type Language = 'es' | 'en';
const KEY = 'puntual.language';

/** The language that the member chose on this browser, else the browser's own; Spanish for any language but English. */
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

/** The texts of the app in the chosen language, and the function that changes the language. */
export const useLanguage = (): Spoken => useContext(Context);

/** Gives the texts of the chosen language to the components inside; renders nothing until these texts are loaded. */
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

/** The sentence for a thrown error; for an error without a sentence, a general one with the error's code. */
export function errorWords(say: Messages, error: unknown): string {
  const code = error instanceof ClientError ? error.code : 'client/broken';
  return code in say.errors ? say.errors[code as keyof ErrorWords] : `${say.errors.other} ${code}`;
}
