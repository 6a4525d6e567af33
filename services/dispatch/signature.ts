// Is this delivery from our queue, for this very URL and body? The official Receiver decides; we ask for more than it does.
// A valid signature proves a sender, not a first delivery: replays are the table's business.
import { Receiver } from '@upstash/qstash';
import { decodeJwt } from 'jose';
import { z } from 'zod';
import { Failure } from '../failures.ts';
import type { Secret } from '../secret.ts';

/** Our clock may be this far from the queue's. */
const CLOCK_TOLERANCE_S = 5;
/** The Receiver passes tokens that lack these; without them a replay could not be told or would never end. */
const claims = z.object({ jti: z.string().min(1), exp: z.number(), body: z.string().min(1) });

export type VerifyDelivery = (delivery: {
  signature: string | undefined;
  rawBody: string;
  url: string;
}) => Promise<{ jti: string }>;

/** Answers a verifier that throws queue/signature-refused, saying in `details.why` when only a clock is wrong. */
export function createVerifier(keys: { current: Secret; next: Secret }, now: () => Date): VerifyDelivery {
  const receiver = new Receiver({ currentSigningKey: keys.current.reveal(), nextSigningKey: keys.next.reveal() });
  return async ({ signature, rawBody, url }) => {
    if (!signature) throw refused('missing');
    try {
      await receiver.verify({ signature, body: rawBody, url, clockTolerance: CLOCK_TOLERANCE_S });
      return { jti: claims.parse(decodeJwt(signature)).jti };
    } catch {
      throw refused(isSkewed(signature, now()) ? 'clock-skew' : 'not-ours');
    }
  };
}

const refused = (why: 'missing' | 'clock-skew' | 'not-ours'): Failure =>
  new Failure('queue/signature-refused', 'Expected a valid Upstash-Signature for this URL and body.', {
    details: { why },
  });

/** Read without trust, only to label a refusal: the library calls a wrong clock a wrong signature. */
function isSkewed(signature: string, now: Date): boolean {
  try {
    const { nbf, exp } = decodeJwt(signature);
    const nowS = now.getTime() / 1000;
    return (
      (nbf !== undefined && nbf > nowS + CLOCK_TOLERANCE_S) || (exp !== undefined && exp < nowS - CLOCK_TOLERANCE_S)
    );
  } catch {
    return false;
  }
}
