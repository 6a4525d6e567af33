// Keeps why the member was signed out, so that the sign-in screen can say it. At a sign-out the page deletes everything that it has stored about the
// member, except the reason for the sign-out.

/** `erased`: the member deleted the account. `ended`: the puntual session was ended from another device, or has run out. */
export type Parting = 'erased' | 'ended';
let parting: Parting | undefined;

/**
 * Keeps why the member was signed out, until the next sign-in or until the page is left.
 * @param why the reason for the sign-out; undefined after a sign-in.
 */
export const noteParting = (why: Parting | undefined): void => {
  parting = why;
};
export const lastParting = (): Parting | undefined => parting;
