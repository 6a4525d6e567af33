// Follows the service's time by the messages of the socket and the dates of the service's answers, so that no countdown and no button relies on the
// phone's clock.
import { useEffect, useState } from 'react';

let aheadMs = 0;
/** @param serviceMs what the service's clock shows at this moment, epoch ms. */
export const followClock = (serviceMs: number): void => {
  aheadMs = serviceMs - Date.now();
};
/**
 * Follows the service's clock by an answer's header `Date`. The header is in whole seconds, so `aheadMs` changes only if it contradicts the header.
 * @param date the answer's header `Date`.
 * @param sentMs the phone's time (epoch ms) when the request was sent.
 */
export function followDate(date: string | null, sentMs: number): void {
  const dateMs = Date.parse(date ?? '');
  if (Number.isNaN(dateMs)) return;
  const [least, most] = [dateMs - Date.now(), dateMs + 1_000 - sentMs];
  if (aheadMs < least || aheadMs > most) aheadMs = (least + most) / 2;
}
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

/** How many of `instants` (epoch ms) are past by the service's clock; the component is rendered again when the next instant comes. */
export function usePassed(instants: readonly number[]): number {
  const [woken, setWoken] = useState(0);
  const now = serviceNowMs();
  const next = Math.min(...instants.filter((at) => at > now));
  // biome-ignore lint/correctness/useExhaustiveDependencies: `woken` sets a timer again that woke before `next` came.
  useEffect(() => {
    if (next === Number.POSITIVE_INFINITY) return;
    const leftMs = Math.max(1, next - serviceNowMs());
    const timer = setTimeout(() => setWoken((times) => times + 1), Math.min(leftMs, MAX_WAIT_MS));
    return () => clearTimeout(timer);
  }, [next, woken]);
  return instants.filter((at) => at <= now).length;
}
