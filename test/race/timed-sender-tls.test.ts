// The timed sender over TLS, with a certificate made for this test.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PreparedRequest } from '../../services/gym/gym.ts';
import { openTimedSender } from '../../services/timed-sender/timed-sender.ts';

const nowMs = (): number => performance.timeOrigin + performance.now();

/** Makes a key and a certificate for 127.0.0.1; undefined on a machine without openssl. */
function makeCertificate(): { key: string; cert: string } | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'starter-tls-'));
  try {
    const keyFile = join(folder, 'key.pem');
    const certFile = join(folder, 'cert.pem');
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
    execFileSync('openssl', ['req', '-x509', ...kind, ...subject, '-keyout', keyFile, '-out', certFile], {
      stdio: 'ignore',
    });
    return { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') };
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const certificate = makeCertificate();
if (!certificate) process.stderr.write('SKIPPED: the starter over TLS, because openssl made no certificate here\n');

describe.skipIf(!certificate)('over TLS', () => {
  const arrivals: number[] = [];
  const server = createServer({ ...certificate }, (request, response) => {
    arrivals.push(nowMs());
    response.end(request.url?.slice(1));
  });
  let port = 0;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const request = (id: number): PreparedRequest => ({
    host: '127.0.0.1',
    port,
    tls: true,
    bytes: Buffer.from(`POST /${id} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n`),
  });

  test('twenty shots arrive after the instant and are answered', async () => {
    const starter = await openTimedSender({ tls: { ca: certificate?.cert ?? '' } });
    const warmth = await starter.load(Array.from({ length: 20 }, (_, id) => request(id)));
    expect(warmth).toEqual({ ready: 20, cold: 0 });
    const atMs = nowMs() + 80;
    const shots = await starter.fireAt(atMs);
    await starter.close();
    expect(arrivals).toHaveLength(20);
    for (const arrival of arrivals) expect(arrival).toBeGreaterThanOrEqual(atMs);
    expect(shots.map((shot) => shot.result.kind === 'answer' && shot.result.raw.body)).toEqual(
      Array.from({ length: 20 }, (_, id) => String(id)),
    );
  });

  test('an untrusted certificate leaves the shot not sent', async () => {
    const starter = await openTimedSender();
    expect(await starter.load([request(99)])).toEqual({ ready: 0, cold: 1 });
    const [shot] = await starter.fireAt(nowMs());
    await starter.close();
    expect(shot?.result).toEqual({ kind: 'not-sent', reason: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  });
});
