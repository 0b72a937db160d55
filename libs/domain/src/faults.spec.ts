import { describe, expect, it } from '@jest/globals';

import {
  Reading,
  codeUpTo,
  fieldPath,
  flag,
  itemPath,
  nearest,
  oneOf,
  textUpTo,
  wholeWithin,
} from './faults.js';

const shape = { what: 'a window', required: ['from', 'to'], optional: ['title'] };

describe('paths', () => {
  it('name fields and items, and quote what would not read as a path', () => {
    expect(fieldPath(itemPath(fieldPath('programme', 'tranches'), 1), 'share')).toBe(
      'programme.tranches[1].share',
    );
    expect(fieldPath('', 'sluis')).toBe('sluis');
    expect(fieldPath('people[0]', 'a b')).toBe('people[0]["a b"]');
    expect(fieldPath('', 'x'.repeat(1000).concat('!')).length).toBeLessThan(80);
  });
});

describe('Reading', () => {
  it('gives the fields of an object; null counts as absent', () => {
    const reading = new Reading();
    expect(reading.object('w', { from: 1, to: 2, title: null }, shape)).toEqual({ from: 1, to: 2 });
    expect(reading.faults).toEqual([]);
  });

  it('collects what is missing and what is unknown, with the nearest name', () => {
    const reading = new Reading();
    reading.object('w', { frm: 1, zzz: 2, to: null }, shape);
    expect(reading.faults).toEqual([
      {
        path: 'w.frm',
        message: '"frm" is no field of a window; did you mean "from"? Known: from, to, title',
      },
      { path: 'w.zzz', message: '"zzz" is no field of a window; Known: from, to, title' },
      { path: 'w.from', message: 'a window needs "from"' },
      { path: 'w.to', message: 'a window needs "to"' },
    ]);
  });

  it.each([[[]], ['x'], [3], [null], [undefined]])('takes %p for no object', (input) => {
    const reading = new Reading();
    expect(reading.object('', input, shape)).toBeUndefined();
    expect(reading.faults).toMatchObject([
      { path: 'file', message: expect.stringContaining('is not a window') },
    ]);
  });

  it('gives the items of a list with their paths, and none of what is no list', () => {
    const reading = new Reading();
    expect(reading.list('p', { xs: ['a'] }, 'xs', 'letters')).toEqual([{ path: 'p.xs[0]', input: 'a' }]);
    expect(reading.list('p', {}, 'xs', 'letters')).toEqual([]);
    expect(reading.faults).toEqual([]);
    expect(reading.list('p', { xs: 'a' }, 'xs', 'letters')).toEqual([]);
    expect(reading.faults).toEqual([{ path: 'p.xs', message: '"a" is not a list; write a list of letters' }]);
  });

  it('says where a name was given first', () => {
    const reading = new Reading();
    const seen = new Map<string, string>();
    for (const path of ['a', 'b', 'c']) reading.once(seen, path, 'the grant', 'X');
    expect(reading.faults.map(({ path, message }) => [path, message])).toEqual([
      ['b', 'the grant "X" is given twice, first at a; each has its own'],
      ['c', 'the grant "X" is given twice, first at a; each has its own'],
    ]);
  });

  it('stops guessing after a hundred unknown names, and lists a dozen known ones', () => {
    const reading = new Reading();
    const known = Array.from({ length: 20 }, (_, index) => `name${index}`);
    const sentences = Array.from({ length: 101 }, () => reading.unknown('is no name', 'nam1', known));
    expect(sentences[99]).toContain('did you mean "name1"?');
    expect(sentences[100]).not.toContain('did you mean');
    expect(sentences[100]).toContain('name11 and more');
    expect(reading.unknown('is no name', 'x', [])).toBe('"x" is no name; There are none');
  });
});

describe('nearest', () => {
  it.each([
    ['aproved', 'approved'],
    ['awrad', 'award'],
    ['Antwerpen', 'antwerpen'],
    ['x', null],
    ['something-else', null],
    ['a'.repeat(10_000), null],
  ])('of %s is %s', (name, found) => {
    expect(nearest(name, ['approved', 'award', 'antwerpen'])).toBe(found);
  });
});

describe('readers of single values', () => {
  it.each([
    ['a code', codeUpTo(5)('a-1.b'), { value: 'a-1.b' }],
    ['a code too long', codeUpTo(5)('abcdef'), { fault: expect.stringContaining('"abcdef" is no code') }],
    ['a code ending in a hyphen', codeUpTo(5)('ab-'), { fault: expect.stringContaining('is no code') }],
    ['a number as a code', codeUpTo(5)(2024), { fault: '2024 is not text; put the code in quotes' }],
    ['a text', textUpTo(5)('a b'), { value: 'a b' }],
    ['a blank text', textUpTo(5)('  '), { fault: expect.stringContaining('not blank') }],
    [
      'a text too long',
      textUpTo(5)('abcdef'),
      { fault: '"abcdef" has 6 characters; write a text of 1 to 5, not blank' },
    ],
    ['a list as a text', textUpTo(5)([]), { fault: 'a list is not text; put it in quotes' }],
    ['a flag', flag(false), { value: false }],
    ['a text as a flag', flag('yes'), { fault: '"yes" is neither true nor false' }],
    ['one of two', oneOf(['a', 'b'])('b'), { value: 'b' }],
    ['none of two', oneOf(['a', 'b'])('c'), { fault: '"c" is none of the possible ones: a, b' }],
    ['a whole number', wholeWithin(1, 9)(9), { value: 9 }],
    ['a fraction', wholeWithin(1, 9)(1.5), { fault: '1.5 is not a whole number from 1 to 9' }],
  ])('%s', (_, read, expected) => {
    expect(read).toEqual(expected);
  });
});
