// Remembers that the account was deleted a moment ago, so that the sign-in page can say it: everything else that this page knew is deleted with
// the account.

let isErased = false;
/** The account is gone; shown until the page is left. */
export const noteErased = (): void => {
  isErased = true;
};
export const wasErased = (): boolean => isErased;
