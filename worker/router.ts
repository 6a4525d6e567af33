// How every endpoint is declared: a router that refuses what does not fit its schema, and the shapes that schemas share. Endpoints themselves are
// in routes/, one file a group.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { FAILURES, Failure, type FailureCode } from '../services/failures.ts';
import type { AppEnv, Router } from './app-context.ts';
import type { Guards } from './guards.ts';

/** A new router. It throws its validation problems as request/invalid, each with its field, no value quoted. */
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

/** The answer of every failure. */
export const failureResponse = {
  description: 'What went wrong',
  content: { 'application/json': { schema: errorShape } },
};

/** The answers of an endpoint: JSON of this shape, or an error. */
export const answers = <S extends z.ZodType>(description: string, schema: S) => ({
  200: { description, content: { 'application/json': { schema } } },
  default: failureResponse,
});

/** The same, for a thing that was created. */
export const created = <S extends z.ZodType>(description: string, schema: S) => ({
  201: { description, content: { 'application/json': { schema } } },
  default: failureResponse,
});

/** A JSON body of exactly this shape: unknown fields are refused. */
export const jsonBody = <S extends z.ZodType>(schema: S) => ({
  body: { required: true, content: { 'application/json': { schema } } },
});

/** The header that makes a repeated request harmless. Read by once.ts. */
export const idempotencyKey = z.object({
  'idempotency-key': z.string().optional().openapi({ description: 'Sent again with the same key: the first answer' }),
});

/** A POST by which a member makes one thing, once a key: the route, answered 201. Its work runs inside once.ts. */
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
  /** Of the answer. */
  readonly description?: string;
  readonly answer: A;
}

/** YYYYMMDD, and a day that exists. */
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
/** Text of only these characters. The contract gets the bare pattern: JSON Schema reads every pattern as a Unicode one. */
const text = (most: number, of: RegExp) =>
  z.string().min(1).max(most).regex(of, 'expected printable text').openapi({ pattern: of.source });
/** A name the gym or a device gave: short, printable. */
export const label = text(200, printable);
/** What a person writes: lines, too. */
export const prose = text(8000, printableLines);
/** In answers. */
export const instant = z.string().openapi({ format: 'date-time' });
