/** What modules and channels may be called. */
export const NAME_PATTERN = '^[A-Za-z][A-Za-z0-9_.-]{0,63}$';
