// Writes channels and notices of a member into the database, past the checks that would refuse this machine's own addresses.
import type { ChannelKind, ChannelState } from '../../services/notify/channel.ts';
import { keepChannel } from '../../services/notify/own-channels.ts';
import { Secret } from '../../services/secret.ts';
import type { TestService } from '../support/service.ts';

/** Gives a member a confirmed channel, and returns the channel's id. */
export async function giveChannel(
  app: Pick<TestService, 'services'>,
  userId: string,
  kind: ChannelKind,
  address: string,
  state: ChannelState = 'live',
): Promise<string> {
  return (await keepChannel(app.services, userId, { kind, address: new Secret(address), state, lookup: address })).id;
}

/** Writes a notice to the outbox, by default the notice that a gym session works again, and returns the notice's id. */
export async function postNotice(
  app: TestService,
  userId: string,
  key: string,
  kind = 'session-recovered',
): Promise<number> {
  const { rows } = await app.cloud.pool.query('select post_notice($1, $2, $3, $4, $5) as id', [
    userId,
    kind,
    key,
    {},
    app.services.clock.now(),
  ]);
  return Number(rows[0].id);
}

/** Gives the state of each notice in the outbox, the oldest first. */
export async function outboxOf(
  app: TestService,
): Promise<{ sent: boolean; given_up: boolean; last_error: string | null }[]> {
  const { rows } = await app.cloud.pool.query(
    'select sent_at is not null as sent, given_up_at is not null as given_up, last_error from outbox order by id',
  );
  return rows;
}
export const statesOf = async (app: TestService): Promise<Record<string, string>> =>
  Object.fromEntries(
    (await app.cloud.pool.query('select kind, state from notice_channels')).rows.map((row) => [row.kind, row.state]),
  );
