// The script of a test's tab: the client, started, in `window`, and a note of each time that it signs out.
import { createClient } from '../../web/client/client.ts';

window.client = createClient();
window.signOuts = [];
let before = window.client.state().session.status;
window.client.subscribe(() => {
  const { session } = window.client.state();
  if (session.status === 'signed-out' && before === 'signed-in') window.signOuts.push(session.proof);
  before = session.status;
});
await window.client.start();
window.isReady = true;
