export { createClient, type Client, type ClientOptions } from './create-client.ts';
export { ApiError, UnreachableError, type ProblemEntry } from './http/api-error.ts';
export type { CallOptions } from './http/api.ts';
export type { Credentials, PartyCredentials } from './http/authorization.ts';
export type { Page, PageQuery } from './resources/paging.ts';
export * from './resources/audit.ts';
export * from './resources/changes.ts';
export * from './resources/deliveries.ts';
export * from './resources/intake.ts';
export * from './resources/keys.ts';
export * from './resources/log.ts';
export * from './resources/messages.ts';
export * from './resources/nodes.ts';
export * from './resources/overview.ts';
export * from './resources/purge.ts';
export * from './resources/session.ts';
export * from './resources/stats.ts';
export * from './resources/users.ts';
export {
  verifyDelivery,
  type DeliveryHeaders,
  type DeliveryToVerify,
  type Verification,
} from './receiver/verify-delivery.ts';
export {
  deliveryOf,
  receiveDeliveries,
  type ReceivedDelivery,
  type ReceiverMiddleware,
  type ReceiverOptions,
} from './receiver/receive-deliveries.ts';
export { createSeenMessages, type SeenMessages } from './receiver/seen-messages.ts';
