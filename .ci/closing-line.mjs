// Prints how many tests passed and failed, from what `jest --json` has written; exits 1 unless there were some and all passed.
//
//   node .ci/closing-line.mjs FILE
import { readFileSync } from 'node:fs';

const [file] = process.argv.slice(2);
const { passed, failed } = count(readFileSync(file, 'utf8'));
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = passed > 0 && failed === 0 ? 0 : 1;

/** A file of tests that could not run counts as one that failed; so does a run that came to no tests. */
function count(text) {
  if (text === '') return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(text);
  return { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites };
}
