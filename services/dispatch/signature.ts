// Checks that a delivery comes from our queue and was signed for exactly this URL and body. QStash's Receiver checks the signature; this file
// also requires the JWT claims in `claims`. A valid signature proves the sender, not a first delivery: the table of deliveries finds repeated
// deliveries.
import { Receiver } from '@upstash/qstash';
import { decodeJwt } from 'jose';
import { z } from 'zod';
import { Failure } from '../failures.ts';
import type { Secret } from '../secret.ts';

/** How many seconds the clocks of this process and of the queue may differ. */
const CLOCK_TOLERANCE_S = 5;
/**
 * The JWT claims that a signature must have; QStash's Receiver requires neither `jti` nor `exp`. By `jti` a repeated delivery is recognised; `exp`
 * tells how long the row of a delivery must be kept.
 */
const claims = z.object({ jti: z.string().min(1), exp: z.number(), body: z.string().min(1) });

export type VerifyDelivery = (delivery: {
  signature: string | undefined;
  rawBody: string;
  url: string;
}) => Promise<{ jti: string }>;

/** A tolerance, in seconds, wider than any clock error: with this tolerance the Receiver checks only key, URL and body. */
const ANY_CLOCK_S = 100 * 365 * 24 * 60 * 60;

/**
 * Returns a verifier; it throws queue/signature-refused for a delivery not signed by our queue, or with a time that does not fit our clock. The
 * failure's `details` say whether the signature is valid but its time does not fit our clock, and if so, which delivery (`jti`) was refused.
 */
export function createVerifier(keys: { current: Secret; next: Secret }, now: () => Date): VerifyDelivery {
  const receiver = new Receiver({ currentSigningKey: keys.current.reveal(), nextSigningKey: keys.next.reveal() });
  return async ({ signature, rawBody, url }) => {
    if (!signature) throw refused('missing');
    const judge = async (clockTolerance: number) => {
      await receiver.verify({ signature, body: rawBody, url, clockTolerance });
      return { jti: claims.parse(decodeJwt(signature)).jti };
    };
    return judge(CLOCK_TOLERANCE_S).catch(async () => {
      // The Receiver throws the same kind of error for a signature with times that do not fit our clock as for a forged one. After a failed check, a
      // signature with such times is checked again without regard to time; a forged signature fails the second check too.
      const timeless = isSkewed(signature, now()) ? await judge(ANY_CLOCK_S).catch(() => undefined) : undefined;
      throw timeless ? refused('clock-skew', timeless.jti) : refused('not-ours');
    });
  };
}

const refused = (why: 'missing' | 'clock-skew' | 'not-ours', jti?: string): Failure =>
  new Failure('queue/signature-refused', 'Expected a valid Upstash-Signature for this URL and body.', {
    details: { why, ...(jti !== undefined && { jti }) },
  });

/**
 * True if a signature (a JWT) has expired, or is not valid yet, by more than `CLOCK_TOLERANCE_S` at `now`. The signature's claims are read without
 * trusting them, only to decide whether the signature is checked a second time.
 */
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
