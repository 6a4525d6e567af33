// Remembers the last message sent about each member's gym sessions and about each box, so that the next message is sent only if it differs.
export interface Changes {
  /**
   * Stores `value` under `key`, and returns whether it differs from the value stored before. `differs` returns false if no value was stored before.
   */
  differs(key: string, value: unknown): boolean;
  /**
   * Stores `value` unless `key` has a value already. A stored value of `key` that differs from `value` stays, so that the next realtime pass finds
   * the difference and sends `value` to the sockets that were sent the old value.
   */
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
