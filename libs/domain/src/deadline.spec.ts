import { describe, expect, it } from '@jest/globals';

import { deadlineOf } from './deadline.js';

const owed = {
  status: 'expected',
  dueOn: '2024-02-28',
  late: null,
  overdue: false,
  extended: false,
} as const;

describe('the deadline of a report', () => {
  it.each([
    ['2024-02-13', 'open'],
    ['2024-02-14', 'due-soon'],
    ['2024-02-28', 'due-soon'],
    ['2024-02-29', 'overdue'],
  ])('on %s is %s while the report is owed', (today, state) => {
    expect(deadlineOf(owed, today)).toEqual({ state, extended: false });
    expect(deadlineOf({ ...owed, status: 'returned', late: true }, today).state).toBe(state);
  });

  it('is overdue once its event says so, whatever the day', () => {
    expect(deadlineOf({ ...owed, overdue: true }, '2024-02-01').state).toBe('overdue');
  });

  it.each(['submitted', 'accepted', 'waived'] as const)('is met, in time or late, once %s', (status) => {
    expect(deadlineOf({ ...owed, status, late: false }, '2024-03-01').state).toBe('met');
    expect(deadlineOf({ ...owed, status, late: true, overdue: true }, '2024-03-01').state).toBe('met-late');
  });

  it('is met where the report was waived unseen, and says beside it that it was extended', () => {
    const waived = { ...owed, status: 'waived', overdue: true, extended: true } as const;
    expect(deadlineOf(waived, '2024-03-01')).toEqual({ state: 'met', extended: true });
  });
});
