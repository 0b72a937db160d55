import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';

import { AgeingView } from '#persistence/views/ageing.view.js';
import { CommitmentView } from '#persistence/views/commitment.view.js';
import { DeadlineView } from '#persistence/views/deadline.view.js';
import { PayoutsDoneView } from '#persistence/views/payouts-done.view.js';
import type { Signed } from '#persistence/views/person.view.js';
import { ScheduleView } from '#persistence/views/schedule.view.js';

import { v1 } from './command-paths.js';
import { ExportQuery } from './exports.request.js';
import { decimalSigns, strangeFilters, tableNames, tableOf } from './export-tables.js';
import { exportExamples } from './openapi-finance-examples.js';
import { DescribesFile } from './openapi-reads.js';
import { invalid, notFound } from './problem.js';
import { send } from './sending.js';
import { By, sightOf } from './session.js';

const formats = {
  csv: { type: 'text/csv; charset=utf-8', ending: 'csv' },
  xlsx: { type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', ending: 'xlsx' },
  json: { type: 'application/x-ndjson', ending: 'ndjson' },
} as const;

/** The tables that are taken along, as files. */
@ApiTags('exports')
@Controller(`${v1}/exports`)
export class ExportsController {
  constructor(
    private readonly schedule: ScheduleView,
    private readonly payoutsDone: PayoutsDoneView,
    private readonly commitments: CommitmentView,
    private readonly ageing: AgeingView,
    private readonly deadlines: DeadlineView,
  ) {}

  /** Read at one moment and sent as it is read; one that fails midway breaks off. */
  @Get(':table')
  @ApiParam({ name: 'table', enum: tableNames })
  @DescribesFile('A table as CSV, XLSX or one JSON object a line, as whole as the asker may see it.', {
    'text/csv': exportExamples.csv,
    [formats.xlsx.type]: exportExamples.xlsx,
    [formats.json.type]: exportExamples.json,
  })
  async export(
    @By() person: Signed,
    @Param('table') asked: string,
    @Query() { format, decimal, ...filter }: ExportQuery,
    @Res() response: Response,
  ): Promise<void> {
    const name = tableNames.find((known) => known === asked);
    if (name === undefined) throw notFound({ table: asked });
    const { of } = sightOf(person, name);
    const strange = strangeFilters(name, filter);
    if (strange.length > 0) throw invalid(strange);
    const { schedule, payoutsDone, commitments, ageing, deadlines } = this;
    const views = { schedule, payoutsDone, commitments, ageing, deadlines };
    const table = tableOf(name, views, { ...filter, of });
    const { type, ending } = formats[format];
    const begin = (): void => {
      response.setHeader('Content-Type', type);
      response.setHeader('Content-Disposition', `attachment; filename="${name}.${ending}"`);
    };
    const pieces = format === 'csv' ? table.csv(decimalSigns[decimal]) : table[format]();
    await send(response, begin, async (sending) => {
      for await (const piece of pieces) await sending.write(piece);
    });
  }
}
