// `useAct`: runs the action of a pressed button, and keeps the action's result or its error. The requests that a pressed button's action sends are
// never repeated automatically.
import { useRef, useState } from 'react';

export interface Act<T> {
  readonly isBusy: boolean;
  readonly result: T | undefined;
  readonly error: unknown;
  /** Runs `work`; does nothing while an earlier run is going on. Never throws. */
  run(work: () => Promise<T>): Promise<void>;
  clear(): void;
}

export function useAct<T>(): Act<T> {
  const [isBusy, setIsBusy] = useState(false);
  // A slow phone may pass on a second press before the button is drawn as busy: `isBusy` is then still false.
  const isRunning = useRef(false);
  const [result, setResult] = useState<T>();
  const [error, setError] = useState<unknown>();
  const clear = () => {
    setResult(undefined);
    setError(undefined);
  };
  const run = async (work: () => Promise<T>) => {
    if (isRunning.current) return;
    isRunning.current = true;
    setIsBusy(true);
    clear();
    try {
      setResult(await work());
    } catch (thrown) {
      setError(thrown);
    }
    isRunning.current = false;
    setIsBusy(false);
  };
  return { isBusy, result, error, run, clear };
}
