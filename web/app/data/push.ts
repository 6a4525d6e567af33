// Switches notices on this device on and off: creates and removes the browser's push subscription. Every wait for the browser has a time limit, since
// a browser that cannot reach its push service answers late or never.
import type { Body } from '../../client/contract.ts';

type Subscription = Extract<Body<'/api/notifications/channels', 'post'>, { kind: 'web-push' }>['subscription'];
/** Why this device cannot show notices; the text for each reason is in language/. */
export type PushTrouble = 'unsupported' | 'denied' | 'no-answer';

/** Thrown when push notices cannot be switched on; `message` is the reason, such as `denied`. */
export class PushError extends Error {}

const TIMEOUT_MS = 15_000;
const KEY = 'puntual.push';
const OWNER = 'puntual.push.member';

/** Does this browser support push? An iPhone supports push once the app is on its home screen. */
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

/** Asks the member for permission, then the browser for a subscription, and returns the subscription. Throws PushError. */
export async function subscribe(vapidPublicKey: string): Promise<Subscription> {
  if (!canPush()) throw trouble('unsupported');
  if ((await Notification.requestPermission()) !== 'granted') throw trouble('denied');
  const { pushManager } = await within(navigator.serviceWorker.ready);
  // A subscription made with an older VAPID key of the service is of no use. As long as a subscription exists, the browser
  // refuses one with another key.
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

/** The id of this browser's push channel, as this browser remembers it; null if there is none. */
export const ownPushChannel = (): string | null => localStorage.getItem(KEY);
export function rememberPushChannel(id: string, userId: string): void {
  localStorage.setItem(KEY, id);
  localStorage.setItem(OWNER, userId);
}

/** Ends this browser's push subscription. Never throws; the service need not be told, since it drops a subscription that is gone. */
export async function giveUp(): Promise<void> {
  localStorage.removeItem(KEY);
  localStorage.removeItem(OWNER);
  if (!canPush()) return;
  try {
    const registration = await navigator.serviceWorker.getRegistration();
    await within((async () => (await registration?.pushManager.getSubscription())?.unsubscribe())());
  } catch {
    return;
  }
}

/**
 * Ends the push subscription that another member than `userId` left on this browser. A session may end without a sign-out on this browser, for example
 * from another device; the browser's next member would then see the former member's notices. Never throws.
 */
export async function giveUpAnothers(userId: string): Promise<void> {
  const owner = localStorage.getItem(OWNER);
  if (owner !== null && owner !== userId) await giveUp();
}
