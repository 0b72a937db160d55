import { describe, expect, it } from '@jest/globals';

import type { Contact } from './people.js';
import { type Deputy, type Named, inTheirStead, lookingAfter, toldOf, toldOfWork } from './who-is-told.js';

const person = (id: string): Contact => ({ id, since: '2000-01-01T00:00:00.000Z' });
const all = ['ann', 'ben', 'cor', 'dirk'].map(person);
const day = '2024-02-14';
const ids = (people: readonly Contact[]): string => people.map(({ id }) => id).join(' ');

/** `ben reports 2024-01-01 2024-06-30`; without a last day for good. */
const contact = (text: string): Named['ofGrant'][number] => {
  const [who, of, from, until] = text.split(' ') as [string, 'reports' | 'payments', string, string?];
  return { person: who, of, from, until: until ?? null };
};
/** `ben>cor 2024-02-01 2024-02-28` */
const deputy = (text: string): Deputy => {
  const [both, from, until] = text.split(' ') as [string, string, string?];
  const [who, instead] = both.split('>') as [string, string];
  return { person: who, deputy: instead, from, until: until ?? null };
};

const reports: [case_: string, grant: string[], beneficiary: string[], deputies: string[], told: string][] = [
  ['nobody is named: every person', [], [], [], 'ann ben cor dirk'],
  ['named for the beneficiary', [], ['ben reports 2024-01-01'], [], 'ben'],
  ['named for the grant comes before', ['cor reports 2024-01-01'], ['ben reports 2024-01-01'], [], 'cor'],
  [
    'several, once each',
    ['cor reports 2024-01-01', 'ann reports 2024-02-14', 'cor reports 2024-02-01'],
    [],
    [],
    'ann cor',
  ],
  ['named for something else', ['cor payments 2024-01-01'], ['ben reports 2024-01-01'], [], 'ben'],
  ['only for something else: every person', [], ['cor payments 2024-01-01'], [], 'ann ben cor dirk'],
  ['on its first day', [], ['ben reports 2024-02-14'], [], 'ben'],
  ['the day before it', [], ['ben reports 2024-02-15'], [], 'ann ben cor dirk'],
  ['on its last day', [], ['ben reports 2024-01-01 2024-02-14'], [], 'ben'],
  ['the day after it: every person', [], ['ben reports 2024-01-01 2024-02-13'], [], 'ann ben cor dirk'],
  [
    'lapsed for the grant: those of the beneficiary',
    ['cor reports 2024-01-01 2024-02-13'],
    ['ben reports 2024-01-01'],
    [],
    'ben',
  ],
  ['somebody who has left: every person', [], ['gone reports 2024-01-01'], [], 'ann ben cor dirk'],
  ['a deputy in their stead', [], ['ben reports 2024-01-01'], ['ben>cor 2024-02-01 2024-02-14'], 'cor'],
  ['the day after it is over', [], ['ben reports 2024-01-01'], ['ben>cor 2024-02-01 2024-02-13'], 'ben'],
  [
    'the deputy of the deputy',
    [],
    ['ben reports 2024-01-01'],
    ['ben>cor 2024-02-01', 'cor>dirk 2024-02-01'],
    'dirk',
  ],
  [
    'in a circle nobody is replaced',
    [],
    ['ben reports 2024-01-01'],
    ['ben>cor 2024-02-01', 'cor>ben 2024-02-01'],
    'ben',
  ],
  ['a deputy who is told anyway: once', [], [], ['ben>cor 2024-02-01'], 'ann cor dirk'],
  ['a deputy who has left: themselves', [], ['ben reports 2024-01-01'], ['ben>gone 2024-02-01'], 'ben'],
];

describe('toldOf', () => {
  it.each(reports)('%s', (_, ofGrant, ofBeneficiary, deputies, told) => {
    const named = {
      ofGrant: ofGrant.map(contact),
      ofBeneficiary: ofBeneficiary.map(contact),
      deputies: deputies.map(deputy),
    };
    expect(ids(toldOf('reports', all, named, day))).toBe(told);
  });

  it('tells nobody only where the beneficiary has nobody', () => {
    expect(
      toldOf(
        'payments',
        [],
        { ofGrant: [contact('ben payments 2024-01-01')], ofBeneficiary: [], deputies: [] },
        day,
      ),
    ).toEqual([]);
  });
});

describe('lookingAfter', () => {
  it.each([
    [null, [], 'ann ben'],
    ['ben', [], 'ben'],
    ['gone', [], 'ann ben'],
    ['ben', ['ben>ann 2024-02-01'], 'ann'],
    // A deputy who is no administrator could not act.
    ['ben', ['ben>cor 2024-02-01'], 'ben'],
    ['ben', ['ben>ann 2024-02-15'], 'ben'],
  ] as [string | null, string[], string][])('handler %s, deputies %j: %s', (handler, deputies, told) => {
    expect(ids(lookingAfter(handler, all.slice(0, 2), deputies.map(deputy), day))).toBe(told);
  });
});

describe('toldOfWork', () => {
  const approvers = all.slice(0, 3);
  it.each([
    [[], [], 'ann ben cor'],
    [['ann'], [], 'ben cor'],
    // Nobody may do it: whoever looks after the grant hears of it.
    [['ann', 'ben', 'cor'], [], 'dirk'],
    [['ann'], ['ben>cor 2024-02-01'], 'cor'],
    // The deputy did it, or may not do it either: then the person themselves.
    [['cor'], ['ben>cor 2024-02-01'], 'ann ben'],
  ] as [string[], string[], string][])('barred %j, deputies %j: %s', (barred, deputies, told) => {
    const people = toldOfWork(approvers, new Set(barred), [person('dirk')], deputies.map(deputy), day);
    expect(ids(people)).toBe(told);
  });
});

describe('inTheirStead', () => {
  it('leaves the people as they are where nobody is away', () => {
    expect(inTheirStead(all, all, [], day)).toBe(all);
    expect(ids(inTheirStead(all, all, [deputy('ben>cor 2025-01-01')], day))).toBe('ann ben cor dirk');
  });
});
