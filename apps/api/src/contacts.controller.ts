import { Body, Controller, Get, HttpCode, Param, ParseIntPipe, Post, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';

import type { Role } from '#domain/people.js';
import { endNamed, nameContact, nameDeputy } from '#lifecycle/contact-writes.js';
import { changeMail } from '#lifecycle/person-addresses.js';
import { onlyFor } from '#lifecycle/person-writes.js';
import { type RegisterWrite, Registers } from '#lifecycle/registers.js';
import { BeneficiaryView } from '#persistence/views/beneficiary.view.js';
import { ContactView } from '#persistence/views/contact.view.js';
import { PersonView, type Signed } from '#persistence/views/person.view.js';

import { registered } from './answer.js';
import { CommandId } from './command-id.js';
import { v1 } from './command-paths.js';
import { ContactRequest, DeputyRequest, EndRequest, MailRequest } from './contacts.request.js';
import { examples } from './openapi-examples.js';
import { DescribesOne, DescribesPost } from './openapi-reads.js';
import { keeps, mayFor } from './permissions.js';
import { notFound } from './problem.js';
import { By, Sees, type Sight } from './session.js';

/** Who is told: the contacts of beneficiaries, and who is told in another's stead. */
@ApiTags('people')
@Controller(v1)
export class ContactsController {
  constructor(
    private readonly contacts: ContactView,
    private readonly beneficiaries: BeneficiaryView,
    private readonly people: PersonView,
    private readonly registers: Registers,
  ) {}

  @Get('beneficiaries/:beneficiary/contacts')
  @DescribesOne(
    'Who is told of what, the latest named first. Where nobody is named, every person of the beneficiary is told.',
    { items: [examples.contact] },
    ['grant', 'until'],
  )
  async ofBeneficiary(@Sees('people') { of }: Sight, @Param('beneficiary') beneficiary: string) {
    if ((await this.beneficiaries.one(beneficiary, of)) === null) throw notFound({ beneficiary });
    return { items: await this.contacts.ofBeneficiary(beneficiary) };
  }

  @Post('beneficiaries/:beneficiary/contacts')
  @HttpCode(201)
  @DescribesPost(
    'Names a person of the beneficiary to be told of its reports, or of its payments.',
    { person: 'stad', of: 'reports', grant: 'REN-ANT', from: '2024-01-01', until: '2024-12-31' },
    examples.named,
    ['grant', 'from', 'until'],
  )
  async nameContact(
    @By() by: Signed,
    @CommandId() id: string,
    @Param('beneficiary') beneficiary: string,
    @Body() { person, of, grant, from, until }: ContactRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const days = { from: from ?? null, until: until ?? null };
    const input = { beneficiary, person, of, grant: grant ?? null, ...days };
    const write = nameContact(by, input);
    return this.register(by, id, 'name-contact', input, keeps.contacts, write, response);
  }

  @Post('beneficiaries/:beneficiary/contacts/:contact/end')
  @HttpCode(200)
  @DescribesPost(
    'Ends it after a day; at once where none is given.',
    { until: '2024-06-30' },
    examples.over,
    ['until'],
  )
  async endContact(
    @By() by: Signed,
    @CommandId() id: string,
    @Param('beneficiary') of: string,
    @Param('contact', ParseIntPipe) contact: number,
    @Body() { until }: EndRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const input = { of, id: contact, until: until ?? null };
    const write = endNamed('contacts', input);
    return this.register(by, id, 'end-contact', input, keeps.contacts, write, response);
  }

  @Post('people/:person/change-mail')
  @HttpCode(200)
  @DescribesPost(
    'Another mail address for a person, by themselves, an operator or an administrator; one that took no mail is free again.',
    { mail: 'subsidies@antwerpen.be' },
    { id: 'stad', mail: 'subsidies@antwerpen.be' },
  )
  async changeMail(
    @By() by: Signed,
    @CommandId() id: string,
    @Param('person') person: string,
    @Body() { mail }: MailRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const input = { person, mail };
    const write = changeMail(by, id, input);
    return this.register(by, id, 'change-mail', input, mayFor(by, person), write, response);
  }

  @Get('people/:person/deputies')
  @DescribesOne("Who is told in this person's stead, the latest named first.", { items: [examples.deputy] }, [
    'until',
  ])
  async deputies(@Sees('people') { of }: Sight, @Param('person') person: string) {
    const found = await this.people.one(person);
    if (found === null || (of !== null && found.of !== of)) throw notFound({ person });
    return { items: await this.contacts.deputiesOf(person) };
  }

  @Post('people/:person/deputies')
  @HttpCode(201)
  @DescribesPost(
    "Names who is told in a person's stead: by themselves, or for them by an operator or administrator.",
    { deputy: 'bie', from: '2024-07-01', until: '2024-07-31' },
    { ...examples.named, person: 'bie' },
    ['from', 'until'],
  )
  async nameDeputy(
    @By() by: Signed,
    @CommandId() id: string,
    @Param('person') person: string,
    @Body() { deputy, from, until }: DeputyRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const input = { person, deputy, from: from ?? null, until: until ?? null };
    const write = nameDeputy(by, input);
    return this.register(by, id, 'name-deputy', input, mayFor(by, person), write, response);
  }

  @Post('people/:person/deputies/:deputy/end')
  @HttpCode(200)
  @DescribesPost(
    'Ends it after a day; at once where none is given.',
    { until: '2024-07-15' },
    examples.over,
    ['until'],
  )
  async endDeputy(
    @By() by: Signed,
    @CommandId() id: string,
    @Param('person') of: string,
    @Param('deputy', ParseIntPipe) deputy: number,
    @Body() { until }: EndRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const input = { of, id: deputy, until: until ?? null };
    const write = endNamed('deputies', input);
    return this.register(by, id, 'end-deputy', input, mayFor(by, of), write, response);
  }

  private async register<T>(
    by: Signed,
    id: string,
    name: string,
    input: unknown,
    roles: readonly Role[],
    write: RegisterWrite<T>,
    response: Response,
  ): Promise<T> {
    return registered(
      await this.registers.register(id, by, name, input, onlyFor(by, roles, write)),
      response,
    );
  }
}
