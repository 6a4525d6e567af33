// The shapes of single variables, for worker/config.ts. They read nothing, and their problems quote no value.
import { z } from 'zod';
import { asFailure } from '../services/failures.ts';
import { isBoxSlug } from '../services/gym/gym.ts';
import { Secret } from '../services/secret.ts';

const SHORTEST_SECRET_BYTES = 32;

/** Any text, wrapped. */
export const secret = z.string().transform((text) => new Secret(text));
/** At least 32 bytes. */
export const longSecret = z
  .string()
  .refine(
    (text) => Buffer.byteLength(text) >= SHORTEST_SECRET_BYTES,
    `expected at least ${SHORTEST_SECRET_BYTES} bytes`,
  )
  .transform((text) => new Secret(text));
/** http or https, without slashes at its end. */
export const webAddress = z
  .string()
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), 'expected an http or https address')
  .transform((text) => text.replace(/\/+$/, ''));
/** An address of which only scheme, host and port are given. */
export const origin = webAddress.refine(
  (text) => !URL.canParse(text) || new URL(text).origin === text,
  'expected scheme, host and port only',
);

/** One, or one for each of the gym's suffixes with a comma between. */
export const addresses = (one: z.ZodType<string, string>) =>
  z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(one))
    .transform((all) => all.join(','));

/** Exact origins, a comma between: no `*`, no `null`, no path. */
export const origins = z.string().transform((text, ctx) => {
  const all = text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  if (!all.every((one) => origin.safeParse(one).data === one))
    ctx.addIssue({ code: 'custom', message: 'expected origins (scheme, host and port only) with a comma between' });
  return [...new Set(all)];
});

/** Slugs of boxes, a comma between. */
export const slugs = z.string().transform((text, ctx) => {
  const all = text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  if (!all.every(isBoxSlug))
    ctx.addIssue({
      code: 'custom',
      message: 'expected slugs of boxes (the first part of their address), a comma between',
    });
  return [...new Set(all)];
});

/** Reports a Failure's message as the problem of one variable. */
export const judgedBy = (judge: (value: Secret) => unknown) =>
  secret.superRefine((value, ctx) => {
    try {
      judge(value);
    } catch (error) {
      ctx.addIssue({ code: 'custom', message: asFailure(error).message.replace(/^[A-Z_]+: /, '') });
    }
  });
