import Type from 'typebox';
import { describeEvent, Problem } from './event-description-schema.js';

const registration = {
  runtime: Type.String({ examples: ['pull'] }),
  revision: Type.Integer(),
  source: Type.String({ description: '`api` or `folder`' }),
  version: Type.Optional(Type.String()),
  capabilities: Type.Optional(Type.Array(Type.String())),
};
const webhook = Type.String({ examples: ['hook_3'] });
const keyFields = { id: Type.String({ description: 'of the key: `key_7`' }), scope: Type.String() };

/** Of the hub itself, of modules, of keys and of webhooks. */
export const registryEvents = {
  'hub.started': describeEvent('The hub takes requests.', [], {
    version: Type.String(),
    pid: Type.Integer(),
    restored: Type.Optional(
      Type.Boolean({ description: 'the database was found to be an older copy: numbers have another epoch' }),
    ),
  }),
  'hub.stopping': describeEvent('The hub was told to stop and takes nothing new.', []),
  'hub.lost': describeEvent('Another hub on the database no longer says that it lives; its turns are over.', [], {
    node: Type.String({ examples: ['node_2'] }),
    name: Type.String(),
    url: Type.Union([Type.String(), Type.Null()]),
  }),
  'module.registered': describeEvent('A module was registered for the first time.', ['module'], registration),
  'module.updated': describeEvent('Its descriptor was replaced by another one.', ['module'], registration),
  'module.removed': describeEvent('It was deleted, and what was open for it is dead.', ['module'], {
    deadLetters: Type.Integer(),
  }),
  'module.secret_set': describeEvent('It has a new secret to sign its messages with.', ['module']),
  'module.secret_removed': describeEvent('It has no secret to sign with any more.', ['module']),
  'module.file_rejected': describeEvent('A file of the modules folder could not be used.', [], {
    file: Type.String(),
    reason: Type.String(),
  }),
  'key.created': describeEvent('A key was made.', ['module?'], { ...keyFields, label: Type.String() }),
  'key.revoked': describeEvent('A key was revoked; what was open with it ended.', ['module?'], keyFields),
  'webhook.created': describeEvent('From now on events that fit are posted to it.', [], {
    webhook,
    host: Type.String(),
    filter: Type.Object({}, { additionalProperties: true }),
  }),
  'webhook.deleted': describeEvent('It is told of nothing any more.', [], { webhook }),
  'webhook.paused': describeEvent('It is told of nothing until it is resumed, and then of all that it missed.', [], {
    webhook,
    reason: Type.String({ description: '`asked`, `failing`, `gone` (it answered 410) or `not_allowed` (its host)' }),
    error: Type.Optional(Problem),
  }),
  'webhook.resumed': describeEvent('It is told again, from where it was.', [], { webhook }),
};
