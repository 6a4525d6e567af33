// DATA_DIR/stack.json: every address and key of the running stack, for psql, supabase-js and the QStash client. The file stack.json has mode 0600 and
// exists only while the stack runs. puntual's commands read stack.json to find the running stack.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { JSONWebKeySet } from 'jose';
import { namingFolder } from '../services/private-folder.ts';
import type { Secret } from '../services/secret.ts';
import { writePrivately } from './secrets.ts';

const NAME = 'stack.json';

/** The path of stack.json in a data folder. */
export const stackFileIn = (dataDir: string): string => join(dataDir, NAME);

/** The content of stack.json. Other programs read these fields, so the fields' names must not change. */
export interface StackFile {
  /** The address at which puntual itself answers. */
  readonly url: string;
  readonly postgresUrl: Secret;
  readonly supabaseUrl: string;
  readonly publishableKey: string;
  readonly secretKey: Secret;
  readonly qstashUrl: string;
  readonly qstashToken: Secret;
  readonly qstashCurrentSigningKey: Secret;
  readonly qstashNextSigningKey: Secret;
  readonly cronSecret: Secret;
  readonly operatorToken: Secret;
  readonly accessTokenIssuer: string;
  readonly jwks: JSONWebKeySet;
}

/** Writes stack.json whole or not at all. The file stack.json contains secrets in clear, because other programs need the secrets. */
export async function writeStackFile(dataDir: string, file: StackFile): Promise<void> {
  const plain = {
    url: file.url,
    postgresUrl: file.postgresUrl.reveal(),
    supabaseUrl: file.supabaseUrl,
    publishableKey: file.publishableKey,
    secretKey: file.secretKey.reveal(),
    qstashUrl: file.qstashUrl,
    qstashToken: file.qstashToken.reveal(),
    qstashCurrentSigningKey: file.qstashCurrentSigningKey.reveal(),
    qstashNextSigningKey: file.qstashNextSigningKey.reveal(),
    cronSecret: file.cronSecret.reveal(),
    operatorToken: file.operatorToken.reveal(),
    accessTokenIssuer: file.accessTokenIssuer,
    jwks: file.jwks,
  };
  await writePrivately(stackFileIn(dataDir), `${JSON.stringify(plain, null, 2)}\n`).catch((cause) => {
    throw namingFolder(dataDir, cause);
  });
}

/** Removes stack.json, if it exists. */
export const removeStackFile = (dataDir: string): Promise<void> => rm(stackFileIn(dataDir), { force: true });
