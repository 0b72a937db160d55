import { ValidationPipe, applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';
import { IsOptional, type ValidationError, getMetadataStorage, registerDecorator } from 'class-validator';

import { type Fault, fieldPath, nearest } from '#domain/faults.js';
import { type Parsed, isFault } from '#domain/parsed.js';

import { invalid } from './problem.js';

/** Checks a field by a reader of the domain, whose sentence says what would be right. */
export function ReadBy(parse: (input: unknown) => Parsed<unknown>): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'readBy',
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: (value) => !isFault(parse(value)),
        defaultMessage: (about) => {
          const parsed = parse(about?.value);
          return isFault(parsed) ? parsed.fault : '';
        },
      },
    });
}

/** A parameter of a query that may be left out, and what OpenAPI says of it. */
export function Asks(about: ApiPropertyOptions): PropertyDecorator {
  return applyDecorators(IsOptional(), ApiPropertyOptional(about));
}

/** Every request class is checked by this pipe: no unknown field, and every fault with its path. */
export const validationPipe = new ValidationPipe({
  transform: true,
  whitelist: true,
  forbidNonWhitelisted: true,
  forbidUnknownValues: true,
  stopAtFirstError: true,
  validationError: { target: true },
  exceptionFactory: (errors) => invalid(errors.flatMap((error) => faultsOf(error, ''))),
});

function faultsOf(error: ValidationError, above: string): Fault[] {
  const path = above === '' ? error.property : fieldPath(above, error.property);
  const messages = Object.entries(error.constraints ?? {}).map(([rule, message]) => ({
    path,
    message: rule === 'whitelistValidation' ? unknownField(error) : message,
  }));
  return [...messages, ...(error.children ?? []).flatMap((child) => faultsOf(child, path))];
}

function unknownField({ property, target }: ValidationError): string {
  const known = target === undefined ? [] : fieldsOf(target.constructor);
  const near = nearest(property, known);
  const meant = near === null ? ';' : `; did you mean "${near}"?`;
  return `there is no such field${meant} known are ${known.join(', ')}`;
}

/** The fields of a request class; `constructor` is typed as Function by JavaScript itself. */
function fieldsOf(request: object): string[] {
  const metadata = getMetadataStorage().getTargetValidationMetadatas(
    request as new () => object,
    '',
    false,
    false,
  );
  return [...new Set(metadata.map(({ propertyName }) => propertyName))].sort();
}
