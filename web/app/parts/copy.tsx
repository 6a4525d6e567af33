// A button that copies an address to the clipboard. A browser may refuse: then a sentence says how to copy the address by hand.
import { useAct } from '../data/act.ts';
import { useLanguage } from '../language/language.tsx';
import { Button } from './button.tsx';

export function Copy({ text }: { readonly text: string }) {
  const { say } = useLanguage();
  const words = say.calendar;
  const act = useAct<true>();
  const copy = () =>
    act.run(async () => {
      await navigator.clipboard.writeText(text);
      return true;
    });
  return (
    <>
      <Button onPress={() => void copy()}>{act.result ? words.copied : words.copy}</Button>
      {act.error !== undefined && <p role="status">{words.notCopied}</p>}
    </>
  );
}
