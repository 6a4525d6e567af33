// Type names for the HTTP contract: what a call takes and what it returns. The generated types are in openapi.ts. contract.ts has no code that runs.
import type { components, paths } from './openapi.ts';

/** A path of the contract, as /openapi.json spells it: `/api/prebookings/{id}`. */
export type Path = keyof paths;
/** The HTTP methods that a path answers. */
export type Method<P extends Path> = {
  [M in keyof paths[P]]: paths[P][M] extends { responses: unknown } ? M : never;
}[keyof paths[P]];

type Operation<P extends Path, M extends Method<P>> = paths[P][M];
type JsonOf<T> = T extends { content: { 'application/json': infer J } } ? J : never;
type ResponsesOf<O> = O extends { responses: infer R } ? R : never;
type Good<R> = JsonOf<R[Extract<keyof R, 200 | 201 | 202>]>;
type ParametersOf<O, Place extends string> = O extends { parameters: infer A }
  ? Place extends keyof A
    ? NonNullable<A[Place]>
    : never
  : never;
/** The field `Name` of a call: it exists if the contract has it, and is optional if all its parts are optional. */
type Field<Name extends string, T> = [T] extends [never]
  ? { readonly [key in Name]?: never }
  : Record<never, never> extends T
    ? { readonly [key in Name]?: T }
    : { readonly [key in Name]: T };

/** The JSON that a successful call returns. */
export type Answer<P extends Path, M extends Method<P>> = Good<ResponsesOf<Operation<P, M>>>;
/** The JSON body of a call; `never` for a call without a body. */
export type Body<P extends Path, M extends Method<P>> =
  Operation<P, M> extends { requestBody: infer B } ? JsonOf<B> : never;

/** What a call sends: body, query, and path parameters, each where the contract has it. */
export type Ask<P extends Path, M extends Method<P>> = Field<'body', Body<P, M>> &
  Field<'query', ParametersOf<Operation<P, M>, 'query'>> &
  Field<'path', ParametersOf<Operation<P, M>, 'path'>> & {
    /** Makes a repeated request harmless, on the endpoints that accept an idempotency key. */
    readonly idempotencyKey?: string;
    readonly signal?: AbortSignal;
  };

export type ErrorCode = components['schemas']['Error']['error']['code'];
export type Prebooking = components['schemas']['Prebooking'];
/** The answer to a sign-in as a page gets it; the tokens are left out, because the client keeps them to itself. */
export type SignedIn = Omit<Answer<'/api/auth/login', 'post'>, 'accessToken' | 'device' | 'expiresAt'>;
