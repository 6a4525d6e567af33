// Words for the contract's types: what a call takes and what it gives. The types themselves are in openapi.ts. Nothing runs here.
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
/** A field that exists if the contract has one, and is optional if all of it is. */
type Field<Name extends string, T> = [T] extends [never]
  ? { readonly [key in Name]?: never }
  : Record<never, never> extends T
    ? { readonly [key in Name]?: T }
    : { readonly [key in Name]: T };

/** The JSON that a call answers when it succeeds. */
export type Answer<P extends Path, M extends Method<P>> = Good<ResponsesOf<Operation<P, M>>>;
/** The JSON that a call takes; `never` where it takes none. */
export type Body<P extends Path, M extends Method<P>> =
  Operation<P, M> extends { requestBody: infer B } ? JsonOf<B> : never;

/** What goes with a call: body, query, and the parts of the path, each where the contract has one. */
export type Ask<P extends Path, M extends Method<P>> = Field<'body', Body<P, M>> &
  Field<'query', ParametersOf<Operation<P, M>, 'query'>> &
  Field<'path', ParametersOf<Operation<P, M>, 'path'>> & {
    /** Makes a repeated request harmless, on the endpoints that take one. */
    readonly idempotencyKey?: string;
    readonly signal?: AbortSignal;
  };

export type ErrorCode = components['schemas']['Error']['error']['code'];
export type Prebooking = components['schemas']['Prebooking'];
/** What signing in gives, less the tokens, which the client keeps to itself. */
export type SignedIn = Omit<Answer<'/api/auth/login', 'post'>, 'accessToken' | 'device' | 'expiresAt'>;
