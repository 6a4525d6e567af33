// Is this delivery from our queue, for this very URL and body? The official Receiver decides, and we require more than it does. A valid signature
// proves the sender, not a first delivery: the deliveries table finds replays.
import { Receiver } from '@upstash/qstash';
import { decodeJwt } from 'jose';
import { z } from 'zod';
import { Failure } from '../failures.ts';
import type { Secret } from '../secret.ts';

/** Our clock may be this far from the queue's. */
const CLOCK_TOLERANCE_S = 5;
/** The Receiver accepts tokens without these. Without them a replay could not be recognised, or its record would have to be kept for ever. */
const claims = z.object({ jti: z.string().min(1), exp: z.number(), body: z.string().min(1) });

export type VerifyDelivery = (delivery: {
  signature: string | undefined;
  rawBody: string;
  url: string;
}) => Promise<{ jti: string }>;

/** Wider than any clock error: with it the Receiver checks key, address and body alone. */
const ANY_CLOCK_S = 100 * 365 * 24 * 60 * 60;

/** Returns a verifier that throws queue/signature-refused. Its `details` say when only a clock is wrong, and of which delivery (`jti`). */
export function createVerifier(keys: { current: Secret; next: Secret }, now: () => Date): VerifyDelivery {
  const receiver = new Receiver({ currentSigningKey: keys.current.reveal(), nextSigningKey: keys.next.reveal() });
  return async ({ signature, rawBody, url }) => {
    if (!signature) throw refused('missing');
    const judge = async (clockTolerance: number) => {
      await receiver.verify({ signature, body: rawBody, url, clockTolerance });
      return { jti: claims.parse(decodeJwt(signature)).jti };
    };
    return judge(CLOCK_TOLERANCE_S).catch(async () => {
      // The library reports a wrong clock as a wrong signature. A forged call with another time is still forged.
      const timeless = isSkewed(signature, now()) ? await judge(ANY_CLOCK_S).catch(() => undefined) : undefined;
      throw timeless ? refused('clock-skew', timeless.jti) : refused('not-ours');
    });
  };
}

const refused = (why: 'missing' | 'clock-skew' | 'not-ours', jti?: string): Failure =>
  new Failure('queue/signature-refused', 'Expected a valid Upstash-Signature for this URL and body.', {
    details: { why, ...(jti !== undefined && { jti }) },
  });

/** Reads the claims without trusting them, only to know whether a second check makes sense. */
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
