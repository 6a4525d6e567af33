// The client's state as a React hook: it starts the client when the first component that uses it appears, and re-renders on each change.
import { useEffect, useSyncExternalStore } from 'react';
import type { Client, ClientState, DeviceState } from '../client/client.ts';

export interface DeviceSessionSync extends ClientState {
  /** Looks now whether this device's gym token has changed. Never throws. */
  readonly syncSession: () => Promise<DeviceState>;
}

/**
 * Session and device of this browser, in step over all its tabs: read on mount, on focus and when the page is seen again, at most every 30
 * seconds. The client is made once a page, outside of components; it is not stopped when a component is unmounted.
 */
export function useDeviceSessionSync(client: Client): DeviceSessionSync {
  const state = useSyncExternalStore(client.subscribe, client.state, client.state);
  useEffect(() => {
    void client.start();
  }, [client]);
  return { ...state, syncSession: client.syncSession };
}
