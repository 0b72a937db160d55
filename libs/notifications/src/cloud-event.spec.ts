import { Webhook } from 'standardwebhooks';

import { cloudEventOf, testEventOf } from './cloud-event.js';
import { newKey, secretOf, signatureHeaders } from './webhook-signature.js';

const event = {
  id: '1207',
  stream: 'beneficiary:antwerpen',
  sequence: 12,
  type: 'account.changed',
  data: { version: 2, iban: 'BE68539007547034' },
  actor: 'stad',
  reason: 'Ours is BE68 5390 0754 7034 now, ask jan.peeters@stad.example or <mia@stad.example>.',
  occurredAt: '2024-02-28T08:00:00.000Z',
};

describe('a CloudEvent', () => {
  it('is version 1.0 in structured JSON, with the event as the API shows it', () => {
    expect(JSON.parse(cloudEventOf('https://sluis.example', event))).toEqual({
      specversion: '1.0',
      id: 'evt_1207',
      source: 'https://sluis.example',
      type: 'account.changed',
      subject: 'beneficiary:antwerpen',
      time: '2024-02-28T08:00:00.000Z',
      sequence: '0000000012',
      datacontenttype: 'application/json',
      data: {
        stream: 'beneficiary:antwerpen',
        sequence: 12,
        type: 'account.changed',
        data: { iban: 'BE…7034', version: 2 },
        actor: 'stad',
        reason: 'Ours is [account number] now, ask [mail address] or <[mail address]>.',
        occurredAt: '2024-02-28T08:00:00.000Z',
      },
    });
  });

  it('shows no account number or mail address however deep it lies, and leaves hashes whole', () => {
    const sha256 = `be68${'5'.repeat(60)}`;
    const data = { lines: [{ note: 'to BE68539007547034', by: 'a@b.example' }], sha256 };
    const text = cloudEventOf('https://sluis.example', { ...event, data, reason: null });
    expect(text).not.toMatch(/BE68539007547034|a@b/);
    expect(text).toContain(sha256);
  });

  it('keeps the order of streams in the order of its sequence as text', () => {
    const sequences = [2, 10, 100].map(
      (sequence) => (JSON.parse(cloudEventOf('x', { ...event, sequence })) as { sequence: string }).sequence,
    );
    expect(sequences.slice().sort()).toEqual(sequences);
  });

  it('has a test of the same form', () => {
    const names = (text: string): string[] => Object.keys(JSON.parse(text) as object);
    const test = testEventOf('https://sluis.example', 'test_1', event.occurredAt);
    expect(names(test)).toEqual(names(cloudEventOf('https://sluis.example', event)));
  });
});

describe('a signature', () => {
  const body = '{"amount":"1.00","name":"Ç"}';
  const timestamp = Math.floor(Date.now() / 1000);

  it('is verified by the reference library under every secret that signs, and under no other', () => {
    const keys = [newKey(), newKey()];
    const headers = signatureHeaders({ id: 'evt_1', timestamp, body }, keys);
    for (const key of keys)
      expect(new Webhook(secretOf(key)).verify(body, { ...headers })).toEqual(JSON.parse(body));
    expect(() => new Webhook(secretOf(newKey())).verify(body, { ...headers })).toThrow(/signature/i);
    expect(() => new Webhook(secretOf(keys[0]!)).verify(`${body} `, { ...headers })).toThrow(/signature/i);
    expect(headers['webhook-signature']).toMatch(/^v1,\S{44} v1,\S{44}$/);
  });

  it('is what the reference library signs', () => {
    const key = newKey();
    const signed = new Webhook(secretOf(key)).sign('evt_1', new Date(timestamp * 1000), body);
    expect(signatureHeaders({ id: 'evt_1', timestamp, body }, [key])['webhook-signature']).toBe(signed);
  });
});
