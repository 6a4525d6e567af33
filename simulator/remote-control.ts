// Calls the control verbs of a pretend gym that runs in another process, over HTTP.
import http from 'node:http';
import https from 'node:https';
import { type Control, VERBS } from './control.ts';

/**
 * `ca`, the gym's certificate, is needed for a gym with TLS. A control verb rejects with the text of the gym's error when the gym refuses the control
 * call.
 */
export function createRemoteControl(url: string, ca?: string): Control {
  const agent = url.startsWith('https:')
    ? new https.Agent({ keepAlive: true, ...(ca ? { ca } : {}) })
    : new http.Agent({ keepAlive: true });
  const verbs = VERBS.map((verb) => [verb, (input: unknown) => call(`${url}/__sim/${verb}`, agent, input)]);
  return Object.fromEntries(verbs) as Control;
}

// Control calls do not use fetch, because a test that intercepts or counts fetch calls must not see its own control calls.
function call(address: string, agent: http.Agent, input: unknown): Promise<unknown> {
  const send = address.startsWith('https:') ? https.request : http.request;
  return new Promise((resolve, reject) => {
    const request = send(
      address,
      { method: 'POST', agent, headers: { 'content-type': 'application/json' } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const { result, error } = JSON.parse(Buffer.concat(chunks).toString() || '{}');
          if (response.statusCode === 200) resolve(result ?? undefined);
          else reject(new Error(error ?? `Expected 200 from the pretend gym, got ${response.statusCode}`));
        });
      },
    );
    request.on('error', reject);
    request.end(JSON.stringify(input ?? null));
  });
}
