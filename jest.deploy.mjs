// The tests of deploy/ and of docs/operate.md need root, systemd, nginx and Caddy: `npm run test:deploy`, not `npm test`.
import standard from './jest.config.mjs';

const { displayName: _, testMatch: __, ...shared } = standard.projects[0];

export default {
  ...standard,
  // Machines are booted, and programs installed, one after another.
  testTimeout: 300_000,
  maxWorkers: 1,
  projects: [{ ...shared, displayName: 'deploy', testMatch: ['<rootDir>/test/deploy/*.deploy-spec.ts'] }],
};
