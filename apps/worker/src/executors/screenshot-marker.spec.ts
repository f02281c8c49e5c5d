import { describe, expect, it } from '@jest/globals';
import { screenshotIn } from './screenshot-marker.js';

describe('screenshotIn', () => {
  it.each([
    ['SCREENSHOT: /tmp/a.png', '/tmp/a.png'],
    ['taken\nSCREENSHOT: /tmp/a b.png \r\ndone\n', '/tmp/a b.png'],
    ['SCREENSHOT: /tmp/1.png\nSCREENSHOT: /tmp/2.png\n', '/tmp/2.png'],
    ['say SCREENSHOT: /tmp/a.png', undefined],
    ['SCREENSHOT: none', undefined],
    [`SCREENSHOT: /${'x'.repeat(4096)}`, undefined],
    ['SCREENSHOT: ', undefined],
    ['', undefined],
  ])('finds in %j %j', (stdout, screenshotPath) => {
    expect(screenshotIn({ stdout, stderr: '' }).screenshotPath).toBe(screenshotPath);
  });

  it('looks at the errors when standard output names none', () => {
    expect(screenshotIn({ stdout: 'x', stderr: 'SCREENSHOT: /e.png' })).toEqual({ screenshotPath: '/e.png' });
    expect(screenshotIn({ stdout: 'SCREENSHOT: /o.png', stderr: 'SCREENSHOT: /e.png' })).toEqual({
      screenshotPath: '/o.png',
    });
  });
});
