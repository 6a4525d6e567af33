// A real SMTP server on this machine, which keeps the mails it accepted and can be told to misbehave.
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

export interface Mail {
  readonly to: string;
  readonly id: string;
  readonly subject: string;
  readonly raw: string;
}

export interface PostOffice {
  readonly url: string;
  readonly mails: Mail[];
  /**
   * Functions that the server calls for each mail: `recipient` when the recipient is named, `taken` when the mail has arrived whole. The server
   * refuses a mail with the code that `recipient` or `taken` returns.
   */
  on: {
    recipient?: (() => Promise<number | undefined>) | undefined;
    taken?: (() => Promise<number | undefined>) | undefined;
  };
  stop(): Promise<void>;
}

const refusal = (responseCode: number) => Object.assign(new Error('no'), { responseCode });

export async function startPostOffice(): Promise<PostOffice> {
  const mails: Mail[] = [];
  const office = { on: {} as PostOffice['on'] };
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    async onRcptTo(_address, _session, done) {
      const code = await office.on.recipient?.();
      done(code === undefined ? null : refusal(code));
    },
    async onData(stream, session, done) {
      // A mail of which the end never arrived is not counted as accepted.
      const raw = await text(stream).catch(() => undefined);
      if (raw === undefined) return done(refusal(451));
      const header = (name: string) => new RegExp(`^${name}: (.*)$`, 'im').exec(raw)?.[1]?.trim() ?? '';
      mails.push({
        to: session.envelope.rcptTo[0]?.address ?? '',
        id: header('message-id'),
        subject: header('subject'),
        raw,
      });
      const code = await office.on.taken?.();
      done(code === undefined ? null : refusal(code));
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return Object.assign(office, {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  });
}
