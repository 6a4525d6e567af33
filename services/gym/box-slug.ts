// What may stand for a box in an address: one lower-case ASCII DNS label, and nothing that a URL parser reads differently.
// It builds no address: each platform does, and reads its work back.

const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Threat T7: `evil.com/`, `user@evil.com`, `127.0.0.1:6379/` and their kind are not slugs. */
export const isBoxSlug = (text: string): boolean => SLUG.test(text);
