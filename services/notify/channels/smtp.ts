// Sends one mail over one SMTP connection, through nodemailer. The mail's last line (a dot, which ends SMTP's DATA) is sent only after the delivery
// is recorded, and a server drops a mail without that line. A process that dies before it has recorded the delivery has sent no mail, because it has
// not sent the mail's last line. A mail with a recorded delivery is not sent again.
import { Readable } from 'node:stream';
import MailComposer from 'nodemailer/lib/mail-composer';
import SMTPConnection, { type SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection';

export interface SmtpServer {
  readonly options: SMTPConnectionOptions;
  readonly login: { readonly user: string; readonly pass: string } | undefined;
}

export interface Mail {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly messageId: string;
  readonly date: Date;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Sends the mail; resolves when the server has accepted it. Rejects with nodemailer's error; if `begin` (which records the delivery) rejects, no mail
 * is sent.
 * @param begin called when the server has the whole mail except its last line, the dot that ends SMTP's DATA.
 */
export async function handOver(server: SmtpServer, mail: Mail, begin: () => Promise<void>): Promise<void> {
  const message = new MailComposer({
    ...mail,
    headers: { ...mail.headers },
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile();
  const bytes = await message.build();
  const connection = new SMTPConnection(server.options);
  const broken = new Promise<never>((_, reject) => connection.once('error', reject));
  // If the connection fails while no step awaits `broken`, the rejection of `broken` must not count as unhandled.
  broken.catch(() => undefined);
  const step = <T>(run: (done: (error?: Error | null, value?: T) => void) => void) =>
    Promise.race([broken, new Promise<void>((resolve, reject) => run((error) => (error ? reject(error) : resolve())))]);
  const held = Readable.from(
    (async function* parts() {
      yield bytes;
      // The error thrown here is no `Failure`, because nodemailer writes a code of its own into the error.
      await begin().catch(() => {
        throw new Error('The telling may not begin.');
      });
    })(),
    { objectMode: false },
  );
  try {
    await step((done) => connection.connect(done));
    const { login } = server;
    if (login) await step((done) => connection.login({ credentials: login }, done));
    await step((done) => connection.send(message.getEnvelope() as Envelope, held, done));
    connection.quit();
  } catch (error) {
    connection.close();
    throw error;
  }
}

type Envelope = Parameters<SMTPConnection['send']>[0];
