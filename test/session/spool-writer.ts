// A process that writes lines into the spool as fast as it can and prints which lines were acknowledged; a test kills the process.
import { writeSync } from 'node:fs';
import { pino } from 'pino';
import { openSpool } from '../../services/renewal/spool.ts';

const [, , folder = '', owner = ''] = process.argv;
const spool = await openSpool(folder, owner, pino({ level: 'silent' }));
for (let at = 0; ; at++) {
  const some = [0, 1, 2].map((lane) => `${owner}-${at}-${lane}`);
  await Promise.all(
    some.map((renewalId) => spool.keep({ renewalId, userId: 'user', sessionId: 'session', sealed: 'y'.repeat(900) })),
  );
  writeSync(1, some.map((id) => `${id}\n`).join(''));
}
