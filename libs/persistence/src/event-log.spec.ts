import { createHash } from 'node:crypto';

import { expect, it } from '@jest/globals';

import { canonicalJson } from './canonical-json.js';
import { type ChainedEvent, hashOf } from './event-log.js';

const event = {
  stream: 'grant:REN-1',
  sequence: 8,
  type: 'reminder.sent',
  version: 1,
  data: { report: 'interim', offset: '-P7D', dueOn: '2024-02-28', to: 'stad' },
  actor: 'system',
  reason: null,
  commandId: 'due:REN-1:8',
  occurredAt: '2024-02-21T08:00:00.000Z',
  previousHash: 'ab'.repeat(32),
} as unknown as ChainedEvent;

it.each([
  ['an event', event],
  ['the first of its stream', { ...event, sequence: 1, previousHash: null }],
  ['quotes, line ends and other scripts', { ...event, reason: 'te "laat"\n€ é 漢 \u2028', actor: 'a\\b' }],
  ['nested data in any order', { ...event, data: { z: [1, null, { b: 2, a: 'x' }], a: { d: true, c: '' } } }],
] as [string, ChainedEvent][])('the hash of %s is that of the canonical JSON of its columns', (_, one) => {
  expect(hashOf(one)).toBe(createHash('sha256').update(canonicalJson(one)).digest('hex'));
});

it('the hash of an event is what it has always been, or no log on record would verify', () => {
  expect(hashOf(event)).toBe('ea600ed66b92be00c7dde0b4a436fbac1bf66ded6037424e4b3c788341bef8ff');
});
