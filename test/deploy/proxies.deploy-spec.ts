import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ROOT, TOKEN } from '../programs.js';
import { Machine, PREFIX } from './machine.js';

const SITE = 'https://tasks.example.org';
/** Addresses that this machine and the client have on the loopback, which stand for the internet's. */
const CLIENT = '203.0.113.7';
const CA = '/home/ada/root.pem';

const PROXIES = {
  caddy: `
    mkdir -p /etc/systemd/system/caddy.service.d
    printf '[Service]\\nEnvironment=SITE=tasks.example.org "SITE_TLS=tls internal"\\n' \\
      >/etc/systemd/system/caddy.service.d/openclaw.conf
    install -m 0644 ${PREFIX}/deploy/caddy/Caddyfile /etc/caddy/Caddyfile
    SITE=tasks.example.org SITE_TLS='tls internal' caddy validate --config /etc/caddy/Caddyfile --adapter caddyfile
    systemctl daemon-reload
    systemctl start caddy
    until curl -sf --cacert /var/lib/caddy/.local/share/caddy/pki/authorities/local/root.crt ${SITE}/health/live; do sleep 0.2; done
    install -o ada -m 0644 /var/lib/caddy/.local/share/caddy/pki/authorities/local/root.crt ${CA}`,
  nginx: `
    mkdir /etc/ssl/openclaw && cd /etc/ssl/openclaw
    openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 1 -subj '/CN=throw-away authority' \\
      -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign
    openssl req -newkey rsa:2048 -nodes -keyout privkey.pem -out site.csr -subj '/CN=tasks.example.org'
    printf 'subjectAltName=DNS:tasks.example.org' >san
    openssl x509 -req -in site.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 1 -extfile san -out fullchain.pem
    install -o ada -m 0644 ca.pem ${CA}
    rm -f /etc/nginx/sites-enabled/default
    install -m 0644 ${PREFIX}/deploy/nginx/openclaw.conf /etc/nginx/conf.d/
    nginx -t
    systemctl start nginx`,
};

describe.each(['caddy', 'nginx'] as const)('behind %s', (proxy) => {
  let machine: Machine;
  const curl = (path: string, options = '') =>
    machine.run(
      `curl -sS --interface ${CLIENT} --cacert ${CA} -H 'Authorization: Bearer ${TOKEN}' ${options} '${SITE}${path}'`,
    );
  const call = async (path: string, body?: object, options = '') => {
    const data = body === undefined ? '' : `-H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
    return JSON.parse(await curl(path, `${data} ${options}`));
  };

  beforeAll(async () => {
    machine = await Machine.boot();
    await machine.run(`
      echo '127.0.0.1 tasks.example.org' >>/etc/hosts
      ip address add ${CLIENT}/32 dev lo
      useradd --system --home-dir /var/lib/openclaw-worker openclaw
      useradd --create-home --shell /bin/bash ada
      install -d -m 0755 /etc/openclaw-worker
      (umask 077; printf 'WORKER_TOKEN=${TOKEN}\\nTRUST_PROXY=loopback\\n' >/etc/openclaw-worker/api.env)
      install -m 0644 ${PREFIX}/deploy/systemd/openclaw-api.service /etc/systemd/system/
      systemctl daemon-reload
      systemctl start openclaw-api
      ${PROXIES[proxy]}`);
  });
  afterAll(() => machine.end());

  it('a task runs on a real worker that trusts only this authority', async () => {
    await machine.run(
      `mkdir -p ~/.config/openclaw-worker; umask 077
       printf '%s\\n' WORKER_TOKEN=${TOKEN} WORKER_URL=${SITE} WORKER_NAME=box NODE_EXTRA_CA_CERTS=${CA} \\
         >~/.config/openclaw-worker/worker.env`,
      'ada',
    );
    await machine.run(`systemd-run --unit=box --uid=ada --setenv=HOME=/home/ada ${PREFIX}/deploy/run worker`);
    const record = await call('/tasks?wait=60000', { command: 'sleep 2; id -un', timeout: 60_000 });
    expect(record).toMatchObject({ status: 'completed', stdout: 'ada\n', worker: 'box' });
  });

  it('the audit shows the address of the client, whatever it says of itself', async () => {
    const { taskId } = await call('/tasks', { command: 'true' }, "-H 'X-Forwarded-For: 198.51.100.66'");
    const { items } = await call(`/audit?action=task.submitted&taskId=${taskId}`);
    expect(items).toEqual([expect.objectContaining({ ip: CLIENT })]);
  });

  it('a body of 20 MiB passes, as a report of a worker may have', async () => {
    const body = `{ printf '{"taskId":"01a20768-4a0d-7159-a4d6-b2c7f7d9a6e1","stdout":"'; head -c 20971520 /dev/zero | tr '\\0' x; printf '"}'; } >~/body`;
    await machine.run(body);
    const answer = await call('/worker/result', undefined, "-H 'Content-Type: application/json' --data-binary @body");
    expect(answer).toMatchObject({ status: 404, code: 'task_not_found' });
  });

  it('the beginning of a stream arrives before its end is sent', async () => {
    await machine.run(`
      systemctl stop box openclaw-api
      systemd-run --unit=stand-in node ${PREFIX}/test/deploy/streaming-stand-in.mjs`);
    await machine.until(`ss -Htln 'sport = :3456' | grep -q .`);
    await machine.run(
      `systemd-run --unit=reader -p StandardOutput=file:/root/stream curl -sSN --cacert ${CA} ${SITE}/stream`,
    );
    await machine.until('grep -qx first /root/stream');
    expect(await machine.run('cat /root/stream')).toBe('first\n');
    await curl('/release');
    await machine.until('grep -qx last /root/stream');
  });
});

describe('the time limits', () => {
  const nginx = readFileSync(join(ROOT, 'deploy/nginx/openclaw.conf'), 'utf8');

  it.each(['proxy_read_timeout', 'send_timeout'])("nginx's %s is above the longest wait of a client, 300 s", (name) => {
    expect(Number(nginx.match(new RegExp(`^ *${name} (\\d+)s;`, 'm'))?.[1])).toBeGreaterThan(300);
  });

  it('Caddy has none on an answer', () => {
    const caddy = readFileSync(join(ROOT, 'deploy/caddy/Caddyfile'), 'utf8');
    expect(caddy).not.toMatch(/^\s*(response_header_timeout|read_timeout|write_timeout|write|read_body) /m);
  });
});
