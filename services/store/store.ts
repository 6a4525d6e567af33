// The database's verbs, all of them. Each is one rpc to one SQL function: what must hold together is one statement.
import { accountStore } from './account-store.ts';
import { type Call, openDatabase, type StoreAddress } from './call.ts';
import { identityStore } from './identity-store.ts';
import { keyStore } from './key-store.ts';
import { lessonStore } from './lesson-store.ts';
import { memberStore } from './member-store.ts';
import { noticeStore } from './notice-store.ts';
import { prebookingStore } from './prebooking-store.ts';
import { realtimeStore } from './realtime-store.ts';
import { renewalStore } from './renewal-store.ts';
import { runStore } from './run-store.ts';

export const createStore = (address: StoreAddress): Store => storeOver(openDatabase(address));

/** The same verbs over another way of calling. */
export function storeOver(call: Call) {
  return {
    ...memberStore(call),
    ...renewalStore(call),
    ...prebookingStore(call),
    ...identityStore(call),
    ...accountStore(call),
    ...keyStore(call),
    ...lessonStore(call),
    ...noticeStore(call),
    ...realtimeStore(call),
    ...runStore(call),
  };
}

/** The database, as everything else sees it. Every verb throws database/unavailable or database/refused. */
export type Store = ReturnType<typeof storeOver>;
