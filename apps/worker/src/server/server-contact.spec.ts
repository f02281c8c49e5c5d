import { beforeEach, describe, expect, it } from '@jest/globals';
import { ManualPacing } from '../testing/manual-pacing.js';
import { memoryLog } from '../testing/memory-log.js';
import { ApiError, type ApiErrorKind } from './api-error.js';
import { ServerContact } from './server-contact.js';

const URL = 'http://tasks.example.com';

let pacing: ManualPacing;
let log: ReturnType<typeof memoryLog>;
let contact: ServerContact;

const down = (message = 'ECONNREFUSED') => new ApiError('network', message);
const told = () => [...log.messages('info'), ...log.messages('warn'), ...log.messages('error')];

beforeEach(() => {
  pacing = new ManualPacing(1);
  log = memoryLog();
  contact = new ServerContact({ url: URL, workerName: 'mac' }, pacing, log.logger);
});

describe('ServerContact', () => {
  it('tells the begin and the end of an outage, each once', () => {
    contact.failed('poll', down());
    contact.failed('report', down());
    contact.failed('poll', new ApiError('server', 'HTTP 503: shutting down'));
    contact.failed('poll', down('ETIMEDOUT'));
    expect(log.messages('warn')).toEqual([`cannot reach ${URL}: ECONNREFUSED; trying on`]);
    pacing.advance(12_345);
    contact.succeeded('poll');
    expect(log.messages('info')).toEqual([]);
    contact.succeeded('report');
    contact.succeeded('poll');
    expect(log.messages('info')).toEqual([`${URL} reached again after 12 s`]);
    expect(told()).toHaveLength(2);
  });

  it('tells a second outage again', () => {
    contact.failed('poll', down());
    contact.succeeded('poll');
    contact.failed('poll', down());
    expect(log.messages('warn')).toHaveLength(2);
  });

  it('says nothing as long as all goes well', () => {
    contact.succeeded('poll');
    expect(told()).toEqual([]);
  });

  it('wakes the call that waits when the other gets through', () => {
    const woken: string[] = [];
    contact.watch('poll', () => woken.push('poll'));
    contact.watch('report', () => woken.push('report'));
    contact.succeeded('report');
    contact.failed('poll', down());
    contact.succeeded('report');
    expect(woken).toEqual(['poll']);
    contact.failed('report', down());
    contact.succeeded('poll');
    expect(woken).toEqual(['poll', 'report']);
    contact.succeeded('poll');
    expect(woken).toEqual(['poll', 'report']);
  });

  it('backs off further with each failure of a call, and starts over when it succeeds', () => {
    expect([contact.failed('poll', down()), contact.failed('poll', down())]).toEqual([250, 500]);
    expect(contact.failed('report', down())).toBe(250);
    contact.succeeded('poll');
    expect(contact.failed('poll', down())).toBe(250);
    contact.failed('report', down());
    contact.hurry('report');
    expect(contact.failed('report', down())).toBe(250);
  });

  it('waits as long as the server asks', () => {
    expect(contact.failed('poll', new ApiError('server', 'HTTP 429', 20_000))).toBe(20_000);
  });

  it('explains a token that is not accepted, and tries on slowly', () => {
    contact.failed('poll', down());
    expect(contact.failed('poll', new ApiError('unauthorized', 'HTTP 401: a valid token is needed'))).toBe(30_000);
    contact.failed('poll', new ApiError('unauthorized', 'HTTP 401: a valid token is needed'));
    const [message, ...more] = log.messages('error');
    expect(message).toContain(URL);
    expect(message).toMatch(/compare WORKER_TOKEN with the WORKER_TOKEN of that server/);
    expect(more).toEqual([]);
  });

  it.each<[ApiErrorKind, number, RegExp]>([
    ['name_in_use', 10_000, /another worker named "mac" is online .* WORKER_NAME/],
    ['refused', 250, /check that WORKER_URL is the address of the task API/],
    ['superseded', 250, /a newer start of worker "mac"/],
  ])('explains %s', (kind, pause, text) => {
    expect(contact.failed('poll', new ApiError(kind, 'HTTP 409'))).toBe(pause);
    expect(log.messages('error')).toEqual([expect.stringMatching(text)]);
  });
});
