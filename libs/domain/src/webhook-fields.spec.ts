import { parseEventTypes, parseOverlapHours, parseReplayedFrom } from './webhook-fields.js';

it('reads types of events, and names the nearest of one that is none', () => {
  expect(parseEventTypes(['report.submitted', 'payout.settled'])).toEqual({
    value: ['report.submitted', 'payout.settled'],
  });
  expect(parseEventTypes([])).toEqual({ value: [] });
  expect(parseEventTypes(['report.submited'])).toEqual({
    fault: '"report.submited" is no type of event; did you mean "report.submitted"?',
  });
  for (const wrong of ['report.submitted', [5], ['report.submitted', 'report.submitted'], null])
    expect(parseEventTypes(wrong)).toHaveProperty('fault');
});

it('reads where a replay begins', () => {
  expect(parseReplayedFrom('evt_12')).toEqual({ value: { eventId: '12' } });
  expect(parseReplayedFrom('grant:REN-ANT#12')).toEqual({ value: { stream: 'grant:REN-ANT', sequence: 12 } });
  for (const wrong of ['12', 'evt_', 'evt_1234567890123456789', 'grant:#1', 'grant:A', 'grant:A#1;', 12, ''])
    expect(parseReplayedFrom(wrong)).toHaveProperty('fault');
});

it('reads hours of overlap', () => {
  expect([parseOverlapHours(0), parseOverlapHours(168)]).toEqual([{ value: 0 }, { value: 168 }]);
  for (const wrong of [-1, 169, 1.5, '24', Number.NaN])
    expect(parseOverlapHours(wrong)).toHaveProperty('fault');
});
