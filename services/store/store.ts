// The functions with which puntual calls its database. Each call runs one SQL function in one statement, so that its changes happen together or not
// at all.
import { accountStore } from './account-store.ts';
import { admissionStore } from './admission-store.ts';
import { boxStore } from './box-store.ts';
import { calendarStore } from './calendar-store.ts';
import { type Call, openDatabase, type StoreAddress } from './call.ts';
import { channelStore } from './channel-store.ts';
import { claimStore } from './claim-store.ts';
import { gymFactStore } from './gym-fact-store.ts';
import { identityStore } from './identity-store.ts';
import { installationStore } from './installation-store.ts';
import { keptLoginStore } from './kept-login-store.ts';
import { memberStore } from './member-store.ts';
import { newsStore } from './news-store.ts';
import { noticeStore } from './notice-store.ts';
import { prebookingStore } from './prebooking-store.ts';
import { profileStore } from './profile-store.ts';
import { realtimeStore } from './realtime-store.ts';
import { receiptStore } from './receipt-store.ts';
import { renewalStore } from './renewal-store.ts';
import { ruleDayStore } from './rule-day-store.ts';
import { ruleStore } from './rule-store.ts';
import { runStore } from './run-store.ts';
import { sessionStore } from './session-store.ts';
import { watchStore } from './watch-store.ts';

/** Opens the store over PostgREST. */
export const createStore = (address: StoreAddress): Store => storeOver(openDatabase(address));

/** Makes the store over any `Call` (a function that calls an SQL function by name), such as one that uses a direct connection to Postgres. */
export function storeOver(call: Call) {
  return {
    ...memberStore(call),
    ...profileStore(call),
    ...admissionStore(call),
    ...sessionStore(call),
    ...renewalStore(call),
    ...boxStore(call),
    ...prebookingStore(call),
    ...claimStore(call),
    ...receiptStore(call),
    ...ruleStore(call),
    ...ruleDayStore(call),
    ...identityStore(call),
    ...accountStore(call),
    ...channelStore(call),
    ...calendarStore(call),
    ...noticeStore(call),
    ...newsStore(call),
    ...realtimeStore(call),
    ...runStore(call),
    ...installationStore(call),
    ...gymFactStore(call),
    ...keptLoginStore(call),
    ...watchStore(call),
  };
}

/** The database, as the rest of the code uses it. Every method can throw database/unavailable or database/refused. */
export type Store = ReturnType<typeof storeOver>;
