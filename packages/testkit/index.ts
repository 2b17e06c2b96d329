export * from './node/counting-node.ts';
export * from './node/test-node.ts';
