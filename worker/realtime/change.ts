// Remembers what was last said of each thing, so that it is said again only when it differs. A forgotten thing counts as new.
export interface Changes {
  /** Has `value` changed since it was last noted under `key`? Notes it. False for a key that is noted for the first time. */
  differs(key: string, value: unknown): boolean;
  /** Notes `value` unless something is noted already: the other sockets have not heard of it. */
  first(key: string, value: unknown): void;
  keepOnly(keys: ReadonlySet<string>): void;
}

export function createChanges(): Changes {
  const said = new Map<string, string>();
  return {
    differs(key, value) {
      const before = said.get(key);
      const now = JSON.stringify(value);
      said.set(key, now);
      return before !== undefined && before !== now;
    },
    first(key, value) {
      if (!said.has(key)) said.set(key, JSON.stringify(value));
    },
    keepOnly(keys) {
      for (const key of said.keys()) if (!keys.has(key)) said.delete(key);
    },
  };
}
