let acting: string | null = null;

/** The id of the key whose request is being served by what runs now; null where the hub acts by itself. */
export const actingKey = (): string | null => acting;

/**
 * Does something for the holder of a key. It is known until `work` returns, and not in what comes after an `await` of it: what goes on
 * later asks before and says so again. So nobody is ever taken for another, and promises cost what they always do.
 */
export const actingAs = <T>(keyId: string | null, work: () => T): T => {
  const before = acting;
  acting = keyId;
  try {
    return work();
  } finally {
    acting = before;
  }
};

/** Does something for the holder of a key, whoever is served meanwhile. */
export type Acting = <T>(work: () => T) => T;

/** For what goes on after an `await`: acts for whom this is called for. */
export const keepActing = (): Acting => {
  const keyId = acting;
  return (work) => actingAs(keyId, work);
};
