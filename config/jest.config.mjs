import { join } from 'node:path';

// Jest 30 on ES modules: start it through `npm run jest` or `npm test`, which pass --experimental-vm-modules.
// Why Jest and not another runner: docs/decisions/0001-esm-and-jest.md.

/** What every project needs to run the TypeScript sources as ES modules, decorators included. */
const sources = {
  rootDir: join(import.meta.dirname, '..'),
  testEnvironment: 'node',
  // package.json "imports" lead to the sources under this condition, to dist under any other.
  testEnvironmentOptions: { customExportConditions: ['sluis-source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  // A relative './plan.js' is written for the compiled file; on the sources it is './plan.ts'.
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': ['$1.ts', '$1.js'] },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.sluis/'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/dist/', '<rootDir>/apps/web/'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
          keepClassNames: true,
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
};

const project = (displayName, ...testMatch) => ({ ...sources, displayName, testMatch });

export default {
  // A hang is a failure, a busy machine is not.
  testTimeout: 90_000,
  // Modules of a finished file are not always freed under vm modules: a worker that grew is replaced.
  workerIdleMemoryLimit: '1GB',
  projects: [
    project('domain', '<rootDir>/libs/domain/src/**/*.spec.ts'),
    {
      ...project('code', '<rootDir>/{libs,apps,config}/**/*.spec.ts'),
      testPathIgnorePatterns: [...sources.testPathIgnorePatterns, '<rootDir>/libs/domain/'],
    },
    ...['integration', 'scenarios', 'e2e', 'browser', 'chaos'].map((name) =>
      project(name, `<rootDir>/test/${name}/**/*.spec.ts`),
    ),
    // Not part of `npm test`: a measurement beside other work measures the other work.
    project('bench', '<rootDir>/test/bench/**/*.bench.ts'),
  ],
};
