// A client's requests to the API, told as one member's evening. Each request is shown as a curl command, with the OpenAPI contract's own examples as
// bodies.
import { html } from 'hono/html';
import { EXAMPLES } from '../contract-examples.ts';
import type { Markup } from '../monitor/page.ts';

interface Step {
  readonly title: string;
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly isSigned?: boolean;
  readonly words: string;
}

const STEPS: readonly Step[] = [
  {
    title: 'Sign in',
    method: 'POST',
    path: '/api/auth/login',
    body: EXAMPLES['Login'],
    words:
      'The gym judges the password. The answer has an accessToken for the header of every further call, the boxes, and this device’s own gym token. Browsers get httpOnly cookies beside it; POST /api/auth/session/refresh exchanges them before the token ends.',
  },
  {
    title: 'See a day',
    method: 'GET',
    path: '/api/booking?boxId=…&day=20261124',
    isSigned: true,
    words:
      'Each class says how many places are taken, whether it is mine, and when it opens: opensAt. A class that is open already is booked at once by POST /api/booking.',
  },
  {
    title: 'Ask for a class that is not open yet',
    method: 'POST',
    path: '/api/prebookings',
    body: EXAMPLES['Wish'],
    isSigned: true,
    words:
      'Send an Idempotency-Key: the same request again then answers the same prebooking. The answer says opensAt, and warnings for what may go wrong until then.',
  },
  {
    title: 'Will it work?',
    method: 'GET',
    path: '/api/prebookings/{id}',
    isSigned: true,
    words:
      'readiness is green, amber or red with its findings. Over Socket.IO at the same origin the event `prebooking` tells each change as it happens.',
  },
  {
    title: 'Read the receipt',
    method: 'GET',
    path: '/api/prebookings/{id}',
    isSigned: true,
    words:
      'After the opening status is booked, waitlisted, refused, unconfirmed or missed, and receipt says each instant of the race and one sentence in words.',
  },
  {
    title: 'Take it back',
    method: 'DELETE',
    path: '/api/prebookings/{id}',
    isSigned: true,
    words:
      'Before the race starts. A place that was won is cancelled by DELETE /api/booking; late-needs-consent asks for acceptLate first.',
  },
];

/** Renders a client's requests, told as one member's evening, as a list of steps. @param origin this service's address. */
export const storyOf = (origin: string): Markup =>
  html`<ol>${STEPS.map(
    (step) => html`<li><h3>${step.title}</h3><pre>${curlOf(step, origin)}</pre><p>${step.words}</p></li>`,
  )}</ol>`;

function curlOf({ method, path, body, isSigned }: Step, origin: string): string {
  const lines = [
    `curl -X ${method} '${origin}${path}'`,
    ...(isSigned ? [`-H "Authorization: Bearer $ACCESS_TOKEN"`] : []),
    ...(body === undefined ? [] : [`-H 'Content-Type: application/json'`, `-d '${JSON.stringify(body)}'`]),
  ];
  return lines.join(' \\\n  ');
}
