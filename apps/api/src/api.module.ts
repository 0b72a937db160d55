import type { Server } from 'node:http';

import { type BeforeApplicationShutdown, type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_PIPE, HttpAdapterHost } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';

import { LifecycleModule } from '#lifecycle/lifecycle.module.js';
import { BeneficiaryView } from '#persistence/views/beneficiary.view.js';
import { DeadlineView } from '#persistence/views/deadline.view.js';
import { EventView } from '#persistence/views/event.view.js';
import { GrantView } from '#persistence/views/grant.view.js';
import { MessageView } from '#persistence/views/message.view.js';
import { OperationView } from '#persistence/views/operation.view.js';
import { PayoutView } from '#persistence/views/payout.view.js';
import { PersonView } from '#persistence/views/person.view.js';
import { ProgrammeView } from '#persistence/views/programme.view.js';

import { AcrossGrantsController } from './across-grants.controller.js';
import { API_SETTINGS, type ApiSettings } from './api-settings.js';
import { BeneficiariesController } from './beneficiaries.controller.js';
import { CommandsController } from './commands.controller.js';
import { GrantsController } from './grants.controller.js';
import { HealthController } from './health.controller.js';
import { openDoor, setTimeouts } from './http-door.js';
import { MetricsController } from './metrics.controller.js';
import { Metrics } from './metrics.js';
import { describeApi, serveDocs } from './openapi.js';
import { PeopleController } from './people.controller.js';
import { ProblemsController } from './problems.controller.js';
import { ProgrammesController } from './programmes.controller.js';
import { Readiness } from './readiness.js';
import { RefusalFilter } from './refusal.filter.js';
import { RouteTable } from './route-table.js';
import { SimulationRunner } from './simulation-runner.js';
import { SimulationsController } from './simulations.controller.js';
import { validationPipe } from './validation.js';

const views = [
  BeneficiaryView,
  DeadlineView,
  EventView,
  GrantView,
  MessageView,
  OperationView,
  PayoutView,
  PersonView,
  ProgrammeView,
];

/** How long requests in hand may take once the process is asked to stop, in ms; what lasts longer is cut off. */
const finishWithinMs = 10_000;

/**
 * The API. Needs PersistenceModule and QueueModule beside it, and `prepareApi` between the making of the
 * application (with `bodyParser: false`) and its `init` or `listen`.
 */
@Module({})
export class ApiModule implements BeforeApplicationShutdown {
  constructor(private readonly adapter: HttpAdapterHost) {}

  static forRoot(settings: ApiSettings): DynamicModule {
    return {
      module: ApiModule,
      imports: [LifecycleModule],
      controllers: [
        CommandsController,
        ProgrammesController,
        BeneficiariesController,
        PeopleController,
        GrantsController,
        AcrossGrantsController,
        SimulationsController,
        HealthController,
        MetricsController,
        ProblemsController,
      ],
      providers: [
        { provide: API_SETTINGS, useValue: settings },
        { provide: APP_FILTER, useClass: RefusalFilter },
        { provide: APP_PIPE, useValue: validationPipe },
        ...views,
        Metrics,
        Readiness,
        RouteTable,
        SimulationRunner,
      ],
    };
  }

  /** No new requests; idle connections go at once, busy ones within a bound. */
  beforeApplicationShutdown(): void {
    const server = this.adapter.httpAdapter.getHttpServer() as Server;
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), finishWithinMs).unref();
  }
}

/** Everything that stands before the routes: limits, headers, who asks, the document and its page. */
export function prepareApi(app: NestExpressApplication): void {
  openDoor(app);
  const document = describeApi(app);
  serveDocs(app, document);
  app.get(RouteTable).learn(document);
  setTimeouts(app.getHttpServer() as Server);
}
