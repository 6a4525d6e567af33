import type { Logger } from 'pino';
import type { Secret } from '../secret.ts';
export async function startQueue(_o: {
  databaseUrl: Secret;
  qstashToken: Secret;
  qstashCurrentSigningKey: Secret;
  qstashNextSigningKey: Secret;
  logger: Logger;
  port?: number | undefined;
}) {
  return { url: '', stop: async () => {} };
}
