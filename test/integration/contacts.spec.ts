// Who is told: the addresses of people, the contacts of a beneficiary, and who is told in another's stead.
import { addPerson } from '#lifecycle/register-writes.js';
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
