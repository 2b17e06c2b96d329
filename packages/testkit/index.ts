export type { Answer, Fault } from './node/answer.ts';
export * from './node/certificates.ts';
export * from './node/counting-node.ts';
export * from './node/test-node.ts';
