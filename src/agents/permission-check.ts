import { HubError } from '../lib/errors.js';
import type { Descriptor } from '../modules/module-schema.js';

/** @throws invalid_request for an agent that would ask nobody, where the operator has not allowed that */
export const checkPermissionMode = ({ runtime }: Descriptor, allowBypassPermissions: boolean): void => {
  if (allowBypassPermissions || typeof runtime !== 'object' || runtime.type !== 'claude') return;
  if (runtime.permissionMode !== 'bypassPermissions') return;
  const errors = [{ pointer: '/runtime/permissionMode', message: 'needs GRANGER_ALLOW_BYPASS_PERMISSIONS=true' }];
  throw new HubError('invalid_request', 'bypassPermissions is not allowed on this hub.', { errors });
};
