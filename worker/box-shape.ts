// The shape of a box in the answers of all endpoints.
import { z } from '@hono/zod-openapi';
import { BOX_ROLES } from '../services/gym/gym.ts';
import { openingRuleSchema } from '../services/prebooking/opening-rule.ts';
import { openingCard } from '../services/prebooking/opening-words.ts';
import { isAssumed } from '../services/prebooking/possible-openings.ts';
import type { Language } from '../services/prebooking/words/words.ts';
import type { Box, OwnBox } from '../services/store/box-store.ts';

/** A box, as puntual's answer to a sign-in names it. */
export const boxShape = z
  .object({ id: z.string(), aimharderBoxId: z.string(), subdomain: z.string(), name: z.string(), timeZone: z.string() })
  .openapi('Box');

/** A box as its member sees it: with the member's role there, whether its time zone is a guess, and when its classes open. */
export const ownBoxShape = boxShape
  .extend({
    /** True if the box's time zone is a guess: it was never declared, and no opening has shown it. */
    zoneAssumed: z.boolean(),
    role: z.enum(BOX_ROLES),
    opening: z.object({
      rule: openingRuleSchema.nullable(),
      source: z.enum(['declared', 'learned', 'none']),
      words: z.string(),
      /** The path of the app's page where the member can say when the box opens its classes; absent if that is known. */
      link: z.string().optional(),
    }),
  })
  .openapi('OwnBox', {
    example: {
      id: '8f14e45f-ceea-467f-a8f1-5d1b0c9b8a11',
      aimharderBoxId: '77',
      subdomain: 'boxnorte',
      name: 'Box Norte',
      timeZone: 'Europe/Madrid',
      zoneAssumed: false,
      role: 'client',
      opening: {
        rule: { kind: 'hours-before', hours: 72 },
        source: 'learned',
        words: 'Booking opens 72 hours before the class begins.',
      },
    },
  });

/** Gives a box the form that it has in puntual's answer to a sign-in. */
export const toBox = ({ id, at, name, timeZone }: Box): z.infer<typeof boxShape> => ({
  id,
  aimharderBoxId: at.platformBoxId,
  subdomain: at.slug,
  name,
  timeZone,
});

/**
 * Gives a box the form in which its member sees it. @param language the language of `opening.words`, the sentence that says when the box opens its
 * classes.
 */
export const toOwnBox = (box: OwnBox, language: Language = 'en'): z.infer<typeof ownBoxShape> => ({
  ...toBox(box),
  zoneAssumed: isAssumed(box),
  role: box.role,
  opening: openingCard(box, language),
});
