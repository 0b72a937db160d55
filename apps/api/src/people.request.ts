import { ArrayNotEmpty, ArrayUnique, IsArray, IsIn, IsOptional } from 'class-validator';

import { codeUpTo, textUpTo } from '#domain/faults.js';
import { parseMail } from '#domain/mail-address.js';
import { type Role, roles } from '#domain/people.js';

import { PageQuery } from './list-query.js';
import { Asks, ReadBy } from './validation.js';

const languages = ['nl', 'fr', 'en'];
const oneOfRoles = `is one of ${roles.join(', ')}`;
const listOfRoles = `is a list of one or more of ${roles.join(', ')}`;

export class PeopleQuery extends PageQuery {
  @Asks({ enum: roles })
  @IsIn(roles, { message: oneOfRoles })
  role?: Role;
}

export class RolesRequest {
  @IsArray({ message: listOfRoles })
  @ArrayNotEmpty({ message: listOfRoles })
  @ArrayUnique({ message: 'each role is named once' })
  @IsIn(roles, { each: true, message: listOfRoles })
  roles!: Role[];
}

/** A new person. Which roles go together is a rule of the domain (`faultOfRoles`). */
export class PersonRequest extends RolesRequest {
  @ReadBy(codeUpTo(64))
  id!: string;

  @IsOptional()
  @ReadBy(textUpTo(200))
  name?: string;

  /** The beneficiary they answer for. */
  @IsOptional()
  @ReadBy(codeUpTo(64))
  of?: string;

  @IsOptional()
  @IsIn(languages, { message: `is one of ${languages.join(', ')}` })
  language?: string;

  /** Where their mail goes. */
  @IsOptional()
  @ReadBy(parseMail)
  mail?: string;
}
