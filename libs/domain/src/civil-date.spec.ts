import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';

import {
  type MonthRule,
  addPeriod,
  dayAfter,
  daysBetween,
  parseCivilDate,
  parseMonthDay,
  parsePeriod,
  yearlyDate,
} from './civil-date.js';

// `npm run soak` asks for many more; fast-check prints the seed of a failure.
fc.configureGlobal({ numRuns: Number(process.env['SLUIS_PROPERTY_RUNS'] ?? 500) });

/** Days from 1900-01-01 to 2999-12-31, as Temporal counts them: an independent second opinion. */
const dates = fc
  .integer({ min: 0, max: 401_767 })
  .map((days) => Temporal.PlainDate.from('1900-01-01').add({ days }).toString());

describe('parseCivilDate', () => {
  it.each(['2024-02-29', '2000-02-29', '2023-02-28', '2023-12-31', '2024-01-01', '1900-01-01', '2999-12-31'])(
    'reads %s',
    (text) => {
      expect(parseCivilDate(text)).toEqual({ value: text });
    },
  );

  it.each([
    ['2023-02-29', '"2023-02-29" is not a day of the calendar; February 2023 has 28 days'],
    ['2024-02-30', '"2024-02-30" is not a day of the calendar; February 2024 has 29 days'],
    ['2100-02-29', '"2100-02-29" is not a day of the calendar; February 2100 has 28 days'],
    ['2023-04-31', '"2023-04-31" is not a day of the calendar; April 2023 has 30 days'],
    ['2023-12-32', '"2023-12-32" is not a day of the calendar; December 2023 has 31 days'],
    ['2023-01-00', '"2023-01-00" is not a day of the calendar; the days of January 2023 run from 01 to 31'],
    ['2023-13-01', '"2023-13-01" is not a day of the calendar; months run from 01 to 12'],
    ['2023-00-01', '"2023-00-01" is not a day of the calendar; months run from 01 to 12'],
    ['0203-01-01', '"0203-01-01" lies in the year 0203; years from 1900 to 2999 are possible'],
    ['28/02/2024', '"28/02/2024" is not a date; write it as YYYY-MM-DD, for example "2024-02-29"'],
    ['2024-2-1', '"2024-2-1" is not a date; write it as YYYY-MM-DD, for example "2024-02-29"'],
    [
      '2024-02-01T00:00',
      '"2024-02-01T00:00" is not a date; write it as YYYY-MM-DD, for example "2024-02-29"',
    ],
    ['2024-02-01\n', '"2024-02-01\\n" is not a date; write it as YYYY-MM-DD, for example "2024-02-29"'],
    [2024, '2024 is not a date; write it as YYYY-MM-DD, for example "2024-02-29"'],
    [new Date(0), 'an object is not a date; write it as YYYY-MM-DD, for example "2024-02-29"'],
    [null, 'null is not a date; write it as YYYY-MM-DD, for example "2024-02-29"'],
  ])('refuses %p', (input, sentence) => {
    expect(parseCivilDate(input)).toEqual({ fault: sentence });
  });
});

describe('days of every year', () => {
  it.each(['02-28', '02-29', '12-31', '01-01'])('reads %s', (text) => {
    expect(parseMonthDay(text)).toEqual({ value: text });
  });

  it.each([
    ['02-30', '"02-30" is not a day of the year; February has 29 days'],
    ['04-31', '"04-31" is not a day of the year; April has 30 days'],
    ['13-01', '"13-01" is not a day of the year; months run from 01 to 12'],
    ['2-28', '"2-28" is not a day of the year; write it as MM-DD, for example "02-28"'],
    [228, '228 is not a day of the year; write it as MM-DD, for example "02-28"'],
  ])('refuses %p', (input, sentence) => {
    expect(parseMonthDay(input)).toEqual({ fault: sentence });
  });

  it.each([
    [2024, '02-28', '2024-02-28'],
    [2024, '02-29', '2024-02-29'],
    [2023, '02-29', '2023-02-28'],
    [2100, '02-29', '2100-02-28'],
    [2023, '12-31', '2023-12-31'],
  ])('in %p, %s is %s', (year, monthDay, date) => {
    expect(yearlyDate(year, monthDay)).toBe(date);
  });

  it('throws for a day that no year has', () => {
    expect(() => yearlyDate(2024, '02-30')).toThrow(RangeError);
  });
});

