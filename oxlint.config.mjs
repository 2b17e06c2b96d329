// The walls of the house, and the rules every file keeps. tests/house breaks each wall once to prove that it stands.
// Why oxlint, and why its configuration is a program: docs/adr/0005-oxlint-and-typescript-7.md.
import { readFileSync } from 'node:fs';

const manifest = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

/** Our packages, and which of the others each may use: an arrow that is not here does not exist. */
const packages = {
  core: [],
  persistence: ['core'],
  queue: ['core'],
  'node-client': ['core'],
  client: ['core'],
  runtime: [],
};

/** Apps, and the packages each may use. The command line talks to the API like anyone else. */
const apps = {
  ingress: ['core', 'persistence', 'queue', 'node-client', 'runtime'],
  worker: ['core', 'persistence', 'queue', 'node-client', 'runtime'],
  standalone: ['core', 'persistence', 'runtime'],
  cli: ['core', 'client', 'runtime'],
  console: ['client'],
};

/** Libraries that only one place knows. */
const libraries = [
  { names: '@prisma/.+|pg|pg-.+|.*/generated/.+', only: 'packages/persistence', called: 'Prisma and pg' },
  { names: 'bullmq|ioredis', only: 'packages/queue', called: 'BullMQ and ioredis' },
  { names: 'undici', only: 'packages/node-client', called: 'undici' },
  { names: 'axios', only: ['packages/client', 'packages/node-client'], called: 'axios' },
  { names: 'jose', only: ['apps/ingress', 'packages/node-client'], called: 'jose' },
  { names: 'winston|logform|prom-client', only: 'packages/runtime', called: 'winston and prom-client' },
  { names: '@opentelemetry/.+', only: 'packages/runtime', called: 'OpenTelemetry' },
  {
    names: 'express|helmet|rate-limiter-flexible|@bull-board/.+',
    only: 'apps/ingress',
    called: 'Express and its company',
  },
  { names: 'react|react-dom|react-router|uplot|@tanstack/.+', only: 'apps/console', called: 'React and its company' },
];

/** The console is a page: it makes its calls as a browser does, and only says in the client's words what they answer. */
const importsOfConsole = [
  {
    regex: '^#client$',
    allowTypeImports: true,
    message: 'the console takes types from the client, and nothing that runs',
  },
];

const modulesOfCore = ['zod', 'yaml'];

function wall(place, arrows, imports = []) {
  return {
    files: [`${place}/**/*.{ts,tsx}`],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [...deepImports(place), ...missingArrows(arrows), ...librariesOfOthers(place), ...imports] },
      ],
    },
  };
}

function deepImports(place) {
  const names = Object.keys(packages).join('|');
  const message = 'another package is reached as #name, which is its index';
  const otherApps = {
    regex: `^(\\.\\./)+(apps/)?(${Object.keys(apps).join('|')})/`,
    message: 'no app imports another, but for apps/standalone, which is made of two',
  };
  return [
    { regex: `^(\\.\\./)+(packages/)?(${names}|testkit)/`, message },
    { regex: '^#[^/]+/', message },
    ...(place === 'apps/standalone' ? [] : [otherApps]),
  ];
}

function missingArrows(arrows) {
  return Object.keys(packages)
    .filter((name) => !arrows.includes(name))
    .map((name) => ({ regex: `^#${name}$`, message: `no arrow leads from here to ${name}` }))
    .concat({ regex: '^#testkit$', message: 'only tests use the test kit' });
}

function librariesOfOthers(place) {
  return libraries
    .filter(({ only }) => ![only].flat().includes(place))
    .map(({ names, only, called }) => ({
      regex: `^(${names})(/.*)?$`,
      message: `${called}: only in ${[only].flat().join(' and ')}`,
    }));
}

/** Core has rules and flows, and nothing that is different from one run to the next. */
const wallOfCore = {
  files: ['packages/core/**/*.ts'],
  rules: {
    'no-restricted-properties': [
      'error',
      { object: 'Date', property: 'now', message: 'core has no clock: take it as an argument' },
      { object: 'Math', property: 'random', message: 'core has no chance: take it as an argument' },
    ],
    'no-restricted-globals': [
      'error',
      ...['console', 'fetch', 'performance', 'process', 'setInterval', 'setTimeout'].map((name) => ({
        name,
        message: 'core has no I/O, clock, environment or logger',
      })),
    ],
  },
};

const importsOfCore = [
  {
    group: ['node:*', 'node:*/**', '!node:buffer', '!node:crypto'],
    message: 'core has no I/O, clock or environment',
  },
  ...Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })
    .filter((name) => !modulesOfCore.includes(name))
    .map((name) => ({ regex: `^${name}(/.*)?$`, message: 'core uses zod and yaml, and no other library' })),
];

