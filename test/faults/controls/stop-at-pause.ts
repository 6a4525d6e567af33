// Wrong on purpose: a refresh run that ends as soon as the gym asks for a pause. Once the gym has turned one session away (403 or 429), the wrong
// twin's run leases no other session: one account's pause stops the renewals of all accounts.
import type { RenewServices } from '../../../services/renewal/renew.ts';

export function stopAtPause<S extends RenewServices>(real: S): S {
  const { store } = real;
  const stopped = new Set<string>();
  let running: string | undefined;
  return {
    ...real,
    store: {
      ...store,
      leaseDueSessions: async (ask: Parameters<typeof store.leaseDueSessions>[0]) => {
        running = ask.runId;
        return stopped.has(ask.runId) ? [] : store.leaseDueSessions(ask);
      },
      settleAttempt: async (ask: Parameters<typeof store.settleAttempt>[0]) => {
        if (ask.state === 'turned-away' && running !== undefined) stopped.add(running);
        return store.settleAttempt(ask);
      },
    },
  };
}