describe('parsePeriod', () => {
  it.each([
    ['P30D', 'P30D'],
    ['P2M', 'P2M'],
    ['P1Y', 'P1Y'],
    ['P2W', 'P2W'],
    ['P1Y6M', 'P1Y6M'],
    ['P1Y2M3W4D', 'P1Y2M3W4D'],
    ['P0D', 'P0D'],
    ['P0M', 'P0D'],
    ['P07D', 'P7D'],
    ['P0Y30D', 'P30D'],
    ['P100Y', 'P100Y'],
  ])('reads %s as %s', (text, period) => {
    expect(parsePeriod(text)).toEqual({ value: period });
  });

  it.each([
    ['PT12H', 'has a part of a day'],
    ['P1DT1H', 'has a part of a day'],
    ['-P7D', 'carries a sign; write the period without one'],
    ['+P7D', 'carries a sign'],
    ['P-7D', 'carries a sign'],
    ['P1.5M', 'has a fraction'],
    ['P1,5M', 'has a fraction'],
    ['P101Y', 'is too long; a period has at most 100 years'],
    ['P1201M', 'is too long'],
    [`P${'9'.repeat(400)}D`, 'is too long'],
    ['P', 'is not a period'],
    ['', 'is not a period'],
    ['30D', 'is not a period'],
    ['p30d', 'is not a period'],
    ['P6M1Y', 'is not a period'],
    ['2024-01-01', 'is not a period'],
    ['30 days', 'is not a period'],
    [30, 'is not a period'],
    [undefined, 'is not a period'],
  ])('refuses %p', (input, sentence) => {
    expect(parsePeriod(input)).toEqual({ fault: expect.stringContaining(sentence) });
  });
});

