// The e-mail channel: sends one mail to one mailbox, through smtp.ts. The mail server's answer decides whether the mail is sent again.
import { asFailure, Failure } from '../../failures.ts';
import type { Language } from '../../prebooking/words/words.ts';
import type { Secret } from '../../secret.ts';
import type { Channel } from '../channel.ts';
import type { Message } from '../messages.ts';
import { handOver, type SmtpServer } from './smtp.ts';

export interface EmailOptions {
  /** The mail server's URL: `smtp://user:password@host:port` or `smtps://…`. */
  readonly server: Secret;
  /** The sender of all mails, such as `puntual <bookings@example.com>`. */
  readonly from: string;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 6_000;
const SUBJECT_CHARS = 120;
const PORTS: Readonly<Record<string, number>> = { 'smtp:': 587, 'smtps:': 465 };
/** The text without control characters, cut to `SUBJECT_CHARS`: a line break in a subject would begin another header. */
const oneLine = (text: string): string => text.replace(/\p{Cc}+/gu, ' ').slice(0, SUBJECT_CHARS);

/** Returns the address unchanged if it is one mailbox: no list, no display name, no control characters. Throws request/invalid. */
export function checkMailbox(address: string): string {
  const isOne = /^[^\s@<>(),;:"\\\p{Cc}]+@[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/iu.test(address);
  if (isOne && address.length <= 254) return address;
  throw new Failure('request/invalid', 'Expected one e-mail address.', { details: { field: 'address' } });
}

/** The address as shown to its owner: `a…@example.com`. */
export const maskedMailbox = (address: string): string => address.replace(/^(.).*@/, '$1…@');

/** The SMTP server that an smtp or smtps URL names. Throws config/invalid. */
export function parseSmtp(server: Secret, timeoutMs: number = TIMEOUT_MS): SmtpServer {
  const url = URL.canParse(server.reveal()) ? new URL(server.reveal()) : undefined;
  const usual = PORTS[url?.protocol ?? ''];
  if (!url || usual === undefined || url.hostname === '')
    throw new Failure('config/invalid', 'SMTP_URL: expected smtp://user:password@host:port or smtps://….');
  const login = loginIn(url);
  const hasLogin = login.user !== '';
  return {
    options: {
      host: url.hostname,
      port: Number(url.port) || usual,
      secure: url.protocol === 'smtps:',
      // A password is sent over TLS only.
      requireTLS: hasLogin && url.protocol === 'smtp:',
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
    },
    login: hasLogin ? login : undefined,
  };
}

function loginIn({ username, password }: URL): { user: string; pass: string } {
  try {
    return { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
  } catch {
    throw new Failure('config/invalid', 'SMTP_URL: expected %25 for a % in user or password.');
  }
}

/** Makes the e-mail channel of this installation. Throws config/invalid for a server URL that cannot be parsed. */
export function createEmailChannel({ server, from, timeoutMs }: EmailOptions): Channel {
  const smtp = parseSmtp(server, timeoutMs);
  const host = /@([\w.-]+)/.exec(from)?.[1] ?? 'localhost';
  return async (message, { address }, telling) => {
    const language = telling?.language ?? 'en';
    let hasBegun = false;
    let refusal: { readonly by: unknown } | undefined;
    const mail = {
      from,
      to: checkMailbox(address.reveal()),
      subject: oneLine(message.text[language]),
      text: bodyOf(message, language),
      // The message id is equal for all deliveries of one notice; many mailboxes show mails with equal ids once.
      messageId: `<${message.id}@${host}>`,
      date: new Date(message.sentAt),
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    };
    try {
      await handOver(smtp, mail, async () => {
        await telling?.begin().catch((by: unknown) => {
          refusal = { by };
          throw by;
        });
        hasBegun = true;
      });
    } catch (error) {
      throw refusal ? refusal.by : judge(error, hasBegun);
    }
  };
}

const bodyOf = ({ text, link }: Message, language: Language): string =>
  link === undefined ? `${text[language]}\n` : `${text[language]}\n\n${link}\n`;

interface SmtpError {
  readonly command?: string;
  readonly responseCode?: number;
}

/**
 * True if the mail server says by its answer to RCPT TO that the mailbox does not exist; other 5xx answers may be about one mail or about the sender.
 */
const isNoMailbox = ({ responseCode = 0, command }: SmtpError): boolean =>
  command === 'RCPT TO' && responseCode >= 550 && responseCode <= 553;

function judge(error: unknown, hasBegun: boolean): Failure {
  if (error instanceof Failure) return error;
  const found = error as SmtpError;
  const more = { cause: error, details: { status: found.responseCode } };
  if (isNoMailbox(found)) return new Failure('notice/gone', 'The mail server knows no such mailbox.', more);
  if ((found.responseCode ?? 0) >= 400)
    return new Failure('notice/refused', `The mail server answered ${found.responseCode}.`, more);
  if (hasBegun) return new Failure('notice/unclear', 'The mail server did not say whether it took the mail.', more);
  const own = asFailure(error);
  if (own.code !== 'internal/unexpected') return own;
  return new Failure('notice/unreachable', 'The mail server could not be reached.', more);
}
