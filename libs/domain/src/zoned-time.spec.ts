import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';

import {
  addPeriod,
  civilDateOf,
  dayAfter,
  formatLocal,
  instantAt,
  parseMoment,
  parseTimeOfDay,
  parseTimeZone,
  startOfDay,
} from './civil-date.js';

// `npm run soak` asks for many more; fast-check prints the seed of a failure.
fc.configureGlobal({ numRuns: Number(process.env['SLUIS_PROPERTY_RUNS'] ?? 500) });

const BRUSSELS = 'Europe/Brussels';
const zones = fc.constantFrom(
  BRUSSELS,
  'UTC',
  'America/Sao_Paulo',
  'America/New_York',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Kiritimati',
);
const moments = fc
  .integer({ min: Date.parse('2000-01-01T00:00:00Z'), max: Date.parse('2045-01-01T00:00:00Z') })
  .map((ms) => new Date(ms).toISOString());
const zonedOf = (instant: string, zone: string): Temporal.ZonedDateTime =>
  Temporal.Instant.from(instant).toZonedDateTimeISO(zone);

describe('startOfDay', () => {
  it.each([
    ['2024-02-29', BRUSSELS, '2024-02-28T23:00:00.000Z'],
    ['2024-07-01', BRUSSELS, '2024-06-30T22:00:00.000Z'],
    ['2024-01-01', BRUSSELS, '2023-12-31T23:00:00.000Z'],
    ['2024-03-31', BRUSSELS, '2024-03-30T23:00:00.000Z'],
    ['2024-04-01', BRUSSELS, '2024-03-31T22:00:00.000Z'],
    ['2024-10-27', BRUSSELS, '2024-10-26T22:00:00.000Z'],
    ['2024-10-28', BRUSSELS, '2024-10-27T23:00:00.000Z'],
    ['2018-11-04', 'America/Sao_Paulo', '2018-11-04T03:00:00.000Z'], // midnight itself is skipped
    ['2011-12-30', 'Pacific/Apia', '2011-12-30T10:00:00.000Z'], // the whole day is skipped
    ['2011-12-31', 'Pacific/Apia', '2011-12-30T10:00:00.000Z'],
  ])('%s begins in %s at %s', (date, zone, instant) => {
    expect(startOfDay(date, zone)).toBe(instant);
  });

  it('throws for days and zones that do not exist', () => {
    expect(() => startOfDay('2023-02-29', BRUSSELS)).toThrow(RangeError);
    expect(() => startOfDay('2023-02-28', 'Europe/Brussel')).toThrow(RangeError);
  });
});

describe('instantAt', () => {
  it.each([
    ['2024-02-14', '09:00', BRUSSELS, '2024-02-14T08:00:00.000Z'],
    ['2024-07-14', '09:00', BRUSSELS, '2024-07-14T07:00:00.000Z'],
    ['2024-12-31', '23:59', BRUSSELS, '2024-12-31T22:59:00.000Z'],
    // The clocks go from 02:00 to 03:00: skipped times move on by the hour.
    ['2024-03-31', '01:59', BRUSSELS, '2024-03-31T00:59:00.000Z'],
    ['2024-03-31', '02:00', BRUSSELS, '2024-03-31T01:00:00.000Z'],
    ['2024-03-31', '02:30', BRUSSELS, '2024-03-31T01:30:00.000Z'],
    ['2024-03-31', '03:00', BRUSSELS, '2024-03-31T01:00:00.000Z'],
    ['2024-03-31', '09:00', BRUSSELS, '2024-03-31T07:00:00.000Z'],
    // They go back from 03:00 to 02:00: of times that come twice the first counts.
    ['2024-10-27', '01:59', BRUSSELS, '2024-10-26T23:59:00.000Z'],
    ['2024-10-27', '02:30', BRUSSELS, '2024-10-27T00:30:00.000Z'],
    ['2024-10-27', '03:00', BRUSSELS, '2024-10-27T02:00:00.000Z'],
    ['2024-10-27', '09:00', BRUSSELS, '2024-10-27T08:00:00.000Z'],
  ])('%s %s in %s is %s', (date, time, zone, instant) => {
    expect(instantAt(date, time, zone)).toBe(instant);
  });

  it('throws for times that do not exist', () => {
    expect(() => instantAt('2024-02-14', '24:00', BRUSSELS)).toThrow(RangeError);
  });

  it('agrees with Temporal in every zone', () => {
    fc.assert(
      fc.property(moments, fc.nat(1439), zones, (moment, minute, zone) => {
        const time = Temporal.PlainTime.from('00:00').add({ minutes: minute }).toString().slice(0, 5);
        const date = moment.slice(0, 10);
        const expected = Temporal.PlainDateTime.from(`${date}T${time}`).toZonedDateTime(zone);
        expect(instantAt(date, time, zone)).toBe(new Date(expected.epochMilliseconds).toISOString());
      }),
    );
  });
});

