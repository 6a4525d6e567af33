// The script of a test's tab: it starts the client, puts it in `window`, and notes each sign-out.
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
