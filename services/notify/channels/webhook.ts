// The webhook channel: sends, through post.ts, one signed POST to an address that the member or the operator chose.
import { createHmac } from 'node:crypto';
import { Failure } from '../../failures.ts';
import type { Secret } from '../../secret.ts';
import type { Channel } from '../channel.ts';
import { type DoorOptions, destinationOf, post } from './post.ts';

/** The value of the header `Puntual-Signature`, `t=<unix seconds>,v1=<hex>`: the hex is an HMAC-SHA256 of `<t>.<body>` with the channel's secret. */
export const signatureOf = (secret: Secret, seconds: number, body: string): string =>
  `t=${seconds},v1=${createHmac('sha256', secret.reveal()).update(`${seconds}.${body}`).digest('hex')}`;

export function createWebhookChannel(options: DoorOptions = {}): Channel {
  return async (message, { address, signingSecret }, telling) => {
    const destination = await destinationOf(address.reveal(), options);
    // A webhook's receiver is a program, which reads `action` and `link`; the buttons, which are for chats, are left out.
    const { buttons: _, ...told } = message;
    const body = JSON.stringify(told);
    const signature = signatureOf(signingSecret, Math.floor(Date.parse(message.sentAt) / 1000), body);
    const headers = {
      'content-type': 'application/json',
      'puntual-notice-id': message.id,
      'puntual-signature': signature,
    };
    await telling?.begin();
    const status = await post(destination, body, headers, options.timeoutMs);
    // A server answers 410 only on purpose, so the channel counts as gone.
    if (status === 410) throw new Failure('notice/gone', 'The channel says that it is gone.');
    if (status < 200 || status > 299)
      throw new Failure('notice/refused', `The channel answered ${status}.`, { details: { status } });
  };
}
