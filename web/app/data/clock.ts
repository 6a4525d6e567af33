// Follows the service's time by the messages of the socket, so that a countdown need not rely on the phone's clock.
import { useEffect, useState } from 'react';

let aheadMs = 0;
/** @param serviceMs what the service's clock shows at this moment, epoch ms. */
export const followClock = (serviceMs: number): void => {
  aheadMs = serviceMs - Date.now();
};
/** Epoch ms by the service's clock; by the phone's clock until the service has sent its time. */
export const serviceNowMs = (): number => Date.now() + aheadMs;

/** The service's time, epoch ms, updated every second while `isTicking`. */
export function useNow(isTicking = true): number {
  const [now, setNow] = useState(serviceNowMs);
  useEffect(() => {
    if (!isTicking) return;
    const timer = setInterval(() => setNow(serviceNowMs()), 1_000);
    return () => clearInterval(timer);
  }, [isTicking]);
  return now;
}

const MAX_WAIT_MS = 3_600_000;

/** How many of `instants` (epoch ms) are past; the component is rendered again when the next instant comes. */
export function usePassed(instants: readonly number[]): number {
  const [now, setNow] = useState(Date.now);
  const next = Math.min(...instants.filter((at) => at > now));
  useEffect(() => {
    if (next === Number.POSITIVE_INFINITY) return;
    const timer = setTimeout(() => setNow(Date.now()), Math.min(Math.max(1, next - now), MAX_WAIT_MS));
    return () => clearTimeout(timer);
  }, [next, now]);
  return instants.filter((at) => at <= now).length;
}
