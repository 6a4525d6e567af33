// A page that uses the client without a framework: sign in, see this device's state, receive changes of prebookings, sign out.
import { ClientError, createClient } from '../client/client.ts';

const client = createClient();
const states = new Map<string, string>();

function at<T extends HTMLElement>(id: string, kind: new () => T): T {
  const element = document.getElementById(id);
  if (element instanceof kind) return element;
  throw new TypeError(`Expected #${id} in the page.`);
}
const say = (text: string): void => {
  at('status', HTMLParagraphElement).textContent = text;
};
/** Runs the action of a pressed button, and shows the service's error message if the action fails. */
const attempt = (work: () => Promise<unknown>): void => {
  work().catch((error: unknown) => say(error instanceof ClientError ? error.message : 'Something went wrong.'));
};

function showPrebookings(): void {
  const items = [...states].map(([id, status]) =>
    Object.assign(document.createElement('li'), { id, textContent: status }),
  );
  at('prebookings', HTMLUListElement).replaceChildren(...items);
}

function showState(): void {
  const { session, device } = client.state();
  const isIn = session.status === 'signed-in';
  at('sign-in', HTMLFormElement).hidden = session.status !== 'signed-out';
  at('member', HTMLElement).hidden = !isIn;
  at('device', HTMLElement).textContent = device.status;
  say(
    isIn
      ? 'You are signed in.'
      : session.status === 'signed-out'
        ? 'You are signed out.'
        : 'No word from the service yet.',
  );
  if (!isIn) states.clear();
}

at('sign-in', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  const given = new FormData(at('sign-in', HTMLFormElement));
  const credentials = { email: String(given.get('email')), password: String(given.get('password')) };
  at('sign-in', HTMLFormElement).reset();
  attempt(() => client.signIn(credentials));
});
at('sync', HTMLButtonElement).addEventListener('click', () => attempt(client.syncSession));
at('sign-out', HTMLButtonElement).addEventListener('click', () => attempt(client.signOut));

client.subscribe(showState);
client.listen({
  status: (status) => {
    at('live', HTMLElement).textContent = status;
  },
  prebooking: ({ id, status }) => {
    states.set(id, status);
    showPrebookings();
  },
  caughtUp: (prebookings) => {
    states.clear();
    for (const { id, status } of prebookings) states.set(id, status);
    showPrebookings();
  },
});
await client.start();
showState();
