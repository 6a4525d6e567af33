// Whether a member is admitted (allowed to use this service), and what a member without admission is told. The database decides which members are
// admitted (admit_at_gym, bridge_member).
import { createHash, randomBytes } from 'node:crypto';
import { Failure } from '../failures.ts';
import { Secret } from '../secret.ts';
import type { Admission, AdmissionPolicy, TurnedAway } from '../store/admission-store.ts';

/** Whether a member with this admission may use the endpoints that need admission. */
export const isAdmitted = (admission: Admission, { mode }: AdmissionPolicy): boolean =>
  admission === 'admitted' || (mode === 'open' && admission !== 'refused');

const ASK = 'Usage, turns and chat are open to you all the same.';
const SAID: Readonly<Record<TurnedAway | 'withdrawn', string>> = {
  waiting: `The operator has been asked to let you in: sign in again once that is done. ${ASK}`,
  refused: 'The operator of this service has not let you in. Ask them if you think that this is a mistake.',
  withdrawn: 'Your request to be let in is withdrawn, and nothing of yours is kept here.',
  'other-box': `Expected a member of a box that this service is for: ask its operator. ${ASK}`,
  'invitation-over': 'This invitation was used, withdrawn or has run out: ask the operator for another one.',
  uninvited: `Expected an invitation: sign in at the gym with one that its operator gave you. ${ASK}`,
  closed: `This service takes no new members just now. ${ASK}`,
};
/** The failure auth/not-admitted (403), with a message that says what the member can do. */
export const notAdmitted = (why: keyof typeof SAID): Failure =>
  new Failure('auth/not-admitted', SAID[why], { details: { why } });

/** The failure auth/not-admitted for a request that needs admission, from a person that `isAdmitted` does not let in. */
export const notYetAdmitted = (admission: Admission, { mode }: AdmissionPolicy): Failure => {
  if (admission === 'waiting' || admission === 'refused') return notAdmitted(admission);
  if (mode === 'closed') return notAdmitted('closed');
  if (mode === 'invite') return notAdmitted('uninvited');
  return new Failure('auth/not-admitted', `Sign in at the gym (POST /api/auth/login) to ask to be let in. ${ASK}`, {
    details: { why: 'guest' },
  });
};

const SECRET_BYTES = 32;
/** A fresh invitation: the secret, which stands only in the invitation's link, and the hash, which the database stores. */
export const newInvitation = (): { secret: Secret; hash: string } => {
  const secret = new Secret(randomBytes(SECRET_BYTES).toString('base64url'));
  return { secret, hash: invitationHash(secret) };
};
/** The hash under which the database stores an invitation. */
export const invitationHash = (secret: Secret): string => createHash('sha256').update(secret.reveal()).digest('hex');
