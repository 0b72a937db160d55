// Who is told: the addresses of people, the contacts of a beneficiary, and who is told in another's stead.
import { changeMail, recordBounce } from '#lifecycle/person-addresses.js';
import { addPerson } from '#lifecycle/register-writes.js';
import { sepaPayments } from '#finance/sepa-payments.js';
import { verifyRecord } from '#lifecycle/verify-record.js';
import { PersonView } from '#persistence/views/person.view.js';
import { system } from '#domain/people.js';

import { type RecordUnderTest, startRecord } from '../support/record.js';

let record: RecordUnderTest;
beforeAll(async () => {
  record = await startRecord();
}, 60_000);
afterAll(() => record?.stop());

describe('the address of a person', () => {
  const add = (id: string, mail: string) => {
    const person = { id, roles: ['beneficiary' as const], of: 'antwerpen', mail };
    return record.registers.register(`add-${id}`, system, 'add-person', person, addPerson(person));
  };

  it('is kept as it was entered', async () => {
    expect(await add('piet', 'piet@antwerpen.be')).toMatchObject({ accepted: true });
    expect(await new PersonView(record.source).one('piet')).toMatchObject({
      mail: 'piet@antwerpen.be',
      mailBouncedAt: null,
      digest: true,
    });
  });

  it.each(['piet@antwerpen.be\r\nBcc: all@antwerpen.be', 'a@b.be,c@d.be', 'Piet <piet@antwerpen.be>'])(
    'is refused where it is %j, and nobody is added',
    async (mail) => {
      const outcome = await add(`not-${mail.length}`, mail);
      expect(outcome).toMatchObject({
        accepted: false,
        refused: { code: 'invalid', facts: { path: 'mail' } },
      });
      expect(await new PersonView(record.source).one(`not-${mail.length}`)).toBeNull();
    },
  );

  it.each(['an@stad.be\nBcc:b@stad.be', 'a@stad.be,b@stad.be', '"a b"@stad.be', 'An<an@stad.be>'])(
    'is refused by the database itself where it is %j',
    async (mail) => {
      await expect(record.owner.query('UPDATE people SET mail = $1', [mail])).rejects.toMatchObject({
        driverError: { constraint: 'people_mail_check' },
      });
    },
  );
});

describe('an address that takes no mail', () => {
  const bounce = (id: string, mail: string) =>
    recordBounce(record.registers, id, { person: 'rita', mail, response: '550 5.1.1 no such user' });
  const change = (id: string, mail: string | null) =>
    record.registers.register(
      id,
      system,
      'change-mail',
      { mail },
      changeMail(system, id, { person: 'rita', mail }),
    );
  const events = (): Promise<unknown> =>
    record.source.query(`SELECT type, data FROM events e WHERE stream = 'person:rita' ORDER BY e.id`);
  const bounced = {
    type: 'contact.bounced',
    data: { mail: 'rita@antwerpen.be', response: '550 5.1.1 no such user' },
  };

  it('is marked once, until one is entered anew, in a stream that verifies', async () => {
    const rita = { id: 'rita', roles: ['beneficiary' as const], of: 'antwerpen', mail: 'rita@antwerpen.be' };
    await record.registers.register('add-rita', system, 'add-person', rita, addPerson(rita));
    const told = await Promise.all(['m1', 'm1', 'm2', 'm3'].map((id) => bounce(id, 'rita@antwerpen.be')));
    expect(
      told.filter((outcome) => outcome.accepted && !outcome.replayed && !outcome.result.known),
    ).toHaveLength(1);
    // A mail to the address she had before, or to one she never had.
    expect(await bounce('m4', 'old@antwerpen.be')).toMatchObject({ result: { known: true } });
    expect(await events()).toEqual([bounced]);
    expect(await new PersonView(record.source).one('rita')).toMatchObject({
      mailBounce: '550 5.1.1 no such user',
      mailBouncedAt: expect.any(String) as string,
    });
    expect(await change('c1', 'a@b.be\r\nX: y')).toMatchObject({ refused: { code: 'invalid' } });
    expect(await change('c2', 'rita@antwerpen.be')).toMatchObject({ accepted: true });
    expect(await change('c3', 'rita.b@antwerpen.be')).toMatchObject({ accepted: true });
    expect(await bounce('m5', 'rita@antwerpen.be')).toMatchObject({ result: { known: true } });
    expect(await events()).toEqual([
      bounced,
      { type: 'contact.restored', data: { mail: 'rita@antwerpen.be' } },
    ]);
    expect(await new PersonView(record.source).one('rita')).toMatchObject({
      mail: 'rita.b@antwerpen.be',
      mailBouncedAt: null,
    });
    expect(await change('c4', null)).toMatchObject({ accepted: true });
    expect(
      (await verifyRecord(record.source, () => [], sepaPayments)).violations.filter(
        ({ invariant }) => invariant !== 'I11',
      ),
    ).toEqual([]);
    await record.owner.query(
      `UPDATE people SET mail = 'x@y.be', mail_bounced_at = now(), mail_bounce = 'forged' WHERE id = 'rita'`,
    );
    const { violations } = await verifyRecord(record.source, () => [], sepaPayments);
    expect(violations).toContainEqual({
      invariant: 'I6',
      stream: 'person:rita',
      message: 'whether its address bounced is not what its events say',
    });
  });
});
