// A page with React that shows the result of the React hook useDeviceSessionSync, for hook.test.ts.
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createClient } from '../../web/client/client.ts';
import { useDeviceSessionSync } from '../../web/react/use-device-session-sync.ts';

const client = createClient();

function Device() {
  const { session, device, syncSession } = useDeviceSessionSync(client);
  return (
    <>
      <output>{`${session.status} ${device.status} ${device.refreshedAt ?? ''}`}</output>
      <button type="button" onClick={() => syncSession()}>
        Sync
      </button>
      <button type="button" onClick={() => client.signIn({ email: 'ana@example.test', password: 'right' })}>
        Sign in
      </button>
    </>
  );
}

const root = document.getElementById('root');
if (!root) throw new TypeError('Expected #root in the page.');
createRoot(root).render(
  <StrictMode>
    <Device />
  </StrictMode>,
);
