import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** This checkout. */
export const ROOT = process.cwd();

export interface Checkout {
  root: string;
  /** Writes a file, its folders included. */
  write(path: string, content: string): void;
  remove(): void;
}

/** An empty folder of its own, with the scripts of this checkout and a package.json without dependencies. */
export function createCheckout(): Checkout {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'openclaw checkout-')));
  const checkout: Checkout = {
    root,
    write(path, content) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
  cpSync(join(ROOT, 'scripts'), join(root, 'scripts'), { recursive: true });
  cpSync(join(ROOT, '.swcrc'), join(root, '.swcrc'));
  writeManifest(checkout, {});
  return checkout;
}

/** Writes package.json and the lock file for dependencies that are folders of the checkout: `{name: folder}`. */
export function writeManifest(checkout: Checkout, dependencies: Record<string, string>): void {
  const specifiers = Object.fromEntries(Object.entries(dependencies).map(([name, folder]) => [name, `file:${folder}`]));
  const own = { name: 'checkout', version: '1.0.0', dependencies: specifiers };
  const manifest = { ...own, type: 'module', engines: { node: '>=20.19.0' }, allowScripts: { 'better-sqlite3': true } };
  const packages: Record<string, object> = { '': own };
  for (const [name, folder] of Object.entries(dependencies)) {
    packages[`node_modules/${name}`] = { resolved: folder, link: true };
    packages[folder] = { version: '1.0.0' };
  }
  checkout.write('package.json', JSON.stringify(manifest));
  checkout.write(
    'package-lock.json',
    JSON.stringify({ name: 'checkout', version: '1.0.0', lockfileVersion: 3, requires: true, packages }),
  );
}

/** What `npm ci` leaves behind, with the packages that the scripts use. */
export function installByHand(checkout: Checkout): void {
  checkout.write('node_modules/.package-lock.json', JSON.stringify({ lockfileVersion: 3, packages: {} }));
  for (const name of ['@swc', 'pino-pretty', 'rolldown', 'vite']) {
    symlinkSync(join(ROOT, 'node_modules', name), join(checkout.root, 'node_modules', name));
  }
}
