// Notices on this very device: the browser's push subscription, created and removed. Every wait has a limit, since a browser without its push
// service answers late or never.
import type { Body } from '../../client/contract.ts';

type Subscription = Extract<Body<'/api/notifications/channels', 'post'>, { kind: 'web-push' }>['subscription'];
/** Why this device cannot show notices; the words for each are in language/. */
export type PushTrouble = 'unsupported' | 'denied' | 'no-answer';

/** `message` is a PushTrouble. */
export class PushError extends Error {}

const TIMEOUT_MS = 15_000;
const KEY = 'puntual.push';

/** Does this browser support push? An iPhone does once the app is on its home screen. */
export const canPush = (): boolean =>
  'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window;

const trouble = (kind: PushTrouble): PushError => new PushError(kind);

function within<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(trouble('no-answer')), TIMEOUT_MS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Asks the person, then the browser. Throws PushError. */
export async function subscribe(vapidPublicKey: string): Promise<Subscription> {
  if (!canPush()) throw trouble('unsupported');
  if ((await Notification.requestPermission()) !== 'granted') throw trouble('denied');
  const { pushManager } = await within(navigator.serviceWorker.ready);
  // A subscription with another key is of no use to this service, and would stand in the way.
  await giveUp();
  const made = await within(
    pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: vapidPublicKey }),
  ).catch((error: unknown) => {
    throw error instanceof PushError ? error : trouble('no-answer');
  });
  const { endpoint, keys } = made.toJSON();
  const { p256dh, auth } = keys ?? {};
  if (!endpoint || !p256dh || !auth) throw trouble('unsupported');
  return { endpoint, keys: { p256dh, auth } };
}

/** The channel of this browser, as this browser remembers it. */
export const ownPushChannel = (): string | null => localStorage.getItem(KEY);
export const rememberPushChannel = (id: string): void => localStorage.setItem(KEY, id);

/** This browser gets no more pushes. Never throws: the service drops a subscription that is gone. */
export async function giveUp(): Promise<void> {
  localStorage.removeItem(KEY);
  if (!canPush()) return;
  try {
    const registration = await navigator.serviceWorker.getRegistration();
    await within((async () => (await registration?.pushManager.getSubscription())?.unsubscribe())());
  } catch {
    return;
  }
}
