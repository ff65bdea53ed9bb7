import type { Runtime } from './module.js';
import { MASK } from './served-runtime-schema.js';

/** A runtime as every key may see it: without the secret of a webhook, or the values of headers and environments, which hold more such. */
export const shownRuntime = (runtime: Runtime): Runtime => {
  if (runtime.type === 'webhook') {
    const { secret, headers, ...shown } = runtime;
    return { ...shown, ...(secret === undefined ? {} : { secret: MASK }), ...maskedMember('headers', headers) };
  }
  if (runtime.type === 'command') {
    const { environment, ...shown } = runtime;
    return { ...shown, ...maskedMember('environment', environment) };
  }
  return runtime;
};

const maskedMember = (name: string, values: Readonly<Record<string, string>> | undefined): object =>
  values === undefined ? {} : { [name]: Object.fromEntries(Object.keys(values).map((each) => [each, MASK])) };
