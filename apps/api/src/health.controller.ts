import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';

import { DescribesOne } from './openapi-reads.js';
import { ProblemAnswer } from './problem.js';
import { Readiness } from './readiness.js';

/** For whoever watches the processes; open to all, tells nothing of any file. */
@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get('live')
  @DescribesOne('The process lives.', { status: 'live' })
  live() {
    return { status: 'live' };
  }

  @Get('ready')
  @DescribesOne('Database, migrations, queue and a worker answer.', { status: 'ready' })
  async ready() {
    const missing = await this.readiness.missing();
    const names = Object.entries(missing);
    if (names.length === 0) return { status: 'ready' };
    const detail = `Not ready: ${names.map(([name, what]) => `${name}: ${what}`).join('; ')}.`;
    throw new ProblemAnswer('not-ready', { detail, facts: { missing } });
  }
}
