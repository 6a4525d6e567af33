// Why the member is out a moment after they were in, for the sign-in to say: with the session everything else that this page knew has gone.

/** `erased`: they deleted their account. `ended`: the session here was ended elsewhere, or has run out. */
export type Parting = 'erased' | 'ended';
let parting: Parting | undefined;

/** Said until the next sign-in, or until the page is left. @param why undefined: they are in again. */
export const noteParting = (why: Parting | undefined): void => {
  parting = why;
};
export const lastParting = (): Parting | undefined => parting;
