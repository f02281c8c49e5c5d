import { shared } from './jest.config.mjs';

/** What needs systemd, nginx, Caddy and pm2 on the machine: `npm run test:deploy`. */
export default {
  ...shared,
  testTimeout: 300_000,
  testMatch: ['<rootDir>/test/deploy/**/*.deploy-spec.ts'],
};
