export * from './egress/egress-guard.ts';
export { checkNodeUrl } from './egress/node-url.ts';
export type { LookUp } from './name-lookup/look-up.ts';
export * from './node-client.ts';
export { checkNodeAuth } from './request/node-auth.ts';
