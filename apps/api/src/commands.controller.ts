import { Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { type CommandName, shapeOf } from '#domain/commands.js';
import { BankFiles } from '#lifecycle/bank-files.js';
import { Batches } from '#lifecycle/batches.js';
import { DeadlineMoves } from '#lifecycle/deadline-moves.js';
import { type CommandRequest, type Outcome, RunCommands } from '#lifecycle/run-commands.js';
import { GrantView } from '#persistence/views/grant.view.js';

import { type CommandAnswer, acceptedCommand, markReplayed, refusedCommand } from './answer.js';
import { makes, pathOfCommand, publicCommands, readAsked, v1 } from './command-paths.js';
import { expectedSequence } from './entity-tag.js';
import { commandIdOf } from './identity.js';
import { maskedRefusal } from './masked-refusal.js';
import { describeCommand } from './openapi-commands.js';
import { invalid } from './problem.js';
import { personOf } from './session.js';

/** Every command as a POST on the thing it acts on. Its routes are made below, from the catalogue of the domain. */
@ApiTags('commands')
@Controller(v1)
export class CommandsController {
  constructor(
    private readonly commands: RunCommands,
    private readonly batches: Batches,
    private readonly bankFiles: BankFiles,
    private readonly grants: GrantView,
    private readonly deadlineMoves: DeadlineMoves,
  ) {}

  /** Gives one command and answers what happened. Refusals are thrown as the problem they are answered with. */
  async give(name: CommandName, request: Request, response: Response): Promise<CommandAnswer> {
    const person = personOf(request);
    const body = (request.body ?? {}) as Record<string, unknown>;
    const asked = readAsked(name, request.params as Record<string, string>, body);
    if ('faults' in asked) throw invalid(asked.faults);
    const id = commandIdOf(person.id, String(request.headers['idempotency-key']).trim());
    const expected = expectedSequence(request);
    const command: CommandRequest = {
      id,
      name,
      actor: { id: person.id, roles: person.roles, of: person.of },
      ...asked.request,
      ...(expected === undefined ? {} : { expectedSequence: expected }),
    };
    const outcome = await this.runner(name).run(command);
    if (outcome.accepted) return acceptedCommand(outcome, response);
    const masked = await maskedRefusal(this.grants, person, command, outcome.refused);
    // Whether this was asked before is no secret: the key is the asker's own.
    markReplayed(response, outcome.replayed);
    throw masked ?? refusedCommand(outcome.refused, { command: name, subject: asked.subject });
  }

  /** Whoever runs the commands on a kind of thing. */
  private runner(name: CommandName): { run(command: CommandRequest): Promise<Outcome> } {
    const { on } = shapeOf(name);
    if (on === 'deadline-move') return this.deadlineMoves;
    return on === 'batch' ? this.batches : on === 'bank-entry' ? this.bankFiles : this.commands;
  }
}

/** One handler for each command of the catalogue, decorated as if it were written by hand. */
function addRoute(name: CommandName): void {
  const { prototype } = CommandsController;
  const handler = {
    [name](this: CommandsController, request: Request, response: Response): Promise<CommandAnswer> {
      return this.give(name, request, response);
    },
  }[name];
  const descriptor = { value: handler, writable: true, configurable: true, enumerable: false };
  Object.defineProperty(prototype, name, descriptor);
  Req()(prototype, name, 0);
  Res({ passthrough: true })(prototype, name, 1);
  for (const decorate of [Post(pathOfCommand(name)), HttpCode(makes(name) ? 201 : 200)])
    decorate(prototype, name, descriptor);
  describeCommand(name)(prototype, name, descriptor);
}

for (const name of publicCommands) addRoute(name);
