// Listens to one notification channel (LISTEN) of the embedded database. A lost connection is not opened again: the caller polls every second anyway,
// and a notification only makes the caller poll sooner.
import { Client } from 'pg';
import type { Secret } from '../../services/secret.ts';

export interface Listener {
  stop(): Promise<void>;
}

/** Calls `heard` for every notification on `channel`. Never throws; if no connection is made, no notification arrives. */
export async function listenTo(databaseUrl: Secret, channel: string, heard: () => void): Promise<Listener> {
  const client = new Client({ connectionString: databaseUrl.reveal() });
  client.on('error', () => {});
  client.on('notification', heard);
  const stop = () => client.end().catch(() => {});
  try {
    await client.connect();
    await client.query(`listen ${client.escapeIdentifier(channel)}`);
  } catch {
    await stop();
  }
  return { stop };
}
