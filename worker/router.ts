// How every endpoint is declared: a router that refuses requests that do not fit their schema, and the shapes that schemas share. The endpoints
// themselves are in routes/, one file for each group.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { FAILURES, Failure, type FailureCode } from '../services/failures.ts';
import type { AppEnv, Router } from './app-context.ts';
import type { Guards } from './guards.ts';

/** Makes a router for endpoints. A request that does not fit its schema throws request/invalid, which names each wrong field and quotes no value. */
export const newRouter = (): Router =>
  new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      const problems = result.error.issues.map((issue) =>
        [placeOf(issue.path), issue.message].filter(Boolean).join(': '),
      );
      throw new Failure('request/invalid', `Expected another request. ${problems.join('; ')}`, {
        details: { problems },
      });
    },
  });

const placeOf = (path: readonly PropertyKey[]): string => path.map(String).join('.');

const codes = Object.keys(FAILURES) as FailureCode[];
const errorShape = z.object({ error: z.object({ code: z.enum(codes), message: z.string() }) }).openapi('Error');

/** The contract's entry for the answer to a failure, the same for every endpoint. */
export const failureResponse = {
  description: 'What went wrong',
  content: { 'application/json': { schema: errorShape } },
};

/** The contract's entries for an endpoint's answers: 200 with JSON of this shape, or an error. */
export const answers = <S extends z.ZodType>(description: string, schema: S) => ({
  200: { description, content: { 'application/json': { schema } } },
  default: failureResponse,
});

/** The contract's entries for an endpoint that creates a row: 201 with JSON of this shape, or an error. */
export const created = <S extends z.ZodType>(description: string, schema: S) => ({
  201: { description, content: { 'application/json': { schema } } },
  default: failureResponse,
});

/** The contract's entry for a required JSON body of this shape. */
export const jsonBody = <S extends z.ZodType>(schema: S) => ({
  body: { required: true, content: { 'application/json': { schema } } },
});

/** The Idempotency-Key header, which makes a repeated request harmless; once.ts reads it. */
export const idempotencyKey = z.object({
  'idempotency-key': z.string().optional().openapi({ description: 'Sent again with the same key: the first answer' }),
});

/**
 * The route of a POST by which a member creates one row, once per Idempotency-Key, answered 201. The endpoint does its work through `once` (once.ts),
 * which gives a repeated request the first answer.
 */
export const creation = <P extends string, B extends z.ZodType, A extends z.ZodType>(
  guards: Guards,
  path: P,
  { summary, body, description = 'Written down', answer }: Creation<B, A>,
) =>
  createRoute({
    method: 'post',
    path,
    ...guards.member,
    summary,
    request: { ...jsonBody(body), headers: idempotencyKey },
    responses: created(description, answer),
  });

interface Creation<B, A> {
  readonly summary: string;
  readonly body: B;
  /** The answer's description in the contract. */
  readonly description?: string;
  readonly answer: A;
}

/** A day as YYYYMMDD; it must exist in the calendar. */
export const day = z
  .string()
  .regex(/^\d{8}$/, 'expected YYYYMMDD')
  .refine((text) => {
    const at = new Date(`${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}T00:00:00Z`);
    return !Number.isNaN(at.getTime()) && at.toISOString().slice(0, 10).replaceAll('-', '') === text;
  }, 'expected a day that exists')
  .openapi({ example: '20261124' });
export const id = z.guid();
/** Text that a database can hold: no control characters, no half of a surrogate pair. */
const printable = /^[^\p{Cc}\p{Cs}]*$/u;
const printableLines = /^(?:[^\p{Cc}\p{Cs}]|[\n\r\t])*$/u;
/**
 * A text of 1 to `most` characters that matches `of`. The contract gets the pattern without its flags, because JSON Schema reads every pattern as
 * Unicode.
 */
const text = (most: number, of: RegExp) =>
  z.string().min(1).max(most).regex(of, 'expected printable text').openapi({ pattern: of.source });
/** A name that the gym or a device gave: at most 200 printable characters. */
export const label = text(200, printable);
/** A text that a person writes, which may have several lines. */
export const prose = text(8000, printableLines);
/** An instant in an answer, as ISO 8601 text. */
export const instant = z.string().openapi({ format: 'date-time' });
