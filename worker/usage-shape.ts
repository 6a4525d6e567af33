// The API's answer about a member's plan and the tokens left in this period: one for each place won.
import { z } from '@hono/zod-openapi';

/** `max: -1, unlimited: true` is a plan without a limit. */
export const usageShape = z
  .object({
    tokens: z.object({ current: z.number(), max: z.number(), unlimited: z.boolean() }),
    plan: z.enum(['Free', 'Pro']),
    status: z.string(),
  })
  .openapi('Usage', {
    example: { tokens: { current: 28, max: 30, unlimited: false }, plan: 'Free', status: 'active' },
  });
