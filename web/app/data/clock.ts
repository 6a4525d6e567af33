// The service's time, as far as the socket has sent it: a countdown need not trust the phone's clock.
import { useEffect, useState } from 'react';

let aheadMs = 0;
/** @param serviceMs what the service's clock shows at this moment, epoch ms. */
export const followClock = (serviceMs: number): void => {
  aheadMs = serviceMs - Date.now();
};
/** Epoch ms by the service's clock; by the phone's until the service has sent its time. */
export const serviceNowMs = (): number => Date.now() + aheadMs;

/** The service's time, updated every second while `isTicking`. */
export function useNow(isTicking = true): number {
  const [now, setNow] = useState(serviceNowMs);
  useEffect(() => {
    if (!isTicking) return;
    const timer = setInterval(() => setNow(serviceNowMs()), 1_000);
    return () => clearInterval(timer);
  }, [isTicking]);
  return now;
}
