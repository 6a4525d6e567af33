// The shape of the answer about a member's plan and the plan tokens left in the present period; each place won uses one plan token.
import { z } from '@hono/zod-openapi';

/** A member's plan and plan tokens; `max: -1, unlimited: true` stands for a plan without a limit. */
export const usageShape = z
  .object({
    tokens: z.object({ current: z.number(), max: z.number(), unlimited: z.boolean() }),
    plan: z.enum(['Free', 'Pro']),
    status: z.string(),
  })
  .openapi('Usage', {
    example: { tokens: { current: 28, max: 30, unlimited: false }, plan: 'Free', status: 'active' },
  });
