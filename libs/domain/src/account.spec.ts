import { describe, expect, it } from '@jest/globals';

import { testTable } from '#test/support/decision-table.js';
import { ibans } from '#test/support/domain-fixture.js';
import { active, awarded } from '#test/support/domain-stages.js';
import { commandNames, commands } from './commands.js';
import { checkAccounts } from './invariants.js';

const other = { iban: ibans[1] };

describe('every state of an account × every command on it', () => {
  testTable(
    {
      states: {
        none: () => awarded({ account: 'none' }),
        unverified: () => awarded({ account: 'unverified' }),
        verified: awarded,
      },
      commands: { 'change-account': { by: 'stad', input: other }, 'verify-account': { by: 'fien' } },
      rows: {
        none: { 'change-account': 'account.changed', 'verify-account': '✗ wrong-state' },
        unverified: { 'change-account': 'account.changed', 'verify-account': 'account.verified' },
        verified: { 'change-account': 'account.changed', 'verify-account': '✗ wrong-state' },
      },
    },
    {
      states: ['none', 'unverified', 'verified'],
      commands: commandNames.filter((name) => commands[name].on === 'beneficiary'),
    },
  );
});

describe('an account', () => {
  it('changed is unverified: a payable tranche falls back until someone else verified it', () => {
    const stage = active();
    stage.sweep();
    expect(stage.account('stad', 'change-account', other).types).toEqual([
      'account.changed',
      'tranche.planned',
    ]);
    expect(stage.give('bart', 'approve-tranche', { tranche: 1 }).refused).toEqual({
      code: 'account-not-verified',
      facts: { account: 'version 2' },
    });
    expect(stage.account('an', 'verify-account').types).toEqual(['account.verified', 'tranche.payable']);
    expect(checkAccounts(stage.accountEvents)).toEqual([]);
  });

  it('is verified by another person than entered it, whatever the plan says of four eyes', () => {
    const stage = active();
    stage.account('omni', 'change-account', other);
    expect(stage.account('omni', 'verify-account').refused).toEqual({
      code: 'four-eyes',
      facts: { who: 'omni', did: 'change-account' },
    });
    expect(stage.account('fien', 'verify-account').refused).toBeNull();
  });

  it('is changed and verified by those who may, a beneficiary its own only', () => {
    const stage = active();
    for (const by of ['gent', 'fien', 'els', 'bart', 'rek', 'op'] as const)
      expect([by, stage.account(by, 'change-account', other).refused?.code]).toEqual([by, 'not-allowed']);
    for (const by of ['stad', 'els', 'bart', 'rek', 'op'] as const)
      expect([by, stage.account(by, 'verify-account').refused?.code]).toEqual([by, 'not-allowed']);
    expect(stage.account('an', 'change-account', other).refused).toBeNull();
  });

  it('that is in force already, or is none, is invalid', () => {
    expect(active().account('stad', 'change-account', { iban: ibans[0] }).refused?.code).toBe('invalid');
    expect(active().account('stad', 'change-account', { iban: 'BE00' }).refused?.code).toBe('invalid');
    expect(active().account('stad', 'change-account', {}).refused?.facts).toMatchObject({ path: 'iban' });
  });
});
