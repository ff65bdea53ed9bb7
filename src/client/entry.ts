// What `granger-hub/client` gives.
export { findHub, type HubPlace } from './find-hub.js';
export { GrangerClient, type RequestOptions, type SendOptions } from './granger-client.js';
export type { Lease, Settlement, Work, WorkHandler } from './held-work.js';
export type { CallOptions, HubAddress } from './hub-connection.js';
export {
  EventsLost,
  HubNotFound,
  HubProblem,
  HubUnreachable,
  isProblem,
  NoReplyYet,
  WorkFailed,
} from './hub-errors.js';
export type { EventFilter, FollowOptions } from './hub-events.js';
export type * from './hub-types.js';
export { type MessageHandler, Module, type ModuleOptions, type SendToOptions } from './module.js';
export type { ConsumeOptions } from './socket-consumer.js';
export type { StopOptions, Worker, WorkerOptions } from './worker.js';
