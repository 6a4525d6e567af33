// The texts of the operator's screen in the app's language.
import { useLanguage } from './language.tsx';
import { type OperatorMessages, operatorEn } from './operator-en.ts';
import { operatorEs } from './operator-es.ts';

/** The texts of the operator's screen, in the language that the member or operator chose. */
export const useOperatorWords = (): OperatorMessages => (useLanguage().language === 'es' ? operatorEs : operatorEn);
