// The only list of gym platforms. A new platform needs a folder beside this file and an entry in this list.
import { openAimharder } from './aimharder/client.ts';

/** Each entry makes the `Gym` of one platform from the addresses in the settings. */
export const platforms = { aimharder: openAimharder } as const;
export type PlatformName = keyof typeof platforms;
