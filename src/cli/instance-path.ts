export const pathOfInstance = (instance: string): string => `/v1/instances/${encodeURIComponent(instance)}`;