describe('addPeriod', () => {
  it.each<[string, string, 1 | -1, string]>([
    ['2023-01-31', 'P1M', 1, '2023-02-28'],
    ['2024-01-31', 'P1M', 1, '2024-02-29'],
    ['2023-02-28', 'P1M', 1, '2023-03-28'],
    ['2024-02-29', 'P1Y', 1, '2025-02-28'],
    ['2024-02-29', 'P4Y', 1, '2028-02-29'],
    ['2096-02-29', 'P4Y', 1, '2100-02-28'],
    ['2023-12-31', 'P2M', 1, '2024-02-29'],
    ['2023-12-31', 'P1D', 1, '2024-01-01'],
    ['2023-12-15', 'P1M', 1, '2024-01-15'],
    ['2024-03-31', 'P1M', -1, '2024-02-29'],
    ['2024-01-15', 'P1M', -1, '2023-12-15'],
    ['2024-01-31', 'P2M', -1, '2023-11-30'],
    ['2024-01-01', 'P1D', -1, '2023-12-31'],
    ['2024-02-28', 'P2W', -1, '2024-02-14'],
    ['2024-02-28', 'P30D', -1, '2024-01-29'],
    ['2023-01-31', 'P1M1D', 1, '2023-03-01'],
    ['2023-03-31', 'P1M1D', -1, '2023-02-27'],
    ['2024-12-31', 'P1Y6M', 1, '2026-06-30'],
    ['2024-02-29', 'P0D', 1, '2024-02-29'],
  ])('%s with %s (%p) is %s', (date, period, sign, result) => {
    expect(addPeriod(date, period, sign)).toBe(result);
  });

  it.each<[string, string, 1 | -1, MonthRule, string]>([
    // Judicial Code art. 54: from the Nth to the day before the Nth.
    ['2024-01-15', 'P1M', 1, 'day-before-ordinal', '2024-02-14'],
    ['2024-01-01', 'P1M', 1, 'day-before-ordinal', '2024-01-31'],
    ['2023-01-01', 'P1Y', 1, 'day-before-ordinal', '2023-12-31'],
    ['2024-02-01', 'P1M', 1, 'day-before-ordinal', '2024-02-29'],
    ['2023-01-28', 'P1M', 1, 'day-before-ordinal', '2023-02-27'],
    ['2023-01-29', 'P1M', 1, 'day-before-ordinal', '2023-02-28'],
    ['2023-01-31', 'P1M', 1, 'day-before-ordinal', '2023-02-28'],
    ['2024-01-29', 'P1M', 1, 'day-before-ordinal', '2024-02-28'],
    ['2024-02-29', 'P1Y', 1, 'day-before-ordinal', '2025-02-28'],
    ['2024-03-15', 'P1M', -1, 'day-before-ordinal', '2024-02-15'],
    ['2024-01-15', 'P10D', 1, 'day-before-ordinal', '2024-01-25'],
    ['2024-01-15', 'P0M', 1, 'day-before-ordinal', '2024-01-15'],
    // The last day of a month stays the last day.
    ['2023-02-28', 'P1M', 1, 'month-end-sticky', '2023-03-31'],
    ['2024-02-28', 'P1M', 1, 'month-end-sticky', '2024-03-28'],
    ['2024-02-29', 'P1M', 1, 'month-end-sticky', '2024-03-31'],
    ['2024-04-30', 'P1M', -1, 'month-end-sticky', '2024-03-31'],
    ['2023-02-28', 'P1Y', 1, 'month-end-sticky', '2024-02-29'],
    ['2023-01-30', 'P1M', 1, 'month-end-sticky', '2023-02-28'],
    ['2024-02-29', 'P1D', 1, 'month-end-sticky', '2024-03-01'],
  ])('%s with %s (%p) by %s is %s', (date, period, sign, rule, result) => {
    expect(addPeriod(date, period, sign, rule)).toBe(result);
  });

  it('throws for what is no date or period', () => {
    expect(() => addPeriod('2023-02-29', 'P1M', 1)).toThrow(RangeError);
    expect(() => addPeriod('2023-02-28', 'PT1H', 1)).toThrow(RangeError);
    expect(() => addPeriod('9999-12-31', 'P1D', 1)).toThrow(RangeError);
  });

  it('counts like Temporal under same-date, forwards and back', () => {
    const counts = fc.record({ years: fc.nat(90), months: fc.nat(30), weeks: fc.nat(60), days: fc.nat(900) });
    fc.assert(
      fc.property(dates, counts, fc.constantFrom<1 | -1>(1, -1), (date, span, sign) => {
        const period = `P${span.years}Y${span.months}M${span.weeks}W${span.days}D`;
        const from = Temporal.PlainDate.from(date);
        const expected = sign === 1 ? from.add(span) : from.subtract(span);
        expect(addPeriod(date, period, sign)).toBe(expected.toString());
      }),
    );
  });

  it('ends, by the day before the ordinal, at most a day before the same date and never after it', () => {
    fc.assert(
      fc.property(dates, fc.integer({ min: 1, max: 600 }), (date, months) => {
        const sameDate = addPeriod(date, `P${months}M`, 1);
        const dayBefore = addPeriod(date, `P${months}M`, 1, 'day-before-ordinal');
        const dayExists = sameDate.slice(8) === date.slice(8);
        expect(daysBetween(dayBefore, sameDate)).toBe(dayExists ? 1 : 0);
      }),
    );
  });
});

describe('dayAfter and daysBetween', () => {
  it.each([
    ['2023-02-28', '2023-03-01'],
    ['2024-02-28', '2024-02-29'],
    ['2024-02-29', '2024-03-01'],
    ['2023-12-31', '2024-01-01'],
    ['2024-04-30', '2024-05-01'],
    ['2024-01-09', '2024-01-10'],
  ])('the day after %s is %s', (date, next) => {
    expect(dayAfter(date)).toBe(next);
    expect(daysBetween(date, next)).toBe(1);
    expect(daysBetween(next, date)).toBe(-1);
  });

  it.each([
    ['2024-01-01', '2025-01-01', 366],
    ['2023-01-01', '2024-01-01', 365],
    ['2024-03-30', '2024-04-01', 2],
    ['1970-01-01', '1969-12-31', -1],
  ])('from %s to %s are %p days', (from, to, days) => {
    expect(daysBetween(from, to)).toBe(days);
  });

  it('agree with Temporal on every day', () => {
    fc.assert(
      fc.property(dates, dates, (a, b) => {
        expect(dayAfter(a)).toBe(Temporal.PlainDate.from(a).add({ days: 1 }).toString());
        expect(daysBetween(a, b)).toBe(Temporal.PlainDate.from(a).until(b).days);
        expect(addPeriod(a, `P${Math.abs(daysBetween(a, b))}D`, daysBetween(a, b) < 0 ? -1 : 1)).toBe(b);
      }),
    );
  });
});
