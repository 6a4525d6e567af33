// The shapes of single environment variables, for worker/config.ts. A shape does not read the environment, and its messages quote no value.
import { z } from 'zod';
import { asFailure } from '../services/failures.ts';
import { isBoxSlug } from '../services/gym/gym.ts';
import { Secret } from '../services/secret.ts';

const SHORTEST_SECRET_BYTES = 32;

/** Any text, wrapped as a Secret. */
export const secret = z.string().transform((text) => new Secret(text));
/** A secret of at least 32 bytes. */
export const longSecret = z
  .string()
  .refine(
    (text) => Buffer.byteLength(text) >= SHORTEST_SECRET_BYTES,
    `expected at least ${SHORTEST_SECRET_BYTES} bytes`,
  )
  .transform((text) => new Secret(text));
/** An http or https address; slashes at its end are removed. */
export const webAddress = z
  .string()
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), 'expected an http or https address')
  .transform((text) => text.replace(/\/+$/, ''));
/** An address with only a scheme, a host and a port. */
export const origin = webAddress.refine(
  (text) => !URL.canParse(text) || new URL(text).origin === text,
  'expected scheme, host and port only',
);

/** One address, or a comma-separated list of one address for each of the gym's domain suffixes. */
export const addresses = (one: z.ZodType<string, string>) =>
  z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(one))
    .transform((all) => all.join(','));

/** A comma-separated list of exact origins, without `*`, `null` or a path. */
export const origins = z.string().transform((text, ctx) => {
  const all = text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  if (!all.every((one) => origin.safeParse(one).data === one))
    ctx.addIssue({ code: 'custom', message: 'expected origins (scheme, host and port only) with a comma between' });
  return [...new Set(all)];
});

/** A comma-separated list of the slugs of boxes. */
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

/** The shape of a variable with its value checked by `judge`; if `judge` throws a Failure, its message is reported as the variable's problem. */
export const judgedBy = (judge: (value: Secret) => unknown) =>
  secret.superRefine((value, ctx) => {
    try {
      judge(value);
    } catch (error) {
      ctx.addIssue({ code: 'custom', message: asFailure(error).message.replace(/^[A-Z_]+: /, '') });
    }
  });
