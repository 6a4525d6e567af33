// The state of the client (web/client) as a React hook: the hook starts the client with the first component that uses the hook, and renders a
// component again on each change.
import { useEffect, useSyncExternalStore } from 'react';
import type { Client, ClientState, DeviceState } from '../client/client.ts';

export interface DeviceSessionSync extends ClientState {
  /** Asks the service at once whether this device's gym token has changed. Never throws. */
  readonly syncSession: () => Promise<DeviceState>;
}

/**
 * The state of this browser's puntual session and device session, the same in all tabs. The state of both sessions is read on mount, on focus and
 * when the page becomes visible again, at most every 30 seconds. A page makes the client of web/client once, outside of components; unmounting a
 * component does not stop the client.
 */
export function useDeviceSessionSync(client: Client): DeviceSessionSync {
  const state = useSyncExternalStore(client.subscribe, client.state, client.state);
  useEffect(() => {
    void client.start();
  }, [client]);
  return { ...state, syncSession: client.syncSession };
}
