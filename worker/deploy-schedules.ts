// npm run deploy:schedules [-- --dry-run]: stores the timed jobs as QStash schedules, for a deployment without a long-running process. Run the
// command again after any change of the schedules or of PUBLIC_URL: the ids are fixed, so the same schedules are replaced and none is doubled.
import {
  createSchedules,
  FREE_MESSAGES_A_DAY,
  messagesADay,
  SCHEDULED_CALLS,
  type ScheduledCall,
} from '../services/dispatch/schedules.ts';
import { asFailure, Failure } from '../services/failures.ts';
import { readEnvironment } from './config.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);
const line = ({ id, cron, path, aDay }: ScheduledCall): string =>
  `  ${id.padEnd(30)} ${cron.padEnd(14)} ${path.padEnd(28)} ${String(aDay).padStart(4)} a day`;

async function main(): Promise<void> {
  const config = readEnvironment();
  if (!config.qstash || !config.publicUrl)
    throw new Failure(
      'config/invalid',
      'Expected QSTASH_TOKEN, its signing keys and PUBLIC_URL: schedules call a public address.',
    );
  const spent = messagesADay(SCHEDULED_CALLS);
  say(`Schedules that call ${config.publicUrl}, times in UTC:`);
  for (const call of SCHEDULED_CALLS) say(line(call));
  say(
    `${spent} of the free plan's ${FREE_MESSAGES_A_DAY} messages a day; each opening that is waited for takes two more.`,
  );
  if (process.argv.includes('--dry-run')) {
    say('Nothing was changed (--dry-run).');
    return;
  }
  const schedules = createSchedules({ ...config.qstash, publicUrl: config.publicUrl });
  await schedules.put(SCHEDULED_CALLS);
  const held = await schedules.list();
  say(`The queue now holds ${held.length} schedules of ours: ${held.map(({ id }) => id).join(', ')}.`);
}

main().catch((error) => {
  process.stderr.write(`${asFailure(error).message}\n`);
  process.exitCode = 1;
});
