/** Parts of names of the files that take longest, in minutes; all others take less than one. */
const MINUTES = {
  'poisonous-delivery': 5,
  'stands-still': 5,
  'queue-gone': 4,
  'database-stalls': 3,
  'connections-cut': 3,
  'killed-at-an-edge': 2,
  'worker-cut-off': 2,
  'half-open': 2,
  'everything-at-random': 5,
  'killed-every-second': 4,
};

/** Jest's order of files: the longest first, so that none is left alone at the end. */
// oxlint-disable-next-line import/no-default-export -- jest asks for one
export default class LongestFirst {
  sort(tests) {
    return [...tests].toSorted((one, other) => minutesOf(other.path) - minutesOf(one.path));
  }

  shard(tests) {
    return tests;
  }

  allFailedTests(tests) {
    return tests;
  }

  cacheResults() {}
}

function minutesOf(path) {
  const [, minutes = 0] = Object.entries(MINUTES).find(([part]) => path.includes(part)) ?? [];
  return minutes;
}