describe('civilDateOf', () => {
  it.each([
    ['2024-02-28T22:59:59.999Z', BRUSSELS, '2024-02-28'],
    ['2024-02-28T23:00:00.000Z', BRUSSELS, '2024-02-29'],
    ['2024-02-29T22:59:59.999Z', BRUSSELS, '2024-02-29'],
    ['2023-12-31T23:00:00.000Z', BRUSSELS, '2024-01-01'],
    ['2024-03-31T21:59:59.999Z', BRUSSELS, '2024-03-31'],
    ['2024-03-31T22:00:00.000Z', BRUSSELS, '2024-04-01'],
    ['2024-10-27T22:59:59.999Z', BRUSSELS, '2024-10-27'],
    ['2024-10-27T23:00:00.000Z', BRUSSELS, '2024-10-28'],
    ['2024-01-01T00:00:00.000Z', 'America/New_York', '2023-12-31'],
    ['2024-01-01T10:00:00.000Z', 'Pacific/Kiritimati', '2024-01-02'],
    ['2011-12-30T09:59:59.999Z', 'Pacific/Apia', '2011-12-29'],
    ['2011-12-30T10:00:00.000Z', 'Pacific/Apia', '2011-12-31'],
  ])('%s in %s is %s', (instant, zone, date) => {
    expect(civilDateOf(instant, zone)).toBe(date);
  });

  it('throws for text that is no uniform instant', () => {
    expect(() => civilDateOf('2024-02-28T22:59:59Z', BRUSSELS)).toThrow(RangeError);
    expect(() => civilDateOf('2024-02-28', BRUSSELS)).toThrow(RangeError);
    expect(() => civilDateOf('2024-13-28T22:59:59.000Z', BRUSSELS)).toThrow(RangeError);
  });

  it('is the day that had begun and whose next had not, and the one Temporal shows', () => {
    fc.assert(
      fc.property(moments, zones, (instant, zone) => {
        const date = civilDateOf(instant, zone);
        expect(date).toBe(zonedOf(instant, zone).toPlainDate().toString());
        expect(startOfDay(date, zone) <= instant).toBe(true);
        expect(instant < startOfDay(dayAfter(date), zone)).toBe(true);
      }),
    );
  });
});

describe('formatLocal', () => {
  it.each([
    ['2024-02-14T08:00:00.000Z', BRUSSELS, '2024-02-14T09:00:00+01:00'],
    ['2024-07-14T07:00:00.999Z', BRUSSELS, '2024-07-14T09:00:00+02:00'],
    ['2024-03-31T00:59:59.000Z', BRUSSELS, '2024-03-31T01:59:59+01:00'],
    ['2024-03-31T01:00:00.000Z', BRUSSELS, '2024-03-31T03:00:00+02:00'],
    ['2024-10-27T00:30:00.000Z', BRUSSELS, '2024-10-27T02:30:00+02:00'],
    ['2024-10-27T01:30:00.000Z', BRUSSELS, '2024-10-27T02:30:00+01:00'],
    ['2024-01-01T00:00:00.000Z', 'UTC', '2024-01-01T00:00:00+00:00'],
    ['2024-01-01T00:00:00.000Z', 'America/New_York', '2023-12-31T19:00:00-05:00'],
    ['2024-01-01T00:00:00.000Z', 'Asia/Kolkata', '2024-01-01T05:30:00+05:30'],
  ])('writes %s in %s as %s', (instant, zone, text) => {
    expect(formatLocal(instant, zone)).toBe(text);
  });

  it('writes what Temporal writes, and parseMoment takes it back to the second', () => {
    fc.assert(
      fc.property(moments, zones, (instant, zone) => {
        const text = formatLocal(instant, zone);
        const expected = zonedOf(instant, zone).toString({ smallestUnit: 'second', timeZoneName: 'never' });
        expect(text).toBe(expected);
        expect(parseMoment(text, zone)).toEqual({ value: `${instant.slice(0, 19)}.000Z` });
      }),
    );
  });
});

