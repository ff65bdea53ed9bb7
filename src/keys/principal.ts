import { HubError } from '../lib/errors.js';

/** Who a key speaks for. admin: everything. module: reads, and acts as its module. observer: reads. */
export type Principal = {
  readonly keyId: string;
  /** Aborted when the key is revoked: what is open with it ends. */
  readonly revoked: AbortSignal;
} & ({ readonly scope: 'admin' | 'observer' } | { readonly scope: 'module'; readonly module: string });

/** What a route asks of a key. `act`: the right to act as some module; which, the handler checks with `requireModule`. */
export type Access = 'read' | 'act' | 'admin';

const lacks = (needed: string): HubError => new HubError('forbidden', `This key lacks the scope ${needed}.`);

/** @throws forbidden, with the scope that the key lacks */
export const requireAccess = (principal: Principal, access: Access): void => {
  if (access === 'admin' && principal.scope !== 'admin') throw lacks('admin');
  if (access === 'act' && principal.scope === 'observer') throw lacks('admin or module');
};

/** @throws forbidden unless the key may act as this module */
export const requireModule = (principal: Principal, module: string): void => {
  if (principal.scope === 'admin' || (principal.scope === 'module' && principal.module === module)) return;
  throw lacks(`module:${module}`);
};
