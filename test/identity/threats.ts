// The list of the threat model, as data: which test proves that the control against each threat works, or why no test does. threats.test.ts looks up
// every test by its name.

export interface Proof {
  readonly file: string;
  /** A part of the name of the test that proves the control; threats.test.ts looks for this text in `file`. */
  readonly name: string;
}
export interface Threat {
  readonly threat: string;
  readonly proofs: readonly Proof[];
  /** What no test proves for this threat, and why. */
  readonly reason?: string;
}

const by = (file: string, ...names: string[]): Proof[] => names.map((name) => ({ file: `test/${file}`, name }));
const MATRIX = by(
  'routes/doors-matrix.test.ts',
  'answers as declared, and nothing of Bea’s is touched',
  'every endpoint of the router is declared',
);
const RLS = by('database/rls-matrix.test.ts', 'of %s is as declared', 'that is %s is found');

export const THREATS: Readonly<Record<string, Threat>> = {
  T1: {
    threat: 'identity from a header, query or body',
    proofs: [...MATRIX, ...by('identity/known-bad.test.ts', 'P-04', 'P-24')],
  },
  T2: {
    threat: 'sync without proof',
    proofs: [
      ...by('routes/device.test.ts', 'hears one and the same refusal in twenty ways'),
      ...by('routes/device-proof.test.ts', 'hears one and the same refusal for whatever is not the device'),
    ],
  },
  T3: {
    threat: 'time tells how much of a secret matched',
    proofs: by('identity/threats.test.ts', 'T3'),
    reason:
      'No timed assertion: on shared cores it would prove the neighbours. Digests of one length are compared, in one place.',
  },
  T4: {
    threat: 'cron secret guessed or missing',
    proofs: by(
      'routes/doors.test.ts',
      'opens to its secret, and to the one before it',
      'tells a guesser to wait',
      'that is not open answers 401 to a stranger',
    ),
  },
  T5: {
    threat: 'webhook forged or replayed',
    proofs: by('routes/execute.test.ts', 'by %s is 401, and nothing happens', 'replayed byte for byte has no effect'),
  },
  T6: { threat: 'a body token instead of a signature', proofs: by('identity/known-bad.test.ts', 'P-14', 'P-19') },
  T7: {
    threat: 'a box name that leads elsewhere',
    proofs: [
      ...by('gym/hosts.test.ts', '%j is refused'),
      ...by('gym/http.test.ts', 'that redirects is handed back and not followed'),
    ],
  },
  T8: { threat: 'cookie injection', proofs: by('gym/cookies.test.ts', 'whatever Set-Cookie brings') },
  T9: {
    threat: 'a broken Cookie header breaks a good Bearer',
    proofs: [
      ...by('routes/doors.test.ts', 'with a valid Bearer is not troubled by any Cookie header'),
      ...by('worker/cookies.test.ts', 'no header of any bytes throws'),
    ],
  },
  T10: {
    threat: 'Bearer and cookie of different people',
    proofs: by('routes/doors.test.ts', 'is the Bearer’s when the cookies say another'),
    reason: 'The difference is not logged: beside a Bearer cookies are not even parsed (T9).',
  },
  T11: {
    threat: 'an API key or a foreign JWT as Bearer',
    proofs: [
      ...by(
        'rules/access.test.ts',
        'their token that says it is ours',
        'an anon key',
        'a public key taken for an HMAC secret',
      ),
      ...MATRIX,
    ],
  },
  T12: { threat: 'a hole in row security', proofs: RLS },
  T13: {
    threat: 'a member reads their own secret columns',
    proofs: by('database/rls-matrix.test.ts', 'shows each role exactly the columns declared'),
  },
  T14: { threat: 'the service key leaks', proofs: by('identity/threats.test.ts', 'T14') },
  T15: {
    threat: 'tokens in URLs',
    proofs: by('routes/doors.test.ts', 'refuses a token in its URL, and the log has no trace of it'),
  },
  T16: {
    threat: 'tokens in logs',
    proofs: [
      ...by('worker/log.test.ts', 'fields that are secrets by name are masked'),
      ...by('identity/known-bad.test.ts', 'P-17'),
      ...by('routes/doors.test.ts', 'no log line holds a token of anybody'),
    ],
  },
  T17: { threat: 'the database is read', proofs: by('identity/threats.test.ts', 'T17') },
  T18: {
    threat: 'ciphertext moved, replayed or cut',
    proofs: by(
      'session/seal.test.ts',
      'does not open with any one bit flipped',
      'does not open in a place that differs in any one word',
      'does not open with a tag cut short',
    ),
  },
  T19: {
    threat: 'a key lost or changed',
    proofs: by(
      'session/keys.test.ts',
      'renewals go on while keys are wrapped anew',
      'a keyring that lacks a key in use',
    ),
  },
  T20: {
    threat: 'no trace of who did what',
    proofs: [...by('database/shape.test.ts', 'every one inside it leaves exactly one event'), ...RLS],
    reason:
      'Prebookings have events and renewals have attempts, both out of reach of the service’s key. Bookings by hand are in the log only.',
  },
  T21: {
    threat: 'our refresh token stolen and replayed',
    proofs: by(
      'routes/login.test.ts',
      'ends, with all its tokens, when a grandparent is replayed',
      'gets the same child when its parent is replayed',
    ),
  },
  T22: {
    threat: 'mercy kept alive for ever',
    proofs: by('identity/family-model.test.ts', 'does what the model foretells'),
  },
  T23: {
    threat: 'a bridge to the wrong user, or a half one',
    proofs: by(
      'routes/bridge.test.ts',
      'leaves nothing behind when the session cannot be written',
      'ends with the Supabase session it grew from',
      'is out of every door at once',
      'nothing is merged',
      'joins no member by a cookie',
    ),
  },
  T24: {
    threat: 'another site acts with our cookies',
    proofs: [
      ...by('routes/doors.test.ts', 'cannot make a member’s browser change anything', 'cannot hide a change in a form'),
      ...by('routes/login.test.ts', 'is not begun by a stranger’s page'),
      ...by('routes/origins.test.ts', 'acts by cookie only within the same site', 'is told nothing, before or after'),
    ],
  },
  T25: {
    threat: 'another site’s WebSocket',
    proofs: by(
      'realtime/doors.test.ts',
      'a page of %j is refused, whatever it brings',
      'a page of another site cannot take over what was begun',
      'in the address is refused',
    ),
  },
  T26: {
    threat: 'a socket outlives its session',
    proofs: by('realtime/messages.test.ts', 'a revoked one is told nothing', 'its access token’s end cuts it off'),
  },
  T27: {
    threat: 'brute force locks the victim out',
    proofs: by(
      'routes/bridge.test.ts',
      'a thousand of them ask the gym three times',
      'that made the gym lock the account',
    ),
  },
  T28: {
    threat: 'a storm gets us blocked',
    proofs: [
      ...by('session/breaker.test.ts', 'the tenth does'),
      ...by('routes/bridge.test.ts', 'from many addresses, for many accounts', 'at a gym that bars our address'),
      ...by(
        'session/refresh-background-sessions.test.ts',
        'gets eight tries an hour and no more',
        'no more than four of one box are out at once',
      ),
    ],
  },
  T29: {
    threat: 'huge bodies and answers',
    proofs: [
      ...by('routes/doors.test.ts', 'is longer than 64 KB is refused'),
      ...by('gym/http.test.ts', 'of more than 2 MB is given up'),
    ],
  },
  T30: {
    threat: 'fields nobody asked for',
    proofs: [
      ...by('routes/booking.test.ts', 'with an unknown field'),
      ...by('routes/doors.test.ts', 'is told every problem, by name'),
    ],
  },
  T31: {
    threat: 'markup from the gym',
    proofs: [
      ...by('gym/outcomes.test.ts', 'without its markup'),
      ...by('routes/monitor.test.ts', 'shows what others wrote as text'),
    ],
  },
  T32: {
    threat: 'a box that is not the member’s',
    proofs: [
      ...by('routes/prebookings.test.ts', 'a wish for a box one does not belong to is refused'),
      ...by('routes/booking.test.ts', 'of a box one does not belong to are not'),
    ],
  },
  T33: { threat: 'a box row of an attacker’s', proofs: RLS },
  T34: {
    threat: 'debug endpoints',
    proofs: [
      ...by('identity/known-bad.test.ts', 'P-03'),
      ...by('routes/doors.test.ts', 'for a place where nothing is finds nothing'),
    ],
  },
  T35: {
    threat: 'errors that echo internals',
    proofs: [
      ...by('routes/doors.test.ts', 'a crash in an endpoint says only where to look'),
      ...by('identity/known-bad.test.ts', 'P-23'),
    ],
  },
  T36: {
    threat: 'one bad row stops the batch',
    proofs: by('session/refresh-background-sessions.test.ts', 'a poisoned row is put aside and named'),
  },
  T37: {
    threat: 'a second writer',
    proofs: [...by('database/shape.test.ts', 'no role can write a table past the functions'), ...RLS],
  },
  T38: {
    threat: 'answers kept by a cache',
    proofs: by('routes/doors.test.ts', 'answers in the headers that nothing may be kept'),
  },
  T39: {
    threat: 'clocks and zones',
    proofs: [
      ...by('rules/opening-rule.test.ts', 'an hour later where the spring change skips its time'),
      ...by('session/refresh-background-sessions.test.ts', 'a success in the future is no freshness'),
    ],
  },
  T40: {
    threat: 'dependencies',
    proofs: by('identity/threats.test.ts', 'T40'),
    reason: 'Provenance and audits belong to the pipeline, not to a test run without a network.',
  },
  T41: { threat: 'secrets outlive an account', proofs: by('identity/threats.test.ts', 'T41') },
  T42: {
    threat: 'insist or late that nobody asked for',
    proofs: [
      ...by(
        'gym/odd-answers.test.ts',
        'cancels late only with consent',
        'sends the slot, the day and the wish for the waiting list as a form',
      ),
      ...by('routes/booking.test.ts', 'with an unknown field'),
    ],
  },
  T43: {
    threat: 'a kept gym password read from a dump, a log, an answer or an export',
    proofs: [
      ...by('session/kept-login.test.ts', 'T43'),
      ...by('routes/kept-login.test.ts', 'T43'),
      ...by('faults/kept/kept-commit.test.ts', 'no password'),
      ...RLS,
    ],
  },
  T44: {
    threat: 'a kept password that is wrong by now locks the member’s gym account',
    proofs: [
      ...by('session/kept-login.test.ts', 'T44', 'once an hour and twice a day', 'own guesses holds it back'),
      ...by('faults/kept/kept-commit.test.ts', 'turns the campaign red'),
    ],
  },
  T45: {
    threat: 'a kept password outlives the consent to it',
    proofs: [
      ...by('session/kept-login.test.ts', 'T45', 'ALLOW_KEPT_LOGIN=false'),
      ...by('routes/kept-login.test.ts', 'T45'),
    ],
  },
  T46: {
    threat: 'a kept password under an old key, or put back from an old row',
    proofs: by('session/kept-login.test.ts', 'T46', 'opens at its own place alone'),
  },
  T47: {
    threat: 'the gym’s own change told to members as theirs: everybody types a password on our word',
    proofs: [
      ...by('session/gym-facts.test.ts', 'keeps its sessions by whoami', 'refusals that are not the gym’s doing'),
      ...by('session/few-members.test.ts', 'keep their sessions by whoami, and hear nothing', 'is caught'),
    ],
  },
  'T-ADMISSION': {
    threat: 'somebody who was not let in finds a door, or costs the gym logins and us secrets',
    proofs: by(
      'identity/admission.test.ts',
      'a newcomer at the login costs the gym the one login that proves it',
      'a newcomer over the bridge gets a session with its cookies, or neither',
      'SSR cookies and the Bearer of a newcomer open what needs no admission',
      'a socket and our own cookie open to an admitted member',
    ),
  },
  'T-INVITATION': {
    threat: 'an invitation is read from a dump or a log, pressed by a mail scanner, used twice or guessed',
    proofs: by(
      'identity/admission.test.ts',
      'is kept as a hash, shown once, and named in no log',
      'is not used up, nor anything else changed, however often its link is looked at',
      'that is made up, used, withdrawn or over opens nothing',
      'lets one in of two members that use it at the same time',
    ),
  },
  'T-OPERATOR-API': {
    threat: 'the operator’s endpoints without their token, or by a browser that brings HTTP Basic along',
    proofs: [
      ...MATRIX,
      ...by(
        'identity/admission.test.ts',
        'is known by Bearer alone: what a browser sends along by itself changes nothing',
      ),
      ...by('routes/operator-boxes.test.ts', 'no answer of the operator’s holds a secret'),
    ],
  },
  'T-ACCOUNT': {
    threat: 'one member reads or sets another’s account, or a page learns more than it needs',
    proofs: [...MATRIX, ...by('routes/account.test.ts', 'two members read and write their own account alone')],
  },
  'T-EXPORT': {
    threat:
      'a session left open takes everything of a member along; an export carries what opens a door, or another’s rows',
    proofs: by(
      'routes/erasure.test.ts',
      'is our own sign-in of the last five minutes',
      'is not a session that was bridged, however young',
      'holds everything of the member, nothing that opens a door, and no other member',
    ),
  },
  'T-ERASURE': {
    threat:
      'rows, channels, calendars or seals of a member outlive the erasure, in a backup too; a race is cut off by it',
    proofs: [
      ...by(
        'routes/erasure.test.ts',
        'leaves no row of the member’s, every row of others, and is told last',
        'leaves no telling and no calendar behind',
        'withdraws what is scheduled, and waits for what is armed',
        'is erased again before anything is served, and opens under no keyring that was changed since',
      ),
      ...by(
        'identity/not-admitted-account.test.ts',
        'takes out and erases what is theirs, with a fresh proof alone',
        'takes the request back by a sign-in at the gym alone, and nothing of theirs is left',
      ),
    ],
  },
  'T-ATTENDEES': {
    threat: 'names of other members are shown to whom the gym does not show them, or are kept here',
    proofs: by(
      'routes/attendees.test.ts',
      'are not asked for by a client, and not shown',
      'are not shown either to a former coach',
      'are kept nowhere: no row and no log line has one',
    ),
  },
  'T-FRIENDS': {
    threat: 'a member is shown to another without having said so, or for longer, or in another box',
    proofs: by(
      'routes/attendees.test.ts',
      'see each other once both have said so, and no longer than that',
      'of another box are none',
    ),
  },
  'T-JWKS': {
    threat: 'the published keys hold a private half, or name another issuer',
    proofs: by(
      'embedded/auth-user.test.ts',
      'the keys are public ones, and verify a token of ours',
      'discovery names the issuer of our tokens and where its keys are',
    ),
  },
  'T-DEVICE-PROOF': {
    threat: 'a device’s gym token is had by a cookie of another device, member or site',
    proofs: by(
      'routes/device-proof.test.ts',
      'hears one and the same refusal for whatever is not the device of that session',
      'has no part in another member’s device, by whatever cookie',
      'asks in vain from another site, and nothing is exchanged',
      'the next one serves, and one from further back ends the session',
    ),
  },
  'T-NEW-DEVICE': {
    threat: 'a stolen gym password opens a device here and its member hears nothing',
    proofs: by('notify/by-the-clock.test.ts', 'is told to those that were there, once'),
  },
  'T-CHANNEL': {
    threat:
      'a push endpoint or webhook leads into the private network; a stranger’s address or chat hears a member’s news',
    proofs: [
      ...by(
        'routes/channels.test.ts',
        'takes its own place again, stands beside another, and no private endpoint is taken',
        'is bound by the code, once: a stranger’s chat with the used code, or another, binds nothing',
        'of a group, and a code that has run out, bind nothing',
        'updates without Telegram’s secret are refused',
        'withdraws a prebooking of its own member by a button, and no other member’s',
      ),
      ...by('notify/channels.test.ts', 'to a private address behind a public name opens no connection'),
      ...by('routes/notifications.test.ts', 'behind a public name is found out when it is called, and not called'),
    ],
  },
  'T-SCANNER': {
    threat: 'a mail scanner opens a link, and a channel is confirmed or an invitation used up',
    proofs: [
      ...by(
        'routes/channels.test.ts',
        'opening the link changes nothing',
        'has a link that runs out, and signs no member in',
      ),
      ...by(
        'identity/admission.test.ts',
        'is not used up, nor anything else changed, however often its link is looked at',
      ),
    ],
  },
  'T-CALENDAR': {
    threat: 'a calendar’s address is read from a dump or a log, or serves for ever',
    proofs: by(
      'routes/calendar.test.ts',
      'is replaced by the next, taken away by a DELETE, kept hashed, and stands in no log',
    ),
  },
  'T-SAID-SENT': {
    threat: 'a notice is called sent and was not, or told twice after a kill',
    proofs: by(
      'notify/every-end.test.ts',
      'told once by what works, and never called sent when it was not',
      'a twin that marks before it sends is caught',
      'tells twice after a kill, and is caught',
    ),
  },
  'T-FLOOD': {
    threat: 'a member has another person’s mailbox or server flooded by this service',
    proofs: by(
      'routes/channels.test.ts',
      'has ten mails of confirmation sent in an hour, by all processes together',
      'has five test notices sent in a minute, by all processes together',
    ),
  },
  'T-NEXT-MEMBER': {
    threat: 'the next member on a shared phone sees the notices of the former one',
    proofs: by(
      'app/account.test.ts',
      'pushes to a browser end when another member signs in there, however the session before ended',
    ),
  },
  'T-STATEMENTS': {
    threat: 'a member with many slow statements at PostgREST keeps the service from the database',
    proofs: by(
      'routes/member-statements.test.ts',
      'a sixth statement of one member at a time is refused at',
      'statements that add rows count as well, before one waits for another',
    ),
  },
  'T-TURNS': {
    threat: 'a member with many notices at a slow address delays the notices of other members',
    proofs: by('notify/by-the-clock.test.ts', 'each member has a turn before anybody has two'),
  },
  'T-DISARM': {
    threat: 'an armed booking is freed for a second sending although the first may have left',
    proofs: [
      ...by(
        'race/arm.test.ts',
        'a mark that reaches the database after it was taken back arms nothing',
        'what cannot be taken back is looked for at the gym, and never sent by another',
      ),
      ...by('prebooking/states-model.test.ts', 'behave as the model says, whatever comes in whatever order'),
    ],
  },
};
