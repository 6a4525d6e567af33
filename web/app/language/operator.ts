// The operator's words, in the language that the app speaks.
import { useLanguage } from './language.tsx';
import { type OperatorMessages, operatorEn } from './operator-en.ts';
import { operatorEs } from './operator-es.ts';

/** What the operator's screen says. */
export const useOperatorWords = (): OperatorMessages => (useLanguage().language === 'es' ? operatorEs : operatorEn);
