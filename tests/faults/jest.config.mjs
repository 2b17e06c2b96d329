import base from '../../jest.config.mjs';

/**
 * Every row of the table of faults: those of `npm test`, and those in `*.full.test.ts`, which take too long for it.
 * @type {import('jest').Config}
 */
export default {
  ...base,
  rootDir: '../..',
  testMatch: ['<rootDir>/tests/{faults,faults-c}/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  // A net for what never ends, on machines that do other things too.
  testTimeout: 240_000,
  testSequencer: '<rootDir>/tests/faults/longest-first.mjs',
};
