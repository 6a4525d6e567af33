// Weekly rules, their exceptions on single days, and pauses. Each change is sent once; then the rules, their previews, the pauses and the prebookings
// are read again.
import { useQuery } from '@tanstack/react-query';
import type { Answer, Body } from '../../client/contract.ts';
import { client, useClientState } from './member.ts';
import { queries, refreshPrebookings } from './queries.ts';

const RULES = '/api/rules';
const PAUSES = '/api/pauses';

export type Rule = Answer<typeof RULES, 'get'>['rules'][number];
export type RuleWish = Body<typeof RULES, 'post'>;
export type KeptRule = Answer<typeof RULES, 'post'>;
/** A class that a rule asks for: by hour, by name, or by both. */
export type RuleChoice = Pick<RuleWish, 'timeId' | 'className'>;
export type Preview = Answer<'/api/rules/{id}/preview', 'get'>;
export type PreviewDay = Preview['days'][number];
export type KeptPause = Answer<typeof PAUSES, 'post'>;

const rulesKey = ['rules'] as const;
const previewKey = (id: string) => ['rule-preview', id] as const;
const pausesKey = ['pauses'] as const;
const WEEKS = 8;

const useIsSignedIn = (): boolean => useClientState().session.status === 'signed-in';

export const useRules = () =>
  useQuery({
    queryKey: rulesKey,
    enabled: useIsSignedIn(),
    queryFn: async () => (await client.call('get', RULES, {})).rules,
  });

/**
 * What one rule asks for in the coming eight weeks (its preview). The service asks the gym about each day of a rule's preview, so the preview is read
 * only when it is shown.
 */
export const usePreview = (id: string) =>
  useQuery({
    queryKey: previewKey(id),
    enabled: useIsSignedIn(),
    queryFn: () => client.call('get', '/api/rules/{id}/preview', { path: { id }, query: { weeks: WEEKS } }),
  });

export const usePauses = () =>
  useQuery({
    queryKey: pausesKey,
    enabled: useIsSignedIn(),
    queryFn: async () => (await client.call('get', PAUSES, {})).pauses,
  });

async function reread(): Promise<void> {
  await Promise.all([
    queries.invalidateQueries({ queryKey: rulesKey }),
    queries.invalidateQueries({ queryKey: ['rule-preview'] }),
    queries.invalidateQueries({ queryKey: pausesKey }),
    refreshPrebookings(),
  ]);
}
async function thenReread<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } finally {
    await reread();
  }
}

/** Makes a rule. Throws ClientError. */
export const makeRule = (wish: RuleWish): Promise<KeptRule> =>
  thenReread(client.call('post', RULES, { body: wish, idempotencyKey: crypto.randomUUID() }));

/** A rule's choices in the order in which they are tried. */
export const choicesIn = ({ timeId, className, alternatives }: Rule): readonly RuleChoice[] => [
  { ...(timeId !== null && { timeId }), ...(className !== null && { className }) },
  ...alternatives,
];

/** Replaces a rule by `wish`; `paused` and `familyId` stay as they are unless `wish` gives them. Throws ClientError. */
export function changeRule({ id, paused, familyId }: Rule, wish: RuleWish): Promise<KeptRule> {
  const body: RuleWish = { paused, ...(familyId !== null && { familyId }), ...wish };
  return thenReread(client.call('put', `${RULES}/{id}`, { path: { id }, body }));
}

/** Pauses a rule (`paused` is true) or resumes it, and changes nothing else of the rule. Throws ClientError. */
export function pauseRule(rule: Rule, paused: boolean): Promise<KeptRule> {
  const { boxId, weekday, waitlist, from, until } = rule;
  const [first, ...alternatives] = choicesIn(rule);
  const limits = { ...(from !== null && { from }), ...(until !== null && { until }) };
  return changeRule(rule, { boxId, weekday, ...first, alternatives: [...alternatives], waitlist, ...limits, paused });
}

/** Deletes a rule. Throws ClientError. */
export const removeRule = (id: string): Promise<unknown> =>
  thenReread(client.call('delete', `${RULES}/{id}`, { path: { id } }));

/** Leaves a day out of the rule (`isSkipped` is true), or takes it in again. Throws ClientError. */
export const skipDay = (id: string, day: string, isSkipped: boolean): Promise<unknown> =>
  thenReread(
    isSkipped
      ? client.call('put', '/api/rules/{id}/exceptions', { path: { id }, body: { day, skip: true } })
      : client.call('delete', '/api/rules/{id}/exceptions', { path: { id }, body: { day } }),
  );

/** Makes the rule ask for other choices on one day. Throws ClientError. */
export function changeDay(id: string, day: string, [first, ...alternatives]: readonly RuleChoice[]): Promise<unknown> {
  const body = { day, ...first, alternatives };
  return thenReread(client.call('put', '/api/rules/{id}/exceptions', { path: { id }, body }));
}

/** Makes a pause of the weekly rules. Throws ClientError. */
export const makePause = (body: Body<typeof PAUSES, 'post'>): Promise<KeptPause> =>
  thenReread(client.call('post', PAUSES, { body, idempotencyKey: crypto.randomUUID() }));

/** Deletes a pause of the weekly rules. Throws ClientError. */
export const removePause = (id: string): Promise<unknown> =>
  thenReread(client.call('delete', `${PAUSES}/{id}`, { path: { id } }));
