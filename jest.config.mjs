const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': '@swc/jest' },
  moduleNameMapper: {
    '^#contracts$': '<rootDir>/libs/contracts/src/index.ts',
    '^#contracts/dto$': '<rootDir>/libs/contracts/src/dto/index.ts',
    '^#audit-chain$': '<rootDir>/libs/audit-chain/src/index.ts',
    '^#discord$': '<rootDir>/libs/discord/src/index.ts',
    '^#client$': '<rootDir>/libs/client/src/index.ts',
    '^#version$': '<rootDir>/libs/version/src/index.ts',
    '^#memory$': '<rootDir>/libs/memory/src/index.ts',
    '^#logging$': '<rootDir>/libs/logging/src/index.ts',
    '^@nestjs/throttler$': '<rootDir>/test/throttler-for-jest.mjs',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
};

export default {
  // For a slow machine: real processes start in most tests, and none waits for time to pass. They wait for each other a lot,
  // so all cores take part.
  testTimeout: 120_000,
  maxWorkers: '100%',
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/{apps,libs}/**/*.spec.ts'] },
    { ...shared, displayName: 'e2e', testMatch: ['<rootDir>/{apps/*/test,test}/**/*.e2e-spec.ts'] },
  ],
};
