import type { DataSource } from 'typeorm';

import { commandIdOf, personBehind } from '#api/identity.js';
import { type Readable, scopeOf } from '#api/permissions.js';
import { environment } from '#config/environment.js';
import type { CommandName } from '#domain/commands.js';
import { readBankFile } from '#finance/bank-file-reader.js';
import { sepaPaymentsBy } from '#finance/sepa-payments.js';
import { BankFiles } from '#lifecycle/bank-files.js';
import { Batches } from '#lifecycle/batches.js';
import { DeadlineMoves } from '#lifecycle/deadline-moves.js';
import { Registers } from '#lifecycle/registers.js';
import { type CommandRequest, RunCommands } from '#lifecycle/run-commands.js';
import { AgeingView } from '#persistence/views/ageing.view.js';
import { BankFileView } from '#persistence/views/bank-file.view.js';
import { BeneficiaryView } from '#persistence/views/beneficiary.view.js';
import { BatchView } from '#persistence/views/batch.view.js';
import { CalendarFeedView } from '#persistence/views/calendar-feed.view.js';
import { CommitmentView } from '#persistence/views/commitment.view.js';
import { ContactView } from '#persistence/views/contact.view.js';
import { DeadlineView } from '#persistence/views/deadline.view.js';
import { DeadlineMoveView } from '#persistence/views/deadline-move.view.js';
import { EnvelopeView } from '#persistence/views/envelope.view.js';
import { MailView } from '#persistence/views/mail.view.js';
import { MailTemplateView } from '#persistence/views/mail-template.view.js';
import { GrantView } from '#persistence/views/grant.view.js';
import { PayoutsDoneView } from '#persistence/views/payouts-done.view.js';
import { PersonView, type Signed } from '#persistence/views/person.view.js';
import { ScheduleView } from '#persistence/views/schedule.view.js';
import { WebhookView } from '#persistence/views/webhook.view.js';

import { CommandRefused } from './acting.js';
import { withDatabase, withRecord } from './record.js';
import { UsageFault } from './usage-fault.js';

/** A person at the command line, with what they may use of the record. */
export class Acting {
  readonly commands: RunCommands;
  readonly batches: Batches;
  readonly bankFiles: BankFiles;
  readonly deadlineMoves: DeadlineMoves;
  readonly registers: Registers;
  readonly views: {
    readonly batches: BatchView;
    readonly beneficiaries: BeneficiaryView;
    readonly contacts: ContactView;
    readonly people: PersonView;
    readonly bankFiles: BankFileView;
    readonly schedule: ScheduleView;
    readonly payoutsDone: PayoutsDoneView;
    readonly commitments: CommitmentView;
    readonly ageing: AgeingView;
    readonly deadlines: DeadlineView;
    readonly calendarFeeds: CalendarFeedView;
    readonly envelopes: EnvelopeView;
    readonly mails: MailView;
    readonly mailTemplates: MailTemplateView;
    readonly webhooks: WebhookView;
    readonly grants: GrantView;
    readonly deadlineMoves: DeadlineMoveView;
  };

  constructor(
    database: DataSource,
    readonly person: Signed,
    /** Of the one command that is given; among the person's own, as an Idempotency-Key is. */
    readonly commandId: string,
  ) {
    this.commands = new RunCommands(database);
    this.batches = new Batches(database, sepaPaymentsBy(environment().painSchema));
    this.bankFiles = new BankFiles(database, this.commands, readBankFile);
    this.deadlineMoves = new DeadlineMoves(database);
    this.registers = new Registers(database);
    this.views = {
      batches: new BatchView(database),
      beneficiaries: new BeneficiaryView(database),
      contacts: new ContactView(database),
      people: new PersonView(database),
      bankFiles: new BankFileView(database),
      schedule: new ScheduleView(database),
      payoutsDone: new PayoutsDoneView(database),
      commitments: new CommitmentView(database),
      ageing: new AgeingView(database),
      deadlines: new DeadlineView(database),
      calendarFeeds: new CalendarFeedView(database),
      envelopes: new EnvelopeView(database),
      mails: new MailView(database),
      mailTemplates: new MailTemplateView(database),
      webhooks: new WebhookView(database),
      grants: new GrantView(database),
      deadlineMoves: new DeadlineMoveView(database),
    };
  }

  /** `grant`: the one it acts on; null where it acts on none. */
  request(name: CommandName, input: CommandRequest['input'], grant: string | null = null): CommandRequest {
    return { id: this.commandId, name, actor: this.person, grant, input };
  }

  /** Throws CommandRefused where the person may not read all of this. */
  mayRead(what: Readable): void {
    if (scopeOf(this.person, what) !== 'all') throw this.stranger(what);
  }

  /** The one beneficiary whose part of this the person reads; null: everyone's. Throws CommandRefused where they read none. */
  ownOf(what: Readable): string | null {
    const scope = scopeOf(this.person, what);
    if (scope === null) throw this.stranger(what);
    // Whoever answers for a beneficiary always has one; "" is none, so that a fault shows nothing rather than all.
    return scope === 'all' ? null : (this.person.of ?? '');
  }

  private stranger(what: Readable): CommandRefused {
    const { id, roles } = this.person;
    return new CommandRefused(`${id} may not read ${what}: none of their roles (${roles.join(', ')}) does.`);
  }
}

/** Runs work on the record as the person behind a token, who is looked up as the API does. */
export async function signedIn<T>(
  token: string,
  id: string,
  work: (acting: Acting) => Promise<T>,
): Promise<T> {
  return withRecord(
    ({ runtimeUrl }) =>
      withDatabase(runtimeUrl, async (database) => {
        const person = await personBehind(new PersonView(database), token);
        if (person === null)
          throw new UsageFault(
            'The token is not known here, was revoked, or its person has left; sluis token create --person ID makes one.',
          );
        return work(new Acting(database, person, commandIdOf(person.id, id)));
      }),
    { existing: true },
  );
}
