// A process that makes one pass of delivering due notices by e-mail; a test kills the process during the delivery. The program is started as `node
// deliver-process.ts '{"supabaseUrl", …}'`.
import { pino } from 'pino';
import { systemClock } from '../../services/clock.ts';
import { createEmailChannel } from '../../services/notify/channels/email.ts';
import { deliverNotices } from '../../services/notify/notify.ts';
import { createSeal } from '../../services/seal/seal.ts';
import { Secret } from '../../services/secret.ts';
import { createStore } from '../../services/store/store.ts';

const given = JSON.parse(process.argv[2] ?? '{}') as {
  supabaseUrl: string;
  secretKey: string;
  sealKeys: string;
  smtp: string;
  now: string;
};
const now = new Date(given.now);
const told = await deliverNotices({
  clock: { ...systemClock, now: () => now },
  logger: pino({ level: 'silent' }),
  store: createStore({ supabaseUrl: given.supabaseUrl, secretKey: new Secret(given.secretKey) }),
  seal: createSeal(new Secret(given.sealKeys)),
  notifyOptions: {
    channels: { email: createEmailChannel({ server: new Secret(given.smtp), from: 'puntual <p@box.test>' }) },
  },
});
process.stdout.write(String(told));
