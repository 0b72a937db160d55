import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';
import Holidays from 'date-holidays';
import { parse } from 'yaml';

import { calendarOf, isWorkingDay } from '#domain/business-calendar.js';

const file = new URL('../../config/holidays/BE.yaml', import.meta.url);
const calendar = calendarOf(parse(readFileSync(file, 'utf8')));
const years = Array.from({ length: 31 }, (_, index) => 2010 + index);

/** The same day under the name that date-holidays gives it in Dutch. */
const theirName: Readonly<Record<string, string>> = {
  'O.L.H. Hemelvaart': 'Hemelvaartsdag',
  'O.L.V. Hemelvaart': 'Tenhemelopneming',
};

describe("Belgium's legal holidays", () => {
  it('cover 2010 to 2040', () => {
    expect([calendar.code, calendar.fromYear, calendar.toYear]).toEqual(['BE', 2010, 2040]);
    expect(calendar.holidays.size).toBe(310);
  });

  it.each(years)('are the ten public ones of date-holidays in %p', (year) => {
    const theirs = new Holidays('BE', { languages: ['nl'] })
      .getHolidays(year)
      .filter((holiday) => holiday.type === 'public')
      .map((holiday) => [holiday.date.slice(0, 10), holiday.name]);
    const ours = [...calendar.holidays]
      .filter(([date]) => date.startsWith(`${year}-`))
      .map(([date, name]) => [date, theirName[name] ?? name]);
    expect(ours).toHaveLength(10);
    expect(ours).toEqual(theirs);
  });

  it('are no days of the communities', () => {
    expect(isWorkingDay('2024-07-11', calendar)).toBe(true);
    expect(isWorkingDay('2024-11-15', calendar)).toBe(true);
    expect(isWorkingDay('2024-11-11', calendar)).toBe(false);
  });
});
