// Asks the operator for one gym account's login: on a terminal without showing the password, otherwise as two lines of standard input.
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { Failure } from '../../services/failures.ts';
import { Secret } from '../../services/secret.ts';

/** Asks the operator for the e-mail and the password of a gym account. Throws request/invalid when the e-mail or the password is missing. */
export async function askLogin(): Promise<{ email: string; password: Secret }> {
  let isHidden = false;
  const output = new Writable({
    write(chunk, _encoding, done) {
      if (!isHidden) process.stderr.write(chunk);
      done();
    },
  });
  const isTerminal = process.stdin.isTTY === true;
  const reader = createInterface({ input: process.stdin, output, terminal: isTerminal });
  const lines = reader[Symbol.asyncIterator]();
  const ask = async (question: string): Promise<string> => {
    if (isTerminal) process.stderr.write(question);
    const { value, done } = await lines.next();
    return done ? '' : value;
  };
  try {
    const email = (await ask('E-mail of a gym account: ')).trim();
    const asked = ask('Password (not shown, not kept): ');
    isHidden = true;
    const password = await asked;
    if (isTerminal) process.stderr.write('\n');
    if (email === '' || password === '') throw new Failure('request/invalid', 'Expected an e-mail and a password.');
    return { email, password: new Secret(password) };
  } finally {
    reader.close();
  }
}
