import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { DataSource } from 'typeorm';

import { LifecycleModule } from '#lifecycle/lifecycle.module.js';
import { AgeingView } from '#persistence/views/ageing.view.js';
import { BankFileView } from '#persistence/views/bank-file.view.js';
import { BatchView } from '#persistence/views/batch.view.js';
import { BeneficiaryView } from '#persistence/views/beneficiary.view.js';
import { CalendarFeedView } from '#persistence/views/calendar-feed.view.js';
import { CalendarView } from '#persistence/views/calendar.view.js';
import { CommitmentView } from '#persistence/views/commitment.view.js';
import { ContactView } from '#persistence/views/contact.view.js';
import { DeadlineMoveView } from '#persistence/views/deadline-move.view.js';
import { DeadlineView } from '#persistence/views/deadline.view.js';
import { EnvelopeView } from '#persistence/views/envelope.view.js';
import { EventView } from '#persistence/views/event.view.js';
import { FailureView } from '#persistence/views/failure.view.js';
import { GrantView } from '#persistence/views/grant.view.js';
import { MailTemplateView } from '#persistence/views/mail-template.view.js';
import { MailView } from '#persistence/views/mail.view.js';
import { MessageView } from '#persistence/views/message.view.js';
import { OperationView } from '#persistence/views/operation.view.js';
import { PayoutView } from '#persistence/views/payout.view.js';
import { PayoutsDoneView } from '#persistence/views/payouts-done.view.js';
import { PersonView } from '#persistence/views/person.view.js';
import { ProgrammeView } from '#persistence/views/programme.view.js';
import { RefusalView } from '#persistence/views/refusal.view.js';
import { ScheduleView } from '#persistence/views/schedule.view.js';
import { WebhookView } from '#persistence/views/webhook.view.js';

import { AcrossGrantsController } from './across-grants.controller.js';
import { API_SETTINGS, type ApiSettings } from './api-settings.js';
import { BankFilesController } from './bank-files.controller.js';
import { BankProfilesController } from './bank-profiles.controller.js';
import { BatchesController } from './batches.controller.js';
import { BeneficiariesController } from './beneficiaries.controller.js';
import { CalendarFeedsController } from './calendar-feeds.controller.js';
import { CalendarFeeds } from './calendar-feeds.js';
import { CommandsController } from './commands.controller.js';
import { ContactsController } from './contacts.controller.js';
import { EnvelopesController } from './envelopes.controller.js';
import { DeadlineExplainedController } from './deadline-explained.controller.js';
import { DeadlineMovesController } from './deadline-moves.controller.js';
import { ExportsController } from './exports.controller.js';
import { FailuresController } from './failures.controller.js';
import { FinanceController } from './finance.controller.js';
import { FinanceModule } from './finance.module.js';
import { GrantsController } from './grants.controller.js';
import { HealthController } from './health.controller.js';
import { MailTemplatesController } from './mail-templates.controller.js';
import { MailsController } from './mails.controller.js';
import { MetricsController } from './metrics.controller.js';
import { Metrics } from './metrics.js';
import { PeopleController } from './people.controller.js';
import { ProblemsController } from './problems.controller.js';
import { ProgrammesController } from './programmes.controller.js';
import { Readiness } from './readiness.js';
import { RefusalFilter } from './refusal.filter.js';
import { RouteTable } from './route-table.js';
import { SimulationRunner } from './simulation-runner.js';
import { SimulationsController } from './simulations.controller.js';
import { UnsubscribeController } from './unsubscribe.controller.js';
import { validationPipe } from './validation.js';
import { WebhooksController } from './webhooks.controller.js';

const views: readonly (new (source: DataSource) => object)[] = [
  AgeingView,
  BankFileView,
  BatchView,
  BeneficiaryView,
  CalendarFeedView,
  CommitmentView,
  ContactView,
  DeadlineMoveView,
  DeadlineView,
  EnvelopeView,
  EventView,
  FailureView,
  GrantView,
  MailTemplateView,
  MailView,
  MessageView,
  OperationView,
  PayoutView,
  PayoutsDoneView,
  PersonView,
  ProgrammeView,
  RefusalView,
  ScheduleView,
  WebhookView,
];

/** Made by hand: a view knows nothing of Nest, which the command line would else load with each of them. */
const viewProviders = views.map((View) => ({
  provide: View,
  inject: [DataSource],
  useFactory: (source: DataSource) => new View(source),
}));

/** The API. Needs PersistenceModule and QueueModule beside it; `startApi` makes an application of it. */
@Module({})
export class ApiModule {
  static forRoot(settings: ApiSettings): DynamicModule {
    return {
      module: ApiModule,
      imports: [LifecycleModule, FinanceModule.forRoot(settings.painSchema)],
      controllers: [
        CommandsController,
        ContactsController,
        ProgrammesController,
        BeneficiariesController,
        PeopleController,
        CalendarFeedsController,
        GrantsController,
        AcrossGrantsController,
        MailsController,
        UnsubscribeController,
        EnvelopesController,
        BankProfilesController,
        BatchesController,
        BankFilesController,
        FinanceController,
        DeadlineMovesController,
        DeadlineExplainedController,
        ExportsController,
        FailuresController,
        MailTemplatesController,
        WebhooksController,
        SimulationsController,
        HealthController,
        MetricsController,
        ProblemsController,
      ],
      providers: [
        { provide: API_SETTINGS, useValue: settings },
        { provide: APP_FILTER, useClass: RefusalFilter },
        { provide: APP_PIPE, useValue: validationPipe },
        ...viewProviders,
        CalendarFeeds,
        CalendarView,
        Metrics,
        Readiness,
        RouteTable,
        SimulationRunner,
      ],
    };
  }
}
