import { Type } from 'class-transformer';
import { IsIn, IsOptional, IsString, Length } from 'class-validator';

import type { EventType } from '#domain/events.js';
import { codeUpTo, textUpTo } from '#domain/faults.js';
import { parseEventTypes, parseOverlapHours, parseReplayedFrom } from '#domain/webhook-fields.js';
import { type DeliveryState, deliveryStates } from '#persistence/views/webhook.view.js';

import { PageQuery } from './list-query.js';
import { Asks, ReadBy } from './validation.js';

const oneOfStates = `is one of ${deliveryStates.join(', ')}`;

/** What is subscribed to, and where it goes. The address is judged by `parseTarget`, which knows what is allowed. */
export class WebhookRequest {
  @IsString({ message: 'is an address like https://receiver.example/sluis' })
  @Length(1, 2000, { message: 'is an address of at most 2000 characters' })
  url!: string;

  @IsOptional()
  @ReadBy(parseEventTypes)
  types?: EventType[];

  @IsOptional()
  @ReadBy(codeUpTo(64))
  programme?: string;
}

export class RotateSecretRequest {
  @IsOptional()
  @ReadBy(parseOverlapHours)
  overlapHours?: number;
}

export class ReplayRequest {
  @ReadBy(parseReplayedFrom)
  from!: string;

  /** Of this grant alone. */
  @IsOptional()
  @ReadBy(codeUpTo(64))
  grant?: string;
}

export class SkipDeliveryRequest {
  @ReadBy(textUpTo(2000))
  reason!: string;
}

export class DeliveriesQuery extends PageQuery {
  @Asks({ enum: [...deliveryStates] })
  @IsIn(deliveryStates, { message: oneOfStates })
  @Type(() => String)
  state?: DeliveryState;

  @Asks({ type: String, description: 'code of a grant' })
  @ReadBy(codeUpTo(64))
  grant?: string;
}
