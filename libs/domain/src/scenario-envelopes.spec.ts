import { describe, expect, it } from '@jest/globals';

import { parseScenario } from './scenario-document.js';

const file = (envelopes: unknown, award: object = {}) => ({
  sluis: 1,
  programme: { code: 'BUD', title: 'Budget', tranches: [{ no: 1, remainder: true }] },
  envelopes,
  people: [{ id: 'an', roles: ['administrator'] }],
  beneficiaries: [{ id: 'stad', name: 'Stad', kbo: '0207500123' }],
  grants: [{ code: 'G', beneficiary: 'stad', amount: '10.00', start: '2024-01-01', end: '2024-12-31' }],
  happenings: [{ at: '2023-12-11T10:00', by: 'an', do: 'award', grant: 'G', ...award }],
  until: '2024-01-31',
});
const sound = { year: 2023, article: 'A', amount: '10.00' };

function faultsOf(envelopes: unknown, award?: object): [string, string][] {
  const parsed = parseScenario(file(envelopes, award));
  return 'faults' in parsed ? parsed.faults.map(({ path, message }) => [path, message]) : [];
}

describe('envelopes of a scenario', () => {
  it('are read, and none where the file has none', () => {
    const others = [sound, { ...sound, year: 2024 }, { ...sound, article: 'B', amount: '0.00' }];
    const parsed = parseScenario(file(others, { year: 2024, article: 'A' }));
    expect(parsed).toMatchObject({
      scenario: {
        envelopes: [
          { year: 2023, article: 'A', amountCents: 1000n },
          { year: 2024, article: 'A', amountCents: 1000n },
          { year: 2023, article: 'B', amountCents: 0n },
        ],
      },
    });
    expect(parseScenario(file(undefined))).toMatchObject({ scenario: { envelopes: [] } });
  });

  it.each<[string, unknown, string, string]>([
    ['something else than a list', { year: 2023 }, 'envelopes', 'is not a list'],
    ['something else than an envelope', [2023], 'envelopes[0]', 'is not an envelope'],
    ['an unknown field', [{ ...sound, yaer: 1 }], 'envelopes[0].yaer', 'did you mean "year"?'],
    ['no amount', [{ year: 2023, article: 'A' }], 'envelopes[0].amount', 'an envelope needs "amount"'],
    ['a year as text', [{ ...sound, year: '2023' }], 'envelopes[0].year', 'is not a whole number'],
    ['a blank article', [{ ...sound, article: ' ' }], 'envelopes[0].article', 'is no budget article'],
    ['an amount as a number', [{ ...sound, amount: 10 }], 'envelopes[0].amount', 'an amount is text'],
    ['one twice', [sound, { ...sound, amount: '1.00' }], 'envelopes[1].article', 'is given twice'],
  ])('with %s are a fault', (_, envelopes, path, message) => {
    const faults = faultsOf(envelopes);
    expect(faults.map(([at]) => at)).toEqual([path]);
    expect(faults[0]?.[1]).toContain(message);
  });

  it('are those that an award may name', () => {
    expect(faultsOf([sound], { article: 'a' })).toMatchObject([
      ['happenings[0].article', expect.stringContaining('did you mean "A"?')],
    ]);
    expect(faultsOf(undefined, { article: 'A' })).toMatchObject([
      ['happenings[0].article', expect.stringContaining('There are none')],
    ]);
  });
});
