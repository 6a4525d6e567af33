// Remembers the last message about each thing, so that it is sent again only when it differs. A forgotten thing counts as new.
export interface Changes {
  /** Has `value` changed since it was last noted under `key`? Notes it. False for a key that is noted for the first time. */
  differs(key: string, value: unknown): boolean;
  /** Notes `value` unless one is noted already, which the other sockets may not have received. */
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
