import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { CalendarRangeError, calendarOf, isWorkingDay, nextWorkingDay } from './business-calendar.js';
import { dayAfter } from './civil-date.js';

// `npm run soak` asks for many more; fast-check prints the seed of a failure.
fc.configureGlobal({ numRuns: Number(process.env['SLUIS_PROPERTY_RUNS'] ?? 500) });

const calendar = calendarOf({
  code: 'TEST',
  fromYear: 2023,
  toYear: 2024,
  holidays: {
    '2023-12-25': 'Kerstmis',
    '2024-01-01': 'Nieuwjaar',
    '2024-04-01': 'Paasmaandag',
    '2024-05-09': 'O.L.H. Hemelvaart',
    '2024-11-11': 'Wapenstilstand',
  },
});

describe('working days', () => {
  it.each([
    ['2024-02-28', true, '2024-02-28'], // Wednesday
    ['2024-02-29', true, '2024-02-29'], // leap day, Thursday
    ['2024-03-01', true, '2024-03-01'], // Friday
    ['2024-03-02', false, '2024-03-04'], // Saturday
    ['2024-03-03', false, '2024-03-04'], // Sunday
    ['2024-03-30', false, '2024-04-02'], // Saturday before Easter Monday
    ['2024-04-01', false, '2024-04-02'], // Easter Monday
    ['2024-05-09', false, '2024-05-10'], // a Thursday holiday; bridging days do not count
    ['2023-12-30', false, '2024-01-02'], // across the year end
    ['2023-12-31', false, '2024-01-02'],
    ['2024-12-31', true, '2024-12-31'], // last day of the table, Tuesday
  ])('%s works: %p, next %s', (date, works, next) => {
    expect(isWorkingDay(date, calendar)).toBe(works);
    expect(nextWorkingDay(date, calendar)).toBe(next);
  });

  it.each(['2022-12-31', '2025-01-01', '2025-01-04'])('throws for %s, outside the table', (date) => {
    expect(() => isWorkingDay(date, calendar)).toThrow(CalendarRangeError);
    expect(() => nextWorkingDay(date, calendar)).toThrow(CalendarRangeError);
  });

  it('says what is wrong and what would be right', () => {
    expect(() => isWorkingDay('2025-01-01', calendar)).toThrow(
      '2025-01-01 lies outside the holiday calendar TEST, which knows the years 2023 to 2024; take a date within them or add the holidays of 2025 to it',
    );
  });

  it('throws where the search leaves the table', () => {
    const upTo2023 = calendarOf({
      code: 'X',
      fromYear: 2023,
      toYear: 2023,
      holidays: { '2023-12-25': 'Kerstmis' },
    });
    expect(() => nextWorkingDay('2023-12-30', upTo2023)).toThrow(CalendarRangeError);
  });

  it('moves only over days that do not work, to one that does', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 720 }), (days) => {
        const from = new Date(Date.UTC(2023, 0, 1 + days)).toISOString().slice(0, 10);
        const to = nextWorkingDay(from, calendar);
        expect(isWorkingDay(to, calendar)).toBe(true);
        for (let date = from; date < to; date = dayAfter(date))
          expect(isWorkingDay(date, calendar)).toBe(false);
      }),
    );
  });

  it('knows weekends by the day number, before 1970 too', () => {
    const early = calendarOf({
      code: 'X',
      fromYear: 1969,
      toYear: 1970,
      holidays: { '1969-01-01': 'a', '1970-01-01': 'b' },
    });
    for (let date = '1969-01-02'; date < '1970-01-01'; date = dayAfter(date)) {
      const weekday = new Date(`${date}T00:00:00Z`).getUTCDay();
      expect(isWorkingDay(date, early)).toBe(weekday !== 0 && weekday !== 6);
    }
  });
});

describe('calendarOf', () => {
  const right = { code: 'X', fromYear: 2023, toYear: 2023, holidays: { '2023-01-01': 'Nieuwjaar' } };

  it('keeps dates and names', () => {
    expect([...calendarOf(right).holidays]).toEqual([['2023-01-01', 'Nieuwjaar']]);
  });

  it.each([
    [null, 'a holiday calendar is a map, not null'],
    [[], 'a holiday calendar is a map, not a list'],
    [{ ...right, code: 1 }, 'a holiday calendar has a code'],
    [{ ...right, toYear: 2022 }, 'runs from 2023 to 2022'],
    [{ ...right, fromYear: '2023' }, 'runs from "2023" to 2023'],
    [{ ...right, toYear: 2024 }, 'lists no holidays for 2024'],
    [{ ...right, holidays: ['2023-01-01'] }, 'are a map of dates to names, not a list'],
    [{ ...right, holidays: { '2023-02-29': 'x' } }, 'February 2023 has 28 days'],
    [{ ...right, holidays: { '2024-01-01': 'x' } }, '2024-01-01 lies outside its years 2023 to 2023'],
    [{ ...right, holidays: { '2023-01-01': '' } }, 'the holiday of 2023-01-01 needs a name'],
  ])('refuses %p', (data, sentence) => {
    expect(() => calendarOf(data)).toThrow(sentence);
  });
});
