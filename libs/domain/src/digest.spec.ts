import { describe, expect, it } from '@jest/globals';

import { CalendarRangeError } from './business-calendar.js';
import { morningOf } from './digest.js';

const calendar = {
  code: 'BE',
  fromYear: 2024,
  toYear: 2024,
  holidays: new Map([['2024-04-01', 'Easter Monday']]),
};

describe('morningOf', () => {
  it.each([
    ['2024-02-28T06:59:59.999Z', null],
    ['2024-02-28T07:00:00.000Z', '2024-02-28'],
    // After an outage the same day still has its own.
    ['2024-02-28T22:59:00.000Z', '2024-02-28'],
    // Midnight has passed in Brussels: a new day, and not yet its morning.
    ['2024-02-28T23:00:00.000Z', null],
    // A Saturday and a Sunday; Easter Monday; the Tuesday after the clocks went forward.
    ['2024-03-30T09:00:00.000Z', null],
    ['2024-03-31T09:00:00.000Z', null],
    ['2024-04-01T09:00:00.000Z', null],
    ['2024-04-02T05:59:59.999Z', null],
    ['2024-04-02T06:00:00.000Z', '2024-04-02'],
  ])('%s: %s', (now, day) => {
    expect(morningOf(now, calendar)?.day ?? null).toBe(day);
  });

  it('is at 08:00 in Brussels', () => {
    expect(morningOf('2024-02-28T12:00:00.000Z', calendar)?.at).toBe('2024-02-28T07:00:00.000Z');
    expect(morningOf('2024-07-03T12:00:00.000Z', calendar)?.at).toBe('2024-07-03T06:00:00.000Z');
  });

  it('says so where the calendar ends', () => {
    expect(() => morningOf('2025-02-28T12:00:00.000Z', calendar)).toThrow(CalendarRangeError);
  });
});