describe('parseMoment', () => {
  it.each([
    ['2024-02-20T16:00', '2024-02-20T15:00:00.000Z'],
    ['2024-07-20T16:00:30', '2024-07-20T14:00:30.000Z'],
    ['2024-02-20T16:00Z', '2024-02-20T16:00:00.000Z'],
    ['2024-02-20T15:00:00.000Z', '2024-02-20T15:00:00.000Z'],
    ['2024-02-20T15:00:00.5Z', '2024-02-20T15:00:00.500Z'],
    ['2024-02-20T16:00-05:00', '2024-02-20T21:00:00.000Z'],
    ['2024-02-20T16:00:00+05:30', '2024-02-20T10:30:00.000Z'],
    ['2024-01-01T00:30+01:00', '2023-12-31T23:30:00.000Z'],
    ['2024-03-31T01:59:59.999', '2024-03-31T00:59:59.999Z'],
    ['2024-03-31T03:00', '2024-03-31T01:00:00.000Z'],
    ['2024-10-27T02:30', '2024-10-27T00:30:00.000Z'],
    ['2024-10-27T02:30+01:00', '2024-10-27T01:30:00.000Z'],
  ])('reads %s', (text, instant) => {
    expect(parseMoment(text, BRUSSELS)).toEqual({ value: instant });
  });

  it.each([
    [
      '2024-03-31T02:30',
      '"2024-03-31T02:30:00" does not exist in Europe/Brussels: the clocks skip it; the time after the change is "2024-03-31T03:30:00"',
    ],
    ['2023-02-29T10:00', '"2023-02-29" is not a day of the calendar; February 2023 has 28 days'],
    [
      '2024-02-20T24:00',
      '"24:00" is not a time of day; write HH:MM from 00:00 to 23:59, for example "09:00"',
    ],
    ['2024-02-20T16:00:60', '"2024-02-20T16:00:60" has 60 seconds; they run from 00 to 59'],
    ['2024-02-20T16:00+14:01', 'the offset "+14:01" does not exist; offsets run from -14:00 to +14:00'],
    ['2024-02-20T16:00+01:60', 'the offset "+01:60" does not exist; offsets run from -14:00 to +14:00'],
  ])('refuses %p with the reason', (input, sentence) => {
    expect(parseMoment(input, BRUSSELS)).toEqual({ fault: sentence });
  });

  it.each([
    '2024-02-20',
    '2024-02-20 16:00',
    '20240220T1600',
    '2024-02-20T16',
    '2024-02-20T16:00[UTC]',
    16,
    null,
  ])('refuses %p as no moment', (input) => {
    expect(parseMoment(input, BRUSSELS)).toEqual({
      fault: expect.stringContaining('is not a moment; write it as'),
    });
  });

  it('refuses a day that a zone left out', () => {
    expect(parseMoment('2011-12-30T12:00', 'Pacific/Apia')).toEqual({
      fault: expect.stringContaining('does not exist in Pacific/Apia'),
    });
  });
});

describe('parseTimeOfDay', () => {
  it.each(['00:00', '09:00', '23:59'])('reads %s', (text) => {
    expect(parseTimeOfDay(text)).toEqual({ value: text });
  });

  it.each(['24:00', '9:00', '09:60', '09:00:00', '', 540, undefined])('refuses %p', (input) => {
    expect(parseTimeOfDay(input)).toEqual({
      fault: expect.stringContaining('is not a time of day; write HH:MM'),
    });
  });
});

describe('parseTimeZone', () => {
  it.each([
    ['Europe/Brussels', 'Europe/Brussels'],
    ['europe/brussels', 'Europe/Brussels'],
    ['UTC', 'UTC'],
    ['Asia/Kolkata', 'Asia/Kolkata'],
    ['America/Argentina/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
  ])('reads %s', (text, zone) => {
    expect(parseTimeZone(text)).toEqual({ value: zone });
    expect(startOfDay('2024-01-01', zone)).toHaveLength(24);
  });

  it.each(['Europe/Brussel', '+01:00', 'Brussels', '', ' UTC', 1, null])('refuses %p', (input) => {
    expect(parseTimeZone(input)).toEqual({
      fault: expect.stringContaining('is not a time zone; write an IANA name'),
    });
  });
});

it('remembers zone days: asking again is many times quicker than asking the time zone rules', () => {
  const days = Array.from({ length: 2000 }, (_, day) => addPeriod('2023-01-01', `P${day}D`, 1));
  const timed = (): number => {
    const before = performance.now();
    for (const day of days) civilDateOf(instantAt(day, '09:00', 'Europe/Lisbon'), 'Europe/Lisbon');
    return performance.now() - before;
  };
  const first = timed();
  const again = Math.min(timed(), timed(), timed());
  expect(again * 2).toBeLessThan(first);
});
