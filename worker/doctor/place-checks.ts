// The doctor's checks of the place where puntual runs: does its disk keep received answers, does the gym accept calls from there, is a channel to the
// operator set?
import type { Passage } from '../../services/gym/gym.ts';
import type { Installation } from '../../services/store/installation-store.ts';
import { TUNNEL_ERROR } from '../../services/tunnel.ts';
import type { AppContext, Probes, Site } from '../app-context.ts';
import type { Services } from '../services.ts';
import { check, type DoctorCheck, ok, red, skipped, type Verdict, warn } from './check.ts';

/** Vercel's regions in Europe. The gym was seen to block calls from IP addresses outside Europe. */
const NEAR_REGIONS = new Set(['arn1', 'cdg1', 'dub1', 'fra1', 'lhr1']);
const DATA_DIR = 'Give this user the folder DATA_DIR, with room, or set DATA_DIR to another one.';

/** Runs the checks `disk`, `region`, `channels`, `gym-reads` and `gym-writes`. */
export async function examinePlace(
  { clock, gym }: Services,
  { site, probes }: AppContext,
  box: Installation['box'],
): Promise<DoctorCheck[]> {
  const reach = gym.reach(box);
  const where = box ? 'the main host and a box’s' : 'the main host (no box is known yet)';
  const gymCheck = (name: string, what: 'reads' | 'writes', fine: string) =>
    check(clock, name, 'Try again in some minutes.', async () => judgePassage((await reach)[what], fine, site));
  return Promise.all([
    check(clock, 'disk', DATA_DIR, () => judgeDisk(site, probes)),
    check(clock, 'region', 'Set "regions" in vercel.json.', async () => judgeRegion(site)),
    check(clock, 'channels', SET_A_CHANNEL, async () => judgeChannels(site)),
    gymCheck('gym-reads', 'reads', `Answers reads at ${where}.`),
    gymCheck('gym-writes', 'writes', `Answers changes at ${where}; none was made.`),
  ]);
}

async function judgeDisk({ spoolFolder }: Site, { disk }: Probes): Promise<Verdict> {
  if (spoolFolder === undefined)
    return skipped('No disk here: a kill between receiving a token and its commit can lose that one token.');
  await disk();
  return ok(`${spoolFolder} keeps what is written to it.`);
}

function judgeRegion({ region }: Site): Verdict {
  if (region === undefined) return skipped('This platform names no region.');
  if (NEAR_REGIONS.has(region)) return ok(`${region}, in Europe.`);
  return red(
    `${region} is not in Europe: the gym turns such addresses away, and every round trip is longer.`,
    'Set "regions": ["cdg1"] in vercel.json and deploy again.',
  );
}

const SET_A_CHANNEL =
  'Set OPERATOR_EMAIL with SMTP_URL and MAIL_FROM, OPERATOR_TELEGRAM_CHAT with TELEGRAM_BOT_TOKEN, or NOTICE_WEBHOOK_URL with NOTICE_WEBHOOK_SECRET.';

const judgeChannels = ({ operatorChannel }: Site): Verdict =>
  operatorChannel
    ? ok(
        'The operator hears of alerts. NOTICE_WEBHOOK_URL, where set, also gets each notice that its member has not muted.',
      )
    : warn(
        'The operator hears of no alert. Only members with an address of their own hear of a place won or a login that needs renewing.',
        SET_A_CHANNEL,
      );

/**
 * Judges whether one kind of call (reads or changes) reaches the gym and is answered. The verdict distinguishes a gym that blocks our address from a
 * gym or proxy that does not answer.
 */
function judgePassage(passage: Passage, fine: string, { gymProxy }: Site): Verdict {
  switch (passage.kind) {
    case 'passes':
      return ok(gymProxy ? `${fine} Through the proxy.` : fine);
    case 'blocked':
      return red(
        gymProxy ? 'The gym blocks the proxy’s address (403).' : 'The gym blocks our address (403).',
        gymProxy
          ? 'Set GYM_PROXY to another one, with an address in Spain or near it.'
          : 'Run in a region of the EU, or set GYM_PROXY to an http proxy there.',
      );
    case 'odd':
      return warn(`The gym answered ${passage.status}.`, 'Try again in some minutes; if it stays, look at its site.');
    case 'unreachable':
      return red(`The gym was not reached (${passage.why}).`, remedyOf(passage.why, gymProxy));
  }
}

function remedyOf(why: string, gymProxy: boolean): string {
  if (why === TUNNEL_ERROR.credentials) return 'Correct user and password in GYM_PROXY: the proxy answered 407.';
  if (why === TUNNEL_ERROR.refused) return 'Let the proxy in GYM_PROXY connect to the gym’s hosts on port 443.';
  if (gymProxy) return 'Check the address in GYM_PROXY, and that the proxy runs.';
  return 'Check AIMHARDER_URL and AIMHARDER_BOX_URL, the name service, and that outgoing https is allowed.';
}
