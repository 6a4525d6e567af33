// That the account was deleted a moment ago, for the sign-in to say: with the account everything else that this page knew has gone.

let isErased = false;
/** The account is gone; said until the page is left. */
export const noteErased = (): void => {
  isErased = true;
};
export const wasErased = (): boolean => isErased;
