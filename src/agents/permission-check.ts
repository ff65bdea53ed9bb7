import { type FieldProblem, HubError } from '../lib/errors.js';
import { runtimeOf } from '../modules/module.js';
import type { Descriptor } from '../modules/module-schema.js';
import { parseToolRule } from './approvals/tool-rule.js';

/** @throws invalid_request for an agent that would ask nobody, where the operator has not allowed that */
export const checkPermissionMode = ({ runtime }: Descriptor, allowBypassPermissions: boolean): void => {
  if (allowBypassPermissions || typeof runtime !== 'object' || runtime.type !== 'claude') return;
  if (runtime.permissionMode !== 'bypassPermissions') return;
  const errors = [{ pointer: '/runtime/permissionMode', message: 'needs GRANGER_ALLOW_BYPASS_PERMISSIONS=true' }];
  throw new HubError('invalid_request', 'bypassPermissions is not allowed on this hub.', { errors });
};

const lists = ['allow', 'deny', 'ask'] as const;

/** @throws invalid_request for rules that mean nothing, or that are for nobody: a mistyped rule must not be one that never applies */
export const checkPermissions = (descriptor: Descriptor): void => {
  const { permissions } = descriptor;
  if (permissions === undefined) return;
  if (runtimeOf(descriptor).type !== 'claude')
    throw unusable([{ pointer: '/permissions', message: 'is only for modules with the runtime claude' }]);
  const errors = lists.flatMap((list) =>
    (permissions[list] ?? []).flatMap((text, index) => {
      const rule = parseToolRule(text);
      return 'problem' in rule ? [{ pointer: `/permissions/${list}/${index}`, message: rule.problem }] : [];
    }),
  );
  if (errors.length > 0) throw unusable(errors);
};

/** @throws invalid_request for a budget of a module that the hub pays nothing for */
export const checkBudget = (descriptor: Descriptor): void => {
  if (descriptor.limits?.budget === undefined || runtimeOf(descriptor).type === 'claude') return;
  const errors = [{ pointer: '/limits/budget', message: 'is only for modules with the runtime claude' }];
  throw new HubError('invalid_request', 'The budget cannot be used.', { errors });
};

const unusable = (errors: readonly FieldProblem[]): HubError =>
  new HubError('invalid_request', 'The permissions cannot be used.', { errors });
