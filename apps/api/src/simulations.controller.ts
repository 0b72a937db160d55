import { createHash } from 'node:crypto';

import { Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { Registers } from '#lifecycle/registers.js';
import type { Signed } from '#persistence/views/person.view.js';

import { registered } from './answer.js';
import { CommandId } from './command-id.js';
import { v1 } from './command-paths.js';
import { planExample } from './openapi-examples.js';
import { postHeaders } from './openapi-schema.js';
import { maySimulate } from './permissions.js';
import { ProblemAnswer, invalid } from './problem.js';
import { By } from './session.js';
import { SimulationRunner } from './simulation-runner.js';

const scenarioExample = {
  sluis: 1,
  programme: { code: 'REN', title: 'Roma Experten Netwerk', ...planExample },
  people: [
    { id: 'an', roles: ['administrator'] },
    { id: 'stad', roles: ['beneficiary'], of: 'antwerpen' },
  ],
  beneficiaries: [
    { id: 'antwerpen', name: 'Stad Antwerpen', kbo: '0207500123', iban: 'BE68539007547034', verified: true },
  ],
  grants: [
    {
      code: 'REN-ANT',
      beneficiary: 'antwerpen',
      amount: '56000.00',
      start: '2023-01-01',
      end: '2024-12-31',
    },
  ],
  happenings: [{ at: '2022-12-15T10:00', by: 'an', do: 'award', grant: 'REN-ANT' }],
  until: '2024-03-31',
};
const timelineExample =
  '{"at":"2022-12-15T10:00:00+01:00","grant":"REN-ANT","event":"grant.awarded","amount":"56000.00"}\n';

/** A scenario in, its timeline out; nothing of it touches the record. */
@ApiTags('simulations')
@Controller(`${v1}/simulations`)
export class SimulationsController {
  constructor(
    private readonly runner: SimulationRunner,
    private readonly registers: Registers,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Runs a scenario on a clock that jumps.',
    description: 'The scenario is written as in the README; the answer has one JSON object a line.',
  })
  @ApiConsumes('application/json', 'application/yaml')
  @ApiBody({
    required: true,
    schema: { type: 'object' },
    examples: { example: { value: scenarioExample } },
  })
  @ApiHeader(postHeaders[0] as Parameters<typeof ApiHeader>[0])
  @ApiResponse({
    status: 200,
    description: 'The timeline.',
    content: { 'application/x-ndjson': { schema: { type: 'string' }, example: timelineExample } },
  } as Parameters<typeof ApiResponse>[0])
  async simulate(
    @By() person: Signed,
    @CommandId() id: string,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    if (!maySimulate(person))
      throw new ProblemAnswer('not-allowed', {
        detail: `${person.id} may not simulate: that takes a role of the agency.`,
        facts: { by: person.id },
      });
    const scenario: unknown = request.body;
    if (typeof scenario !== 'string')
      throw invalid([{ path: 'file', message: 'send a scenario: JSON, or YAML as application/yaml' }]);
    // Nothing but the key is kept: sent again it runs again and gives the same bytes, with another file it is refused.
    const file = createHash('sha256').update(scenario).digest('hex');
    const key = await this.registers.register(id, person, 'simulate', { file }, async () => ({
      result: null,
    }));
    registered(key, response);
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const timeline = await this.runner.run(scenario, gone.signal);
    if (response.destroyed) return;
    response.type('application/x-ndjson').send(timeline);
  }
}
