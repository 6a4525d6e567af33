// The only list of gym platforms; adding one means a folder beside this file and a line here.
import { createAimharder } from './aimharder/client.ts';

export const platforms = { aimharder: createAimharder } as const;