/** The environment, signals and the end of a process are for the runtime. */
const wallOfTheProcess = {
  files: ['packages/**/*.ts', 'apps/**/*.{ts,tsx}'],
  excludeFiles: ['packages/runtime/**'],
  rules: {
    'no-restricted-properties': [
      'error',
      ...['env', 'on', 'once', 'exit'].map((property) => ({
        object: 'process',
        property,
        message: 'the environment, signals and the exit of a process are for packages/runtime',
      })),
    ],
  },
};

/** Tests, and what only tests use, may reach everything. */
const tests = {
  files: ['**/*.test.ts', '**/*-under-test.ts', 'packages/testkit/**/*.ts', 'tests/**/*.ts', 'bench/**/*.ts'],
  rules: {
    'no-restricted-imports': 'off',
    'no-restricted-globals': 'off',
    'no-restricted-properties': 'off',
    'no-console': 'off',
    'max-lines-per-function': 'off',
    // Text of all kinds is taken apart by code point on purpose.
    'typescript/no-misused-spread': 'off',
  },
};

export default {
  options: { typeAware: true, denyWarnings: true, reportUnusedDisableDirectives: 'error' },
  plugins: ['typescript', 'unicorn', 'oxc', 'import', 'node', 'promise', 'jest'],
  categories: { correctness: 'error', suspicious: 'error' },
  ignorePatterns: ['dist', 'data', 'packages/persistence/generated'],
  rules: {
    // What STYLE asks for beyond the two categories.
    eqeqeq: ['error', 'smart'],
    'import/no-cycle': 'error',
    'import/no-default-export': 'error',
    'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
    'no-console': 'error',
    'no-empty': 'error',
    'no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
    'no-var': 'error',
    'prefer-const': 'error',
    'typescript/ban-ts-comment': 'error',
    'typescript/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
    'typescript/no-explicit-any': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/no-non-null-assertion': 'error',
    'typescript/only-throw-error': 'error',
    'typescript/switch-exhaustiveness-check': 'error',
    'unicorn/prefer-node-protocol': 'error',

    // In the two categories, and not for us.
    'import/no-named-as-default-member': 'off',
    'import/no-unassigned-import': 'off',
    // One thing after the other is often the point: an order, a bound on what is under way.
    'no-await-in-loop': 'off',
    'no-shadow': 'off',
    // Blind to what closures change.
    'no-unmodified-loop-condition': 'off',
    // The types say the same, and know that a switch is exhaustive.
    'typescript/consistent-return': 'off',
    // Takes what is left of an unknown, once objects are ruled out, for an object.
    'typescript/no-base-to-string': 'off',
    // A parameter that only its caller names checks what is handed in.
    'typescript/no-unnecessary-type-parameters': 'off',
    'typescript/no-unsafe-type-assertion': 'off',
    'typescript/unbound-method': 'off',
    'promise/always-return': 'off',
    'promise/no-callback-in-promise': 'off',
    'unicorn/consistent-function-scoping': 'off',
    'unicorn/no-array-sort': 'off',
    // Assertions may stand in functions that tests share, and be awaited later than they are made: no-floating-promises sees to it.
    'jest/expect-expect': 'off',
    'jest/no-conditional-expect': 'off',
    'jest/no-standalone-expect': 'off',
    'jest/require-to-throw-message': 'off',
    'jest/valid-expect': 'off',
    'jest/valid-title': 'off',
  },
  overrides: [
    ...Object.entries(packages).map(([name, arrows]) =>
      wall(`packages/${name}`, arrows, name === 'core' ? importsOfCore : []),
    ),
    ...Object.entries(apps).map(([name, arrows]) =>
      wall(`apps/${name}`, arrows, name === 'console' ? importsOfConsole : []),
    ),
    {
      files: ['apps/console/**/*.{ts,tsx}'],
      plugins: ['react', 'jsx-a11y'],
      rules: {
        // The compiler brings what JSX becomes.
        'react/react-in-jsx-scope': 'off',
        // The cells of a table are functions of its rows, and no components.
        'react/no-unstable-nested-components': 'off',
        // A paragraph may be a status, and no form makes an output.
        'jsx-a11y/prefer-tag-over-role': 'off',
        // What scrolls must be reached by the keyboard: axe asks for it.
        'jsx-a11y/no-noninteractive-tabindex': 'off',
      },
    },
    wallOfTheProcess,
    wallOfCore,
    tests,
    { files: ['**/*.config.{ts,mjs}'], rules: { 'import/no-default-export': 'off' } },
  ],
};
