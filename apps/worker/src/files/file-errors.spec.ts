import { describe, expect, it } from '@jest/globals';
import { describeFileError, FileTaskError, FolderClosedError } from './file-errors.js';

const systemError = (code: string) => Object.assign(new Error(`${code}: what the system says`), { code });

describe('describeFileError', () => {
  it.each([
    ['ENOENT', 'there is no such file'],
    ['ENOTDIR', 'is a file, not a folder'],
    ['EACCES', 'permission denied'],
    ['EPERM', 'not permitted'],
    ['ELOOP', 'lead in a circle'],
    ['ENAMETOOLONG', 'longer than the file system allows'],
    ['ENOSPC', 'the disk is full'],
    ['EDQUOT', 'quota'],
    ['EROFS', 'read-only'],
    ['EMFILE', 'too many files are open'],
  ])('tells what %s means for the path, and what to do', (code, wrong) => {
    const sentence = describeFileError(systemError(code), 'write', '/a/"b"');

    expect(sentence).toContain('cannot write "/a/\\"b\\""');
    expect(sentence).toContain(wrong);
    expect(sentence).toMatch(new RegExp(`\\(${code}\\); \\S+`));
  });

  it('passes on what the system says of any other error', () => {
    expect(describeFileError(systemError('EXDEV'), 'edit', '/a')).toBe('cannot edit "/a": EXDEV: what the system says');
    expect(describeFileError('odd', 'edit', '/a')).toBe('cannot edit "/a": odd');
  });

  it('tells which folder takes no new file', () => {
    const sentence = describeFileError(new FolderClosedError('/a', 'EACCES'), 'write', '/a/b');

    expect(sentence).toContain('cannot write "/a/b": the folder "/a" takes no new file (EACCES)');
  });

  it('leaves a message that is a sentence already as it is', () => {
    expect(describeFileError(new FileTaskError('changed: it did'), 'edit', '/a')).toBe('changed: it did');
  });
});
